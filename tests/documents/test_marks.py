from __future__ import annotations

from pipeline.documents.marks import Mark, MarkKind, moved_marks, places_of


def test_moved_marks_say_what_the_cleaned_text_says_and_empty_ones_are_gone() -> None:
    before = "## 담당: a@b.kr ##\n\u200b\n| x |"
    marks = (
        Mark(MarkKind.HEADING, 0, 16, level=2, value="담당: a@b.kr"),
        Mark(MarkKind.HIDDEN, 17, 18),
        Mark(MarkKind.PAGE, 17, 17, value="12"),
        Mark(MarkKind.CELL, 21, 22, value="old"),
        Mark(MarkKind.LIST_ITEM, 19, 24, value="a@b.kr"),
    )
    after = "## 담당: [EMAIL-1] ##\n\n| x |"
    assert places_of(marks) == (0, 16, 17, 18, 19, 21, 22, 24)
    at = dict(zip(places_of(marks), (0, 19, 20, 20, 21, 23, 24, 26), strict=True))
    moved = moved_marks(marks, at, text=after, clean=lambda value: value.replace("a@b.kr", "[EMAIL-1]"))
    assert [(mark.kind.value, after[mark.start : mark.end], mark.value) for mark in moved] == [
        ("heading", "## 담당: [EMAIL-1] ##"[:19], "담당: [EMAIL-1]"),
        ("page", "", "12"),
        ("cell", "x", "x"),
        ("list_item", "| x |", "[EMAIL-1]"),
    ]
    assert before[21:22] == "x"
