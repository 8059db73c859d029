"""Tables of a PDF page and their cells.

In: what `pdf.grids` and `pdf.aligned` find. Used by most modules of `pdf`. Cost: none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.documents.pdf.lines import Line


@dataclass(slots=True)
class Cell:
    """A cell of a table."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table and its place on the page."""

    left: float
    top: float
    right: float
    bottom: float
    cells: list[Cell]

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return max(cell.row + cell.row_span for cell in self.cells)

    @property
    def num_columns(self) -> int:
        """Number of columns."""
        return max(cell.column + cell.column_span for cell in self.cells)
