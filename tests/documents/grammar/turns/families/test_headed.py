from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said, said_at


@pytest.mark.parametrize(
    ("pattern", "times"),
    [
        ("{name}   {time}\n{words}\n\n", ("0:03", "0:09", "1:02:12")),
        ("{name} {time}\n{words}\n", ("10:03 AM", "10:04 AM", "10:06 AM")),
        ("**{name}** {time}\n\n{words}\n\n", ("0:03", "0:09", "1:02:12")),
        ("{name} ({time}):\n{words}\n\n", ("00:03", "00:09", "00:12")),
        ("{name} — {time}\n{words}\n", ("03/05/2024 10:03 AM", "Today at 10:04 AM", "오늘 오후 3:21")),
        ("[{time}] {name}\n{words}\n\n", ("05-Mar-24 10:03 AM", "05-Mar-24 10:04 AM", "05-Mar-24 10:06 AM")),
    ],
)
def test_headed_ways_to_write_name_and_time_above_the_words(pattern: str, times: tuple[str, str, str]) -> None:
    names = ("Mara Lind", "김서연", "Mara Lind")
    words = ("Shall we begin?\nIt is hot.", "네, 시작하겠습니다.", "Good.")
    text = "".join(
        pattern.format(name=name, time=time, words=said) for name, time, said in zip(names, times, words, strict=True)
    )
    assert said_at(text * 2)[:3] == list(zip(names, times, words, strict=True))
    assert holds_dialogue(text * 2)


def test_headed_attachments_of_a_discord_export_are_no_words() -> None:
    text = (
        "[05-Mar-24 10:03 AM] mara#1234\nlook at this\n\n{Attachments}\nhttps://cdn.example/x.png\n\n"
        "[05-Mar-24 10:04 AM] jo\nI see\n\n[05-Mar-24 10:05 AM] mara#1234\nis it hot?\n"
    )
    assert said(text) == [("mara#1234", "look at this"), ("jo", "I see"), ("mara#1234", "is it hot?")]


def test_headed_headings_with_times_are_no_dialogue() -> None:
    text = "Opening 9:00\nThe hall opens and coffee is served to all.\n\nLunch 12:30\nSoup is served in the hall.\n"
    assert not holds_dialogue(text)
