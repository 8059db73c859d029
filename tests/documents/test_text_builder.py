"""Text and marks of documents that readers build block by block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.marks import MarkKind
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import Run, TextBuilder


def said(builder: TextBuilder) -> list[tuple[str, str]]:
    """Kind and text of each mark."""
    return [(mark.kind.value, builder.text[mark.start : mark.end]) for mark in builder.marks]


def test_blocks_are_separated_by_empty_lines_and_items_are_not() -> None:
    builder = TextBuilder()
    builder.heading("제1장 총칙", level=2)
    builder.paragraph("One.\nTwo.")
    builder.list_item("first", label="1.")
    builder.list_item("second\nline", label="2.")
    builder.list_item("deep", level=2)
    builder.paragraph("End.")
    assert builder.text == ("## 제1장 총칙\n\nOne.\nTwo.\n\n1. first\n2. second\n   line\n    - deep\n\nEnd.\n")
    assert said(builder) == [
        ("heading", "## 제1장 총칙"),
        ("list_item", "1. first"),
        ("list_item", "2. second\n   line"),
        ("list_item", "- deep"),
    ]
    assert [(mark.level, mark.value) for mark in builder.marks] == [(2, "제1장 총칙"), (1, "1"), (1, "2"), (2, "")]


def test_table_has_pipe_rows_and_marked_cells_with_their_places() -> None:
    builder = TextBuilder()
    builder.table([["Name", "Rate"], ["A|B", "1\n2"], [TableCell("wide", column_span=2)], ["", ""]])
    assert builder.text == "| Name | Rate |\n| --- | --- |\n| A\\|B | 1 2 |\n| wide |  |\n"
    cells = [mark for mark in builder.marks if mark.kind is MarkKind.CELL]
    assert [(mark.row, mark.column, mark.value) for mark in cells] == [
        (0, 0, "Name"),
        (0, 1, "Rate"),
        (1, 0, "A|B"),
        (1, 1, "1 2"),
        (2, 0, "wide"),
    ]
    assert said(builder)[1:3] == [("cell", "Name"), ("cell", "Rate")]
    assert cells[-1].column_span == 2


def test_cell_over_two_rows_shifts_the_row_below() -> None:
    builder = TextBuilder()
    builder.table([[TableCell("both", row_span=2), "x"], ["y"]])
    places = {mark.value: (mark.row, mark.column) for mark in builder.marks if mark.kind is MarkKind.CELL}
    assert places == {"both": (0, 0), "x": (0, 1), "y": (1, 1)}
    assert builder.text.splitlines()[2] == "| both | y |"


def test_table_title_that_spans_it_becomes_a_paragraph_and_pages_begin_there() -> None:
    builder = TextBuilder()
    rows = [[TableCell("Rates", column_span=2)], ["a", "b"], [TableCell("", row_span=2), "c"], ["d"]]
    builder.table(rows, pages={0: ["1"], 1: ["2"], 9: ["3"]})
    assert builder.text == "Rates\n\n| a | b |\n| --- | --- |\n|  | c |\n|  | d |\n"
    assert [(mark.kind.value, mark.start, mark.value) for mark in builder.marks[:3]] == [
        ("page", 0, "1"),
        ("table", 7, "row"),
        ("page", 7, "2"),
    ]
    assert [mark.row for mark in builder.marks if mark.kind is MarkKind.CELL] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Part", "Price", "Use"], ["Seal", "5", "cold"]], "row"),
        ([["Part", TableCell("Size", column_span=2)], ["Seal", "1", "2"]], "row"),
        ([["매출", "2023", "2024년"], ["서울", "1", "2"]], "row"),
        ([["Seal", "5", "cold"], ["Ring", "6", "hot"]], ""),
        ([["Model", "P-40"], ["Weight", "12 kg"], ["Colour", "red"]], "row"),
        ([["Weight", "12 kg"], ["Colour", "red"]], "column"),
        ([["a", "b"]], ""),
    ],
)
def test_table_without_a_stated_header_has_one_if_its_texts_say_so(
    rows: list[list[TableCell | str]], header: str
) -> None:
    builder = TextBuilder()
    builder.table(rows)
    assert [mark.value for mark in builder.marks if mark.kind is MarkKind.TABLE] == [header]


def test_table_pads_short_rows_and_pages_begin_in_their_rows() -> None:
    builder = TextBuilder()
    builder.table([["a"], ["b", "c"], ["", ""]], pages={0: ["1"], 1: ["2", "3"], 2: ["4"]})
    builder.paragraph("after")
    assert builder.text == "| a |  |\n| --- | --- |\n| b | c |\n\nafter\n"
    pages = [(mark.value, builder.text[mark.start :][:5]) for mark in builder.marks if mark.kind is MarkKind.PAGE]
    assert pages == [("1", "| a |"), ("2", "| b |"), ("3", "| b |"), ("4", "after")]


def test_runs_of_a_list_item_are_marked_over_its_lines() -> None:
    builder = TextBuilder()
    builder.list_item(" one \n", Run("two\n three", MarkKind.INSERTED), " end", level=2, label="(가)")
    assert builder.text == "    (가) one\n        two\n        three end\n"
    assert said(builder) == [
        ("list_item", "(가) one\n        two\n        three end"),
        ("inserted", "two\n        three"),
    ]
    assert builder.marks[0].value == "가"


def test_runs_of_a_paragraph_are_marked() -> None:
    builder = TextBuilder()
    builder.paragraph("  The rent is ", Run("100", MarkKind.DELETED), Run("200", MarkKind.INSERTED), " won.  ")
    assert builder.text == "The rent is 100200 won.\n"
    assert said(builder) == [("deleted", "100"), ("inserted", "200")]


def test_page_that_starts_inside_a_paragraph_is_marked_there() -> None:
    builder = TextBuilder()
    builder.paragraph("The tank is ", Run("", MarkKind.PAGE, "7"), "full.")
    (page,) = builder.marks
    assert (page.value, builder.text[page.start :], page.start == page.end) == ("7", "full.\n", True)


def test_page_is_marked_at_the_start_of_the_next_block() -> None:
    builder = TextBuilder()
    builder.page("1")
    builder.paragraph("a")
    builder.page("2")
    builder.page("3")
    builder.heading("b", level=1)
    builder.page("4")
    pages = [(mark.value, builder.text[mark.start :]) for mark in builder.marks if mark.kind is MarkKind.PAGE]
    assert pages == [("1", "a\n\n# b\n"), ("2", "# b\n"), ("3", "# b\n")]


def test_code_with_a_fence_inside_gets_a_longer_fence() -> None:
    builder = TextBuilder()
    builder.code("x = 1\n```\n", language="python")
    assert builder.text == "````python\nx = 1\n```\n````\n"
    builder.footnote("See below.", label="2")
    assert said(builder)[-1] == ("footnote", "[^2]: See below.")


def test_added_text_keeps_its_marks() -> None:
    inner = TextBuilder()
    inner.heading("Part", level=1)
    inner.paragraph("Body.")
    builder = TextBuilder()
    builder.paragraph("Before.")
    builder.add("\n" + inner.text, [type(mark)(mark.kind, mark.start + 1, mark.end + 1) for mark in inner.marks])
    assert builder.text == "Before.\n\n# Part\n\nBody.\n"
    assert said(builder) == [("heading", "# Part")]


@given(
    st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "list_item", "code", "table"]), st.text()), max_size=9)
)
def test_every_mark_lies_in_the_text_and_blocks_lose_nothing(blocks: list[tuple[str, str]]) -> None:
    builder = TextBuilder()
    for kind, text in blocks:
        if kind == "heading":
            builder.heading(text, level=1)
        elif kind == "table":
            builder.table([[text, text]])
        else:
            getattr(builder, kind)(text)
        if kind in ("heading", "table") or not text.strip():
            continue
        assert [word for word in text.split() if word not in builder.text] == []
    for mark in builder.marks:
        assert 0 <= mark.start <= mark.end <= len(builder.text)
        assert mark.kind is MarkKind.PAGE or builder.text[mark.start : mark.end].strip()


def test_list_that_was_ended_is_followed_by_another() -> None:
    builder = TextBuilder()
    builder.list_item("a")
    builder.end_list()
    builder.list_item("b")
    assert builder.text == "- a\n\n- b\n"


def test_blocks_since_a_length_are_marked_together() -> None:
    builder = TextBuilder()
    builder.mark_from(builder.length, MarkKind.HIDDEN)
    builder.paragraph("shown")
    start = builder.length
    builder.mark_from(start, MarkKind.HIDDEN)
    builder.heading("hidden", level=1)
    builder.paragraph("too")
    builder.mark_from(start, MarkKind.HIDDEN)
    assert said(builder) == [("hidden", "# hidden\n\ntoo"), ("heading", "# hidden")]
