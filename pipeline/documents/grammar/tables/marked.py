"""Reads the tables that the format reader marked.

Takes the marks of a text; returns `Table`s. The marks state the rows, columns and spans of the cells and the position
of the header, so nothing is guessed. A table with overlapping cells or too many cells is returned without cells.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.grammar.tables.table import MAX_CELLS, Cell, Header, Table
from pipeline.documents.marks import Mark, MarkKind


def read_marked_tables(marks: Sequence[Mark]) -> list[Table]:
    """Return the tables in order, without the tables inside other tables."""
    tables: list[Table] = []
    current: Mark | None = None
    cells: list[Cell] = []
    for mark in marks:
        if mark.kind is MarkKind.TABLE:
            if current is not None and mark.start < current.end:
                continue
            if current is not None:
                tables.append(_table(current, cells))
            current, cells = mark, []
        elif mark.kind is MarkKind.CELL and current is not None and current.start <= mark.start < current.end:
            value = " ".join(mark.value.split())
            cells.append(Cell(mark.start, mark.end, value, mark.row, mark.column, mark.row_span, mark.column_span))
    if current is not None:
        tables.append(_table(current, cells))
    return tables


def _table(mark: Mark, cells: Sequence[Cell]) -> Table:
    known = {header.value for header in Header}
    header = Header(mark.value) if mark.value in known else Header.NONE
    size = sum(cell.row_span * cell.column_span for cell in cells)
    taken = [
        (row, column)
        for cell in (cells if size <= MAX_CELLS else ())
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    ]
    is_sound = size <= MAX_CELLS and len(set(taken)) == len(taken)
    return Table(mark.start, mark.end, header if is_sound else Header.NONE, tuple(cells) if is_sound else ())
