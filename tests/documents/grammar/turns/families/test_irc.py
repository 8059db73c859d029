from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import days, said, said_at

TALK = [
    ("mun__", "the kiln is at 900 degrees now"),
    ("Second_unit", "mun__: do not open the door before noon"),
    ("|potter^", "is batch 12 inside?"),
    ("mun__", "yes, batch 12 and half of batch 13"),
]


@pytest.mark.parametrize(
    ("prefix", "time"),
    [
        ("[10:03] ", "10:03"),
        ("10:03:11 ", "10:03:11"),
        ("#kiln 2024-03-05 10:03 ", "2024-03-05 10:03"),
        ("2024-03-05T10:03:11 ", "2024-03-05T10:03:11"),
        ("[2024-03-05 10:03:11] #kiln ", "2024-03-05 10:03:11"),
        ("[#kiln] [10:03] ", "10:03"),
        ("2024-03-05 #kiln 10:03 ", "2024-03-05 #kiln 10:03"),
        ("", ""),
    ],
)
def test_irc_any_prefix_of_channel_and_date_is_read(prefix: str, time: str) -> None:
    text = "".join(f"{prefix}<{nick}> {words}\n" for nick, words in TALK)
    assert said_at(text) == [(nick, time, words) for nick, words in TALK]
    assert holds_dialogue(text)


def test_irc_joins_actions_and_modes_are_nobodys_words() -> None:
    text = (
        "--- Log opened Tue Mar 05 10:00:00 2024\n"
        "10:02 -!- potter [~p@host] has joined #kiln\n"
        "10:03 < mun__> the kiln is hot\n"
        "10:03  * mun__ yawns\n"
        "=== old_nick is now known as potter\n"
        "--- Day changed Wed Mar 06 2024\n"
        "10:04 <@potter> is batch 12 inside?\n"
        "10:05 <+mun__> \n"
        "10:06 <mun__> yes\n"
    )
    assert said(text) == [("mun__", "the kiln is hot"), ("potter", "is batch 12 inside?"), ("mun__", "yes")]
    assert days(text) == ["", "Mar 06 2024", "Mar 06 2024"]


def test_irc_quoted_line_stays_with_who_quotes_it() -> None:
    text = "[10:03] <mara> [09:00] <jo> the kiln is off\n[10:04] <jo> yes I said that\n[10:05] <mara> fine\n"
    assert said(text)[0] == ("mara", "[09:00] <jo> the kiln is off")


def test_irc_marked_up_lines_and_usage_are_no_turns() -> None:
    page = "<b> bold text here\n<p> a paragraph of words </p>\n" * 4
    usage = "copy <source> <target>\n<source> is a file\nIt must exist and be readable by you.\nNothing else.\n" * 3
    for text in (page, usage):
        assert not holds_dialogue(text)
        assert said(text) == []
