"""Finds the tables and lines of text in a sheet.

In: the texts and merged cells of a sheet. Out: `TableBlock`s and `TextBlock`s in reading order. Used by `writing`. An
empty row ends a table, unless the rows after it go on with the table above. An empty column ends one only if the cells
to its right are a table of their own; see `_is_apart`. Other empty columns are space between the columns of one table.
Cost: about linear in the cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from pipeline.documents.grammar.tables.header import is_value
from pipeline.documents.readers.spreadsheets.sheet import Place
from pipeline.documents.table_layout import TableCell

_MIN_TABLE_COLUMNS = 2
_MIN_NOTE_CHARS = 60
_NOTE_SIGNS = ("*", "※", "†", "(", "[", "주)")
_MAX_EMPTY_SHARE, _FREE_AREA = 50, 10_000
"""A block is a table if it has at most `_FREE_AREA` places, or at most `_MAX_EMPTY_SHARE` for each filled cell."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Texts by place, and the numbers of rows and columns of merged cells. All texts are visible."""

    cells: Mapping[Place, str]
    spans: Mapping[Place, Place]
    table_starts: Set[Place] = frozenset()
    """First cells of the tables that the file defines."""

    def span(self, place: Place) -> Place:
        """Return the numbers of rows and columns of a cell."""
        return self.spans.get(place, (1, 1))


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines of text, such as the title above a table."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """The part of a sheet that is a table."""

    rows: tuple[tuple[TableCell, ...], ...]
    """The cells of each row; a cell covered by a span has none. Rows and columns in which no cell begins are left
    out."""
    first: tuple[Place, ...]
    """The filled cells of the first row."""
    second: tuple[Place, ...]
    """The filled cells of the second row."""


Block = TextBlock | TableBlock


def find_blocks(grid: Grid) -> list[Block]:
    """Return the blocks of a sheet in reading order."""
    return list(_blocks(sorted(grid.cells), grid))


def _blocks(places: Sequence[Place], grid: Grid) -> Iterator[Block]:
    for band in _continued(_bands(places, grid), grid):
        lead, rest, tail = _framed(_rows(band), grid)
        yield from (TextBlock((grid.cells[place],)) for place in lead)
        pieces = _side_by_side(rest, grid)
        if len(pieces) > 1:
            for piece in pieces:
                yield from _blocks(piece, grid)
        elif rest:
            yield _block(rest, grid)
        yield from (TextBlock((grid.cells[place],)) for place in tail)


def _bands(places: Sequence[Place], grid: Grid) -> Iterator[list[Place]]:
    """Yield the cells between empty rows."""
    band: list[Place] = []
    bottom = -1
    for place in places:
        if band and place[0] > bottom + 1:
            yield band
            band = []
        bottom = max(bottom, place[0] + grid.span(place)[0] - 1) if band else place[0] + grid.span(place)[0] - 1
        band.append(place)
    if band:
        yield band


def _continued(bands: Iterable[list[Place]], grid: Grid) -> Iterator[list[Place]]:
    """Yield the bands, each together with the bands after it that go on with its table."""
    current: list[Place] = []
    for band in bands:
        if current and _goes_on(current, band, grid):
            current = current + band
            continue
        if current:
            yield current
        current = band
    if current:
        yield current


def _goes_on(above: Sequence[Place], below: Sequence[Place], grid: Grid) -> bool:
    """Return whether a band continues the table above it.

    It does if one empty row separates them, and if the band has no names of columns, but values in the table's columns.
    """
    columns = {place[1] for place in above}
    names, first = _rows(above)[0], _rows(below)[0]
    return (
        below[0][0] - above[-1][0] == 2
        and len(names) > 1
        and len(first) > 1
        and columns == {place[1] for place in names}
        and columns >= {place[1] for place in below}
        and not any(is_value(grid.cells[place]) for place in names)
        and any(is_value(grid.cells[place]) for place in first)
    )


def _rows(places: Sequence[Place]) -> list[list[Place]]:
    found: dict[int, list[Place]] = {}
    for place in places:
        found.setdefault(place[0], []).append(place)
    return list(found.values())


def _framed(rows: list[list[Place]], grid: Grid) -> tuple[list[Place], list[Place], list[Place]]:
    """Return the title lines above a table, the cells of the table, and the notes below it."""
    left = min(place[1] for row in rows for place in row)
    first = 0
    while (
        first < len(rows) - 1
        and _is_title(rows[first], left, rows[first + 1][0][0], grid)
        and _is_wider(rows[first + 1 :], left)
    ):
        first += 1
    last = len(rows)
    while last - 1 > first and _is_note(rows[last - 1], grid) and _is_wider(rows[first : last - 1], left):
        last -= 1
    table = [place for row in rows[first:last] for place in row]
    return [row[0] for row in rows[:first]], table, [row[0] for row in rows[last:]]


def _is_title(row: Sequence[Place], left: int, next_row: int, grid: Grid) -> bool:
    """Return whether a row has one cell, which begins at the left or is merged over columns."""
    rows, columns = grid.span(row[0])
    is_alone = len(row) == 1 and row[0][0] + rows <= next_row
    return is_alone and (row[0][1] == left or columns > 1) and not is_value(grid.cells[row[0]])


def _is_wider(rows: Sequence[Sequence[Place]], left: int) -> bool:
    return any(place[1] > left for row in rows for place in row)


def _is_note(row: Sequence[Place], grid: Grid) -> bool:
    text = grid.cells[row[0]]
    return len(row) == 1 and (len(text) >= _MIN_NOTE_CHARS or text.startswith(_NOTE_SIGNS)) and not is_value(text)


def _side_by_side(places: Sequence[Place], grid: Grid) -> list[list[Place]]:
    """Return the cells of each table in a band, from left to right."""
    pieces: list[list[Place]] = []
    for segment in _segments(places, grid):
        if not pieces or _is_apart(pieces[-1], segment, grid):
            pieces.append(segment)
        else:
            pieces[-1] += segment
    return [sorted(piece) for piece in pieces]


def _segments(places: Sequence[Place], grid: Grid) -> list[list[Place]]:
    """Return the cells between empty columns, from left to right."""
    found: list[list[Place]] = []
    right = -1
    for place in sorted(places, key=lambda place: place[1]):
        if not found or place[1] > right + 1:
            found.append([])
        found[-1].append(place)
        right = max(right, place[1] + grid.span(place)[1] - 1)
    return found


def _is_apart(left: Sequence[Place], right: Sequence[Place], grid: Grid) -> bool:
    """Return whether cells to the right of an empty column are a table of their own.

    They are a table if the file says so, or if both sides have two columns or more and the right one mostly has
    labels in its first column or has names of columns in a row of its own.
    """
    rows = _rows(sorted(right))
    column = min(place[1] for place in right)
    if rows[0][0] in grid.table_starts:
        return True
    if min(_width(left), _width(right)) < _MIN_TABLE_COLUMNS:
        return False
    labels = [grid.cells[row[0]] for row in rows[1:] if row[0][1] == column]
    has_labels = sum(not is_value(label) for label in labels) * 2 > len(labels)
    has_names = min(left)[0] != rows[0][0][0] and not any(is_value(grid.cells[place]) for place in rows[0])
    return has_labels or has_names


def _width(places: Iterable[Place]) -> int:
    return len({place[1] for place in places})


def _block(places: Sequence[Place], grid: Grid) -> Block:
    ordered = sorted(places)
    rows, columns = _rows(ordered), sorted({place[1] for place in ordered})
    if len(columns) == 1:
        return TextBlock(tuple(grid.cells[place] for place in ordered))
    if len(rows) * len(columns) > max(_FREE_AREA, _MAX_EMPTY_SHARE * len(ordered)):
        return TextBlock(tuple(" | ".join(grid.cells[place] for place in row) for row in rows))
    return TableBlock(_table_rows(rows, columns, grid), tuple(rows[0]), tuple(rows[1] if len(rows) > 1 else ()))


def _table_rows(
    rows: Sequence[Sequence[Place]], columns: Sequence[int], grid: Grid
) -> tuple[tuple[TableCell, ...], ...]:
    numbers = [row[0][0] for row in rows]
    taken: set[Place] = set()
    found: list[tuple[TableCell, ...]] = []
    for index, row in enumerate(rows):
        cells: list[TableCell] = []
        column = 0
        for place in row:
            height, width = grid.span(place)
            begin = bisect_left(columns, place[1])
            height = bisect_left(numbers, place[0] + height) - index
            width = bisect_left(columns, place[1] + width) - begin
            cells += [TableCell("") for at in range(column, begin) if (index, at) not in taken]
            cells.append(TableCell(grid.cells[place], height, width))
            column = begin + width
            if height > 1:
                taken |= {(index + down, begin + aside) for down in range(1, height) for aside in range(width)}
        cells += [TableCell("") for at in range(column, len(columns)) if (index, at) not in taken]
        found.append(tuple(cells))
    return tuple(found)
