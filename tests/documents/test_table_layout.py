"""Rows of tables with merged cells, titles and missing cells."""

from __future__ import annotations

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.table_layout import PlacedCell, TableCell, lay_out


def rows_of(*rows: list[TableCell | str]) -> list[list[TableCell]]:
    return [[TableCell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def test_lay_out_merged_cells_are_repeated_down_and_across() -> None:
    layout = lay_out(
        rows_of(["", TableCell("Rate", column_span=2)], [TableCell("Seoul", row_span=2), "1", "2"], ["3", "4"])
    )
    assert layout.shown == [["", "Rate", "Rate"], ["Seoul", "1", "2"], ["Seoul", "3", "4"]]
    assert [place for row in layout.rows for place in row if isinstance(place, PlacedCell)][1:3] == [
        PlacedCell("Rate", 0, 1, 1, 2),
        PlacedCell("Seoul", 1, 0, 2, 1),
    ]


def test_lay_out_titles_stand_apart_and_a_band_inside_is_written_once() -> None:
    title = TableCell("Rates", column_span=2)
    layout = lay_out(rows_of([title], [TableCell("of 2024", column_span=9)], ["a", "b"], [title], ["c", "d"]))
    assert [(cell.text, cell.row) for cell in layout.titles] == [("Rates", 0), ("of 2024", 1)]
    assert layout.shown == [["a", "b"], ["Rates", ""], ["c", "d"]]
    assert layout.numbers == (2, 3, 4)


def test_lay_out_a_lone_wide_row_is_no_title() -> None:
    assert lay_out(rows_of([TableCell("only", column_span=3)])).shown == [["only"]]


def test_lay_out_rows_and_columns_without_a_beginning_are_left_out() -> None:
    tall, wide = TableCell("a", 2, 2), TableCell("b", 2, 1)
    layout = lay_out(rows_of([tall, wide], [], [TableCell("c", column_span=2), "d"]))
    assert (layout.shown, layout.numbers, layout.num_columns) == ([["a", "b"], ["c", "d"]], (0, 2), 2)


def test_lay_out_long_text_is_written_once() -> None:
    long = "word " * 41
    assert lay_out(rows_of([TableCell(long, row_span=2), "x"], ["y"])).shown == [[long, "x"], ["", "y"]]


def test_lay_out_rows_at_the_end_are_kept_only_under_a_merged_text() -> None:
    assert lay_out(rows_of(["a", "b"], ["", ""])).shown == [["a", "b"]]
    assert lay_out(rows_of([TableCell("a", row_span=2), "b"], [""])).shown == [["a", "b"], ["a", ""]]


def test_lay_out_hostile_spans_cost_little() -> None:
    column = [[TableCell("x" * 200, 10_000, 500)] for _ in range(2_000)]
    layout = lay_out([[TableCell("y") for _ in range(2_000)], *column])
    assert sum(len(row) for row in layout.rows) == 4_000


@pytest.mark.parametrize("row", [[], ["c"]])
def test_lay_out_cells_that_reach_down_cost_no_pass_for_each_row(row: list[str]) -> None:
    """The first column is free in every row, and the cells behind it reach down to the last one."""

    def rows_below(number: int) -> list[list[TableCell]]:
        return rows_of(["a", *[TableCell("b", row_span=number + 1) for _ in range(number)]], *[row] * number)

    assert_linear(lay_out, rows_below, size=60)


spans = st.integers(1, 4)
cells = st.builds(TableCell, st.sampled_from(["", "a", "bc", "d" * 300]), spans, spans)


@given(st.lists(st.lists(cells, max_size=4), max_size=5))
def test_lay_out_loses_no_text_and_places_cells_in_order(rows: list[list[TableCell]]) -> None:
    layout = lay_out(rows)
    own = [place for row in layout.rows for place in row if isinstance(place, PlacedCell)]
    texts = [cell.text for cell in (*layout.titles, *own) if cell.text]
    assert texts == [cell.text for row in rows for cell in row if cell.text]
    assert all(layout.rows[cell.row][cell.column] is cell for cell in own)
    assert all(len(row) == layout.num_columns for row in layout.rows)
    assert len(layout.numbers) == len(layout.rows)
