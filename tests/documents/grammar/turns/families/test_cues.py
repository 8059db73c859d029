from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said, said_at

TEAMS = """WEBVTT

7b2f1a-aa/12-0
00:00:03.290 --> 00:00:05.000
<v Mara Lind>Shall we begin with the kiln?
It is hot.</v>

7b2f1a-aa/13-0
00:00:05.290 --> 00:00:08.000 align:start
<v Mara Lind>Batch 12 first.</v>

NOTE a remark of the service

00:08.290 --> 00:10.000
<v Jo Park>Yes.</v>
<v Mara Lind>Good.</v>
"""
SUBRIP = """1
00:00:03,290 --> 00:00:05,000
지훈: 아직 안 갔어?

2
00:00:05,290 --> 00:00:08,000
- 배치 12가 안에 있어.
- 그래?
3
00:00:08,290 --> 00:00:10,000
♪ 노래 ♪

4
00:00:11,290 --> 00:00:12,000
Shall we begin
with the kiln?
"""


def test_cues_of_teams_name_the_speaker_in_a_tag() -> None:
    assert said_at(TEAMS) == [
        ("Mara Lind", "00:00:03.290", "Shall we begin with the kiln?\nIt is hot."),
        ("Mara Lind", "00:00:05.290", "Batch 12 first."),
        ("Jo Park", "00:08.290", "Yes."),
        ("Mara Lind", "00:08.290", "Good."),
    ]
    assert holds_dialogue(TEAMS)


def test_cues_of_subrip_have_a_name_before_a_colon_or_none() -> None:
    assert said_at(SUBRIP) == [
        ("지훈", "00:00:03,290", "아직 안 갔어?"),
        ("", "00:00:05,290", "배치 12가 안에 있어.\n- 그래?"),
        ("", "00:00:11,290", "Shall we begin\nwith the kiln?"),
    ]
    assert holds_dialogue(SUBRIP)


def test_cues_words_with_a_colon_are_no_name() -> None:
    text = (
        "WEBVTT\n\n1\n00:00:03.290 --> 00:00:05.000\nMara Lind: One thing, note: it is hot.\n\n"
        "2\n00:00:05.290 --> 00:00:08.000\nNote: the kiln is closed.\n"
    )
    assert said(text) == [("Mara Lind", "One thing, note: it is hot."), ("", "Note: the kiln is closed.")]


def test_cues_arrows_of_a_manual_are_no_dialogue() -> None:
    assert not holds_dialogue("Open the menu --> Settings.\nChoose 10:30 --> 11:30 there.\n" * 5)
