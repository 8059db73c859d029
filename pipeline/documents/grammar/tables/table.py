"""A table as the readers of this package return it: cells in a grid, and the position of its header.

Used by all readers. Rows and columns count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_CELLS = 20_000
"""Most cells of a table. A larger table is data, not text, and is left out."""


class Header(StrEnum):
    """The position of a table's header cells."""

    ROW = "row"
    COLUMN = "column"
    BOTH = "both"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text on one line, and its span."""

    start: int
    end: int
    value: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its span, rules and borders included."""

    start: int
    end: int
    header: Header
    cells: tuple[Cell, ...]
    """Cells in order of rows; empty if the cells cannot be separated with certainty."""


def rows_of(cells: Sequence[Cell]) -> list[list[str]]:
    """Return the values as a full grid. A cell that spans several places is in each of them; a missing cell is empty.

    Return an empty list for more than `MAX_CELLS` places.
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
