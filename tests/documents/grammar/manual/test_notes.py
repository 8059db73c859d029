from __future__ import annotations

import pytest

from pipeline.documents.grammar.manual.notes import OPEN, WHOLE
from pipeline.nodes import NodeKind

from .read import body, nodes_of


@pytest.mark.parametrize(
    ("text", "label", "sort", "words"),
    [
        ("Note: the lid is hot.\nDo not touch it.\n\nMore.", "Note", "note", "the lid is hot. Do not touch it."),
        ("**WARNING:** the lid is hot.\n\nMore.", "WARNING", "warning", "the lid is hot."),
        ("> [!TIP]\n> Use a cloth.\n\nMore.", "TIP", "note", "Use a cloth."),
        ("> **Caution:**\n>\n> Hot lid.\n\nMore.", "Caution", "warning", "Hot lid."),
        (".. note::\n\n   Use a cloth.\n\nMore.", "note", "note", "Use a cloth."),
        (".. warning:: Hot lid.\n   Very hot.\n\nMore.", "warning", "warning", "Hot lid. Very hot."),
        ('!!! danger "Lid"\n    Hot lid.\n\nMore.', "danger", "warning", "Hot lid."),
        (":::tip\nUse a cloth.\n:::\nMore.", "tip", "note", "Use a cloth."),
        ("[NOTE]\n====\nUse a cloth.\n====\nMore.", "NOTE", "note", "Use a cloth."),
        ("|  | Warning |\n| --- | --- |\n| Hot lid. |\n\nMore.", "Warning", "warning", "Hot lid."),
        ("※ 주의: 뚜껑이 뜨겁습니다.\n\n다음.", "주의", "warning", "뚜껑이 뜨겁습니다."),
        ("[참고] 헝겊을 쓰십시오.\n\n다음.", "참고", "note", "헝겊을 쓰십시오."),
        ("경고: 뚜껑이 뜨겁습니다.\n\n다음.", "경고", "warning", "뚜껑이 뜨겁습니다."),
    ],
)
def test_read_notes_of_every_form(text: str, label: str, sort: str, words: str) -> None:
    [note] = nodes_of(text, NodeKind.NOTE)
    assert (note.label, note.sort, note.level, body(text, note).replace("> ", "")) == (label, sort, WHOLE, words)


def test_read_notes_word_on_its_own_line_leaves_the_end_open_before_more_text() -> None:
    [note] = nodes_of("참고\n\n헝겊을 쓰십시오.\n\n뚜껑은 뜨겁습니다.\n", NodeKind.NOTE, "ko")
    assert note.level == OPEN
    text = "# 펌프\n\n참고\n\n헝겊을 쓰십시오.\n\n# 물통\n\n물을 채웁니다.\n"
    [note] = nodes_of(text, NodeKind.NOTE, "ko")
    assert (note.level, body(text, note)) == (WHOLE, "헝겊을 쓰십시오.")


def test_read_notes_words_of_prose_open_none() -> None:
    for text in (
        "Note that the lid is hot.",
        "The tip: use a cloth.",
        "주의하십시오. 뜨겁습니다.",
        "> A quote.\n> Note: no.",
    ):
        assert nodes_of(text, NodeKind.NOTE) == []


def test_read_notes_quoted_heading_is_an_aside_with_its_title() -> None:
    text = "> ### How it was named\n>\n> After a river.\n"
    [note] = nodes_of(text, NodeKind.NOTE)
    assert (note.label, note.sort, body(text, note)) == ("How it was named", "aside", "After a river.")
