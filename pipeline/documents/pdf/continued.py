"""Tables that go on on the next page.

In: the last table of a page and the first block of the next. Out: whether they are one table, and the joined table.
Used by `pdf.writing`. Only what is certain is joined: the tables have the same columns, and the second repeats the
header of the first, or does not begin with a header of its own. Cost: linear in the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.documents.grammar.tables.header import judge_drawn_rows
from pipeline.documents.grammar.tables.table import Header
from pipeline.documents.pdf.cells import Cell, Table

_SAME_SIDE = 6.0
"""How far apart, in points, the sides of two parts of a table may be."""
_MAX_HEADER_ROWS = 3


def goes_on(first: Table, second: Table) -> bool:
    """Return whether the second table is the rest of the first one, from the page before."""
    if first.num_columns != second.num_columns:
        return False
    if abs(first.left - second.left) > _SAME_SIDE or abs(first.right - second.right) > _SAME_SIDE:
        return False
    if _num_repeated(first, second):
        return True
    return second.num_rows > 1 and _header_of(first) is Header.ROW and _header_of(second) is not Header.ROW


def joined(tables: Sequence[Table]) -> tuple[Table, list[int]]:
    """Return the parts of a table as one table without repeated headers, and the row in which each part begins."""
    first = tables[0]
    cells = list(first.cells)
    starts = [0]
    num_rows = first.num_rows
    for table in tables[1:]:
        left_out = _num_repeated(first, table)
        starts.append(num_rows)
        cells += [replace(cell, row=cell.row - left_out + num_rows) for cell in table.cells if cell.row >= left_out]
        num_rows += table.num_rows - left_out
    return replace(first, cells=cells), starts


def _num_repeated(first: Table, second: Table) -> int:
    """Return how many rows at the start of the second table repeat those of the first."""
    if _header_of(first) is Header.NONE:
        return 0
    number = 0
    for row in range(min(_MAX_HEADER_ROWS, first.num_rows, second.num_rows - 1)):
        if _row(first, row) != _row(second, row):
            break
        if all(cell.row + cell.row_span <= row + 1 for cell in second.cells if cell.row <= row):
            number = row + 1
    return number


def _row(table: Table, row: int) -> list[tuple[int, int, int, str]]:
    return sorted(
        (cell.column, cell.column_span, cell.row_span, _text(cell)) for cell in table.cells if cell.row == row
    )


def _header_of(table: Table) -> Header:
    own = [_text(cell) for cell in sorted(table.cells, key=lambda cell: cell.column) if cell.row == 0]
    return judge_drawn_rows(own, _texts(table)) if own else Header.NONE


def _texts(table: Table) -> list[list[str]]:
    rows = [[""] * table.num_columns for _ in range(table.num_rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = _text(cell)
    return rows


def _text(cell: Cell) -> str:
    return " ".join(" ".join(line.text for line in cell.lines).split())
