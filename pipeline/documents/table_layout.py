"""Lays out the cells of a table as full rows, with the text of a merged cell in each place that it covers.

In: the cells of each row as a format states them, with their spans. Out: a `TableLayout`. Used by `text_builder` and
`markup`, so the tables of all formats are written alike:

- A row must be readable alone, so a merged cell is repeated down and across, as docling and pandas do. A long text is
  no category of rows or columns, so it is written once.
- A cell that covers a whole row is a title. Above the table it becomes a line of its own; inside, it is written once.
- A row or column in which no cell begins is left out: it would only repeat its neighbour.

Cost: linear in the cells and the places of the table, which are limited for each cell.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

_MAX_REPEATED_CHARS = 200
"""The maximum length of a text that is repeated."""
_FREE_PLACES, _PLACES_PER_CELL = 10_000, 50
_FREE_REPEATS, _REPEATS_PER_CHAR = 20_000, 10
"""The maximum numbers of places, and of repeated characters: a fixed number, plus some for each cell or character.
Without them, a small file could ask for gigabytes of text. Beyond them, rows are not filled up and cells not repeated.
"""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table row."""

    text: str
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell with its place in the table, from 0."""

    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Repeat:
    """A place in which the text of a merged cell is repeated."""

    cell: PlacedCell


Place = PlacedCell | Repeat | None
"""A place of a row: a cell where it begins, a repeated cell, or nothing."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The places of a table's cells."""

    titles: tuple[PlacedCell, ...]
    """Titles above the table; their rows are numbered as in the given rows."""
    rows: tuple[tuple[Place, ...], ...]
    """The places of each row, from left to right."""
    numbers: tuple[int, ...]
    """The number of each row in the given rows."""
    num_columns: int

    @property
    def shown(self) -> list[list[str]]:
        """The text of each place."""
        return [[_text(place) for place in row] for row in self.rows]


def lay_out(rows: Sequence[Sequence[TableCell]]) -> TableLayout:
    """Return the layout of a table.

    Args:
        rows: the cells of each row; a cell covered by a span is not repeated.
    """
    placed = _placed(rows)
    numbers = sorted({cell.row for cell in placed})
    columns = sorted({cell.column for cell in placed})
    cells = [_squeezed(cell, numbers, columns) for cell in placed]
    num_titles = _num_titles(cells, len(numbers), len(columns))
    titles = tuple(PlacedCell(cell.text, numbers[cell.row], 0) for cell in cells if cell.row < num_titles)
    body = cells[num_titles:]
    if num_titles:
        body = [replace(cell, row=cell.row - num_titles) for cell in body]
    num_rows = max((cell.row + cell.row_span for cell in body if cell.text.strip()), default=0)
    written = _written([cell for cell in body if cell.row < num_rows], num_rows, len(columns))
    kept = numbers[num_titles : num_titles + num_rows]
    return TableLayout(titles, written, tuple(kept), len(columns))


def _text(place: Place) -> str:
    if place is None:
        return ""
    return place.cell.text if isinstance(place, Repeat) else place.text


def _placed(rows: Sequence[Sequence[TableCell]]) -> list[PlacedCell]:
    """Return the cells with the columns that the spans of earlier rows leave to them."""
    found: list[PlacedCell] = []
    above: list[PlacedCell] = []
    """The cells that reach down, by column. One that has ended stays until a row comes to it, because a pass over all
    of them for each row would take quadratic time."""
    for number, row in enumerate(rows):
        column = next_above = 0
        for cell in row:
            while next_above < len(above) and above[next_above].column <= column:
                barrier = above[next_above]
                if barrier.row + barrier.row_span <= number:
                    del above[next_above]
                    continue
                column = max(column, barrier.column + barrier.column_span)
                next_above += 1
            height, width = max(1, min(cell.row_span, len(rows) - number)), max(1, cell.column_span)
            found.append(PlacedCell(cell.text, number, column, height, width))
            if height > 1:
                above.insert(next_above, found[-1])
                next_above += 1
            column += width
    return found


def _squeezed(cell: PlacedCell, rows: Sequence[int], columns: Sequence[int]) -> PlacedCell:
    """Return a cell with its place among the rows and columns in which a cell begins."""
    row, column = bisect_left(rows, cell.row), bisect_left(columns, cell.column)
    if cell.row_span == cell.column_span == 1 and (row, column) == (cell.row, cell.column):
        return cell
    height = bisect_left(rows, cell.row + cell.row_span) - row
    width = bisect_left(columns, cell.column + cell.column_span) - column
    return PlacedCell(cell.text, row, column, height, width)


def _num_titles(cells: Sequence[PlacedCell], num_rows: int, num_columns: int) -> int:
    """Return the number of titles above the rows of a table."""
    number = 0
    while (
        num_columns > 1
        and number + 1 < num_rows
        and cells[number].column_span == num_columns
        and cells[number].row_span == 1
    ):
        number += 1
    return number


def _written(cells: Sequence[PlacedCell], num_rows: int, num_columns: int) -> tuple[tuple[Place, ...], ...]:
    if num_rows * num_columns > _FREE_PLACES + _PLACES_PER_CELL * len(cells):
        ragged: list[list[Place]] = [[] for _ in range(num_rows)]
        for cell in cells:
            ragged[cell.row].append(cell)
        return tuple(map(tuple, ragged))
    grid: list[list[Place]] = [[None] * num_columns for _ in range(num_rows)]
    left = _FREE_REPEATS + _REPEATS_PER_CHAR * sum(len(cell.text) for cell in cells)
    for cell in cells:
        repeats = cell.row_span * cell.column_span - 1
        if not repeats or cell.column_span == num_columns or not 0 < len(cell.text) <= _MAX_REPEATED_CHARS:
            continue
        left -= repeats * len(cell.text)
        if left >= 0:
            for row in grid[cell.row : cell.row + cell.row_span]:
                row[cell.column : cell.column + cell.column_span] = [Repeat(cell)] * cell.column_span
    # Cells that overlap are an error of the file: each is still written where it begins.
    for cell in cells:
        grid[cell.row][cell.column] = cell
    return tuple(map(tuple, grid))
