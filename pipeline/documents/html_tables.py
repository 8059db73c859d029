"""Arranges an HTML table as full rows, and tells the position of the header cells.

Takes a `table` element; returns the position of each cell. The table is changed in place, as `table_layout` says: each
place that a merged cell covers gets a cell of its own, and a title that spans the table is moved above it. Used by
`markup`. The number of added cells is limited by the size of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bs4 import BeautifulSoup, NavigableString, Tag

from pipeline.documents.table_layout import PlacedCell, TableCell, lay_out

_MAX_SPAN = 1000
"""The maximum span of a cell; browsers use the same limit for columns."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table and the position of its header cells. Elements are named by their `id()`."""

    header: str
    """Position of the header cells: `row`, `column`, `both` or empty."""
    places: Mapping[int, PlacedCell]
    """Positions of the table's own cells."""
    copies: Mapping[int, int]
    """The own cell of each cell that repeats one."""


@dataclass(frozen=True, slots=True)
class _Row:
    tag: Tag
    cells: list[tuple[Tag, PlacedCell]]


def arrange_table(table: Tag, soup: BeautifulSoup) -> Grid:
    """Arrange a table that contains no other table."""
    tags = table.find_all("tr")
    cells = [row.find_all(["td", "th"], recursive=False) for row in tags]
    layout = lay_out([[_stated(cell) for cell in row] for row in cells])
    own = iter([cell for row in cells for cell in row])
    for _, title in zip(layout.titles, own, strict=False):
        title.name = "div"
        table.insert_before(title.extract())
    rows: list[_Row] = []
    copies: dict[int, int] = {}
    tag_at: dict[tuple[int, int], Tag] = {}
    for number, places in zip(layout.numbers, layout.rows, strict=True):
        row = _Row(tags[number], [(next(own), place) for place in places if isinstance(place, PlacedCell)])
        for string in [child for child in row.tag.children if isinstance(child, NavigableString) and not child.strip()]:
            string.extract()
        tag_at |= {(place.row, place.column): tag for tag, place in row.cells}
        for place in places:
            if isinstance(place, PlacedCell):
                tag = tag_at[place.row, place.column].extract()
                del tag["rowspan"], tag["colspan"]
            else:
                tag = soup.new_tag(row.cells[0][0].name)
                if place is not None:
                    copies[id(tag)] = id(tag_at[place.cell.row, place.cell.column])
            row.tag.append(tag)
        rows.append(row)
    for part in table.find_all(["tr", "thead", "tbody", "tfoot"]):
        if not part.decomposed and not part.find(["td", "th"]) and not part.get_text(strip=True):
            part.decompose()
    return Grid(_header(rows), {id(tag): place for row in rows for tag, place in row.cells}, copies)


def _stated(cell: Tag) -> TableCell:
    return TableCell(" ".join(cell.get_text().split()), _span(cell, "rowspan"), _span(cell, "colspan"))


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
