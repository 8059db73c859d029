"""Builds the tables of an RTF file from its rows, whose cells are given by their right edges."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.documents.readers.blocks import MAX_COLUMNS, Block, Cell, Table

_TOLERANCE = 30
"""Edges closer than this, in twentieths of a point, are the same edge."""


@dataclass(slots=True)
class CellShape:
    """Where a cell ends, and whether it continues another one."""

    right: int
    continues_left: bool = False
    continues_above: bool = False


@dataclass(slots=True)
class RowShape:
    """The cells of a row as the row's definition gives them."""

    left: int = 0
    cells: list[CellShape] = field(default_factory=list)
    continues_left: bool = False
    continues_above: bool = False
    """Both flags belong to the cell whose edge comes next."""

    def end_cell(self, right: int) -> None:
        """Add a cell, given its right edge."""
        if len(self.cells) < MAX_COLUMNS:
            self.cells.append(CellShape(right, self.continues_left, self.continues_above))
        self.continues_left = self.continues_above = False


@dataclass(slots=True)
class OpenTable:
    """A table that is being read, at one depth of nesting."""

    rows: list[tuple[list[list[Block]], RowShape]] = field(default_factory=list)
    cells: list[list[Block]] = field(default_factory=list)
    """Cells of the row that is being read."""
    blocks: list[Block] = field(default_factory=list)
    """Blocks of the cell that is being read."""

    def end_cell(self) -> None:
        """End a cell."""
        self.cells.append(self.blocks)
        self.blocks = []

    def end_row(self, shape: RowShape) -> None:
        """End a row."""
        if self.blocks:
            self.end_cell()
        if self.cells:
            self.rows.append((self.cells, shape))
        self.cells = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read."""
        return not (self.rows or self.cells or self.blocks)

    def table(self) -> Table:
        """Return the table."""
        self.end_row(RowShape())
        edges = _distinct(sorted({edge for _, shape in self.rows for edge in _edges(shape)}))
        above: dict[int, _Growing] = {}
        rows: list[list[_Growing]] = []
        for cells, shape in self.rows:
            rows.append([])
            here: dict[int, _Growing] = {}
            column = _place(edges, shape.left) if shape.cells else 0
            rows[-1] += [_Growing([]) for _ in range(column)]
            for index, blocks in enumerate(cells):
                made = shape.cells[index] if index < len(shape.cells) else None
                span = max(1, _place(edges, made.right) - column) if made is not None else 1
                if made is not None and made.continues_left and rows[-1]:
                    rows[-1][-1].column_span += span
                    rows[-1][-1].blocks += blocks
                elif made is not None and made.continues_above and column in above:
                    here[column] = above[column]
                    here[column].row_span += 1
                else:
                    here[column] = _Growing(blocks, span)
                    rows[-1].append(here[column])
                column += span
            above = here
        return Table(
            tuple(tuple(Cell(tuple(cell.blocks), cell.row_span, cell.column_span) for cell in row) for row in rows)
        )


@dataclass(slots=True)
class _Growing:
    blocks: list[Block]
    column_span: int = 1
    row_span: int = 1


def _edges(shape: RowShape) -> list[int]:
    return [shape.left, *(cell.right for cell in shape.cells)] if shape.cells else []


def _distinct(edges: Sequence[int]) -> list[int]:
    """Return sorted edges without those that lie close behind another one."""
    found: list[int] = []
    for edge in edges:
        if not found or edge - found[-1] > _TOLERANCE:
            found.append(edge)
    return found[:MAX_COLUMNS]


def _place(edges: Sequence[int], edge: int) -> int:
    """Return the number of the column that begins at an edge."""
    return min(bisect_left(edges, edge - _TOLERANCE), len(edges))
