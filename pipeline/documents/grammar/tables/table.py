"""Defines a table as cells with grid positions, plus the position of the header cells.

All table readers of this package return this form. `synthesize.tasks.table_cell` uses the same header positions and
size limit. Rows and columns are numbered from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.documents.grammar.text_lines import TextLine

MAX_CELLS = 20_000
"""The maximum number of cells in a table. A larger table is data, not text.

`reading` leaves such a table out; `marked` returns it without cells. `marked` and `rows_of` count grid positions, so a
cell that covers several positions counts several times.
"""


class Header(StrEnum):
    """The position of a table's header cells."""

    ROW = "row"
    COLUMN = "column"
    BOTH = "both"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: the text on a single line, the offsets in the document, and the position in the grid."""

    start: int
    end: int
    value: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the offsets include ruled lines and borders."""

    start: int
    end: int
    header: Header
    cells: tuple[Cell, ...]
    """The cells in row order; empty if they cannot be separated reliably, or if there are too many."""


def table_of(lines: Sequence[TextLine], rows: Sequence[Sequence[Cell]], header: Header) -> Table:
    """Return the table that the given lines contain."""
    cells = tuple(cell for row in rows for cell in row)
    return Table(lines[0].content_start, lines[-1].content_end, header, cells)


def rows_of(cells: Sequence[Cell]) -> list[list[str]]:
    """Return the values as a full grid; missing cells are empty strings.

    The value of a cell that covers several positions is repeated in each. If the grid would have more than `MAX_CELLS`
    positions, return an empty list.
    """
    num_rows = max((cell.row + cell.row_span for cell in cells), default=0)
    num_columns = max((cell.column + cell.column_span for cell in cells), default=0)
    if num_rows * num_columns > MAX_CELLS:
        return []
    grid = [[""] * num_columns for _ in range(num_rows)]
    for cell in cells:
        for row in range(cell.row, cell.row + cell.row_span):
            for column in range(cell.column, cell.column + cell.column_span):
                grid[row][column] = cell.value
    return grid
