"""Reads an HTML table: the row, column and spans of each cell, and the position of the header cells.

Takes a `table` element; returns the position of each cell. The table is changed in place: where a cell from a row above
spans down, an empty cell is added, so that the remaining cells keep their columns. Used by `markup`. The number of
added cells is limited by the size of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

_MAX_SPAN = 1000
"""The maximum span of a cell; the converter and browsers use the same limit for columns."""
_FREE_FILLERS, _FILLERS_PER_CELL = 2000, 4
"""The maximum number of added cells: a fixed number, plus some for each cell of the table. Without a limit, a page of a
few lines could ask for millions of cells. Spans beyond the limit are not filled."""


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The position and spans of a cell; rows and columns are numbered from 0."""

    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The cell positions and header position of a table."""

    header: str
    """Position of the header cells: `row`, `column`, `both` or empty."""
    places: Mapping[int, CellPlace]
    """Positions of the table's original cells, by the `id()` of the element."""


@dataclass(slots=True)
class _Row:
    tag: Tag
    cells: list[tuple[Tag, CellPlace]]


@dataclass(frozen=True, slots=True)
class _Above:
    """A cell that spans down to a row; it is kept after that row, because removing it would cost a pass."""

    last_row: int
    width: int


def read_grid(table: Tag, soup: BeautifulSoup) -> Grid:
    """Read a table that contains no other table, and add empty cells below cells that span several rows."""
    rows: list[_Row] = []
    tags = table.find_all("tr")
    cells_of = [row.find_all(["td", "th"], recursive=False) for row in tags]
    fillers_left = _FREE_FILLERS + _FILLERS_PER_CELL * sum(map(len, cells_of))
    below: dict[int, _Above] = {}
    for number, (tag, cells) in enumerate(zip(tags, cells_of, strict=True)):
        row, column = _Row(tag, []), 0
        for cell in cells:
            column, fillers = _fillers(below, number, column, fillers_left)
            fillers_left -= len(fillers)
            cell.insert_before(*(_empty(cell.name, width, soup) for width in fillers))
            width = _span(cell, "colspan")
            height = min(_span(cell, "rowspan"), len(tags) - number)
            row.cells.append((cell, CellPlace(number, column, height, width)))
            if height > 1:
                below[column] = _Above(number + height - 1, width)
            column += width
        _, fillers = _fillers(below, number, column, fillers_left)
        fillers_left -= len(fillers)
        tag.extend([_empty("td", width, soup) for width in fillers])
        rows.append(row)
    places = {id(cell): place for row in rows for cell, place in row.cells}
    return Grid(header=_header(rows), places=places)


def _fillers(below: Mapping[int, _Above], row: int, column: int, fillers_left: int) -> tuple[int, list[int]]:
    """Return the next column of a row that no cell above covers, and the widths of the covering cells before it."""
    widths: list[int] = []
    while (above := below.get(column)) is not None and above.last_row >= row and len(widths) < fillers_left:
        widths.append(above.width)
        column += above.width
    return column, widths


def _empty(name: str, width: int, soup: BeautifulSoup) -> Tag:
    return soup.new_tag(name, attrs={"colspan": str(width)} if width > 1 else {})


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "").strip()
    return max(1, min(_MAX_SPAN, int(value))) if value.isdigit() and len(value) < 7 else 1


def _header(rows: list[_Row]) -> str:
    """Return where the header cells are: `row` for the first row, `column` for the first column, `both` or empty."""
    filled = [row for row in rows if row.cells]
    if len(filled) < 2:
        return ""
    first = filled[0]
    in_head = first.tag.find_parent("thead") is not None and filled[1].tag.find_parent("thead") is None
    has_row = in_head or all(cell.name == "th" for cell, _ in first.cells)
    heads = list(_first_cells(filled[1:]))
    has_column = bool(heads) and all(cell.name == "th" for cell in heads)
    if has_column and all(cell.name == "th" for row in filled for cell, _ in row.cells):
        return "row"
    return {(True, True): "both", (True, False): "row", (False, True): "column"}.get((has_row, has_column), "")


def _first_cells(rows: list[_Row]) -> Iterator[Tag]:
    """Return the first-column cells of rows that have at least two cells."""
    return (cell for row in rows if len(row.cells) > 1 for cell, place in row.cells[:1] if place.column == 0)
