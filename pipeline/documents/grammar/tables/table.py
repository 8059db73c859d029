"""A table as the readers of this package hand it on: cells in a grid, and where its header is.

Shared by all readers. Rows and columns count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_CELLS = 20_000
"""A table with more is data, not text; it is left out."""


class Header(StrEnum):
    """Where the header cells of a table are."""

    ROW = "row"
    COLUMN = "column"
    BOTH = "both"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text on one line and the characters it stands on."""

    start: int
    end: int
    value: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the characters it covers, rules and borders included."""

    start: int
    end: int
    header: Header
    cells: tuple[Cell, ...]
    """In order of rows; empty where the cells cannot be told apart with certainty."""


def rows_of(cells: Sequence[Cell]) -> list[list[str]]:
    """The values as a full grid: a cell that spans several places is in each; a missing one is empty."""
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
