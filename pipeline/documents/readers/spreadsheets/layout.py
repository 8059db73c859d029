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
_MAX_TITLES = 20
"""The maximum number of tables side by side whose titles are looked for."""
_MIN_LED_LINES = 3
"""The minimum number of lines of an address, with the label above it."""
_COLONS = (":", "：")
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
class Area:
    """Where a block is in its sheet."""

    top: int
    left: int
    bottom: int


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines of text, such as the title above a table."""

    lines: tuple[str, ...]
    area: Area


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
    area: Area


Block = TextBlock | TableBlock


def find_blocks(grid: Grid) -> list[Block]:
    """Return the blocks of a sheet in reading order."""
    return list(_blocks(sorted(grid.cells), grid))


def _blocks(places: Sequence[Place], grid: Grid) -> Iterator[Block]:
    titles: list[Place] = []
    bands = list(_continued(_bands(places, grid), grid))
    for number, band in enumerate(bands, start=1):
        if not titles and number < len(bands) and _are_titles(band, bands[number], grid):
            titles = band
            continue
        framed = _framed(_rows(band), grid)
        yield from (_line(place, grid) for place in framed.titles)
        pieces = _titled(titles, _side_by_side(framed.table, grid))
        if len(pieces) > 1:
            for piece in pieces:
                yield from _blocks(piece, grid)
        elif framed.table:
            yield _block(framed.table, grid)
        yield from (_line(place, grid) for place in framed.notes)
        titles = []


def _are_titles(band: Sequence[Place], below: Sequence[Place], grid: Grid) -> bool:
    """Return whether a band is one row with at most one cell above each of the tables side by side below it."""
    if not 2 <= len(band) <= _MAX_TITLES or band[0][0] != band[-1][0]:
        return False
    pieces = _side_by_side(_framed(_rows(below), grid).table, grid)
    if len(pieces) < len(band):
        return False
    owners = [_owner(place, pieces) for place in band]
    return len(set(owners)) == len(owners)


def _titled(titles: Sequence[Place], pieces: list[list[Place]]) -> list[list[Place]]:
    """Return tables side by side, each with its title."""
    found = [list(piece) for piece in pieces]
    for title in titles:
        found[_owner(title, pieces)].append(title)
    return [sorted(piece) for piece in found]


def _owner(title: Place, pieces: Sequence[Sequence[Place]]) -> int:
    """Return the number of the last table that begins at the title's column or to the left of it."""
    lefts = [min(place[1] for place in piece) for piece in pieces]
    return max((number for number, left in enumerate(lefts) if left <= title[1]), default=0)


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


@dataclass(frozen=True, slots=True)
class _Framed:
    """The title lines above a table, the cells of the table, and the notes below it."""

    titles: list[Place]
    table: list[Place]
    notes: list[Place]


def _framed(rows: list[list[Place]], grid: Grid) -> _Framed:
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
    return _Framed([row[0] for row in rows[:first]], table, [row[0] for row in rows[last:]])


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

    They are a table if the file says so, if one side is lines below a label (`Bill to:`), or if both sides have two
    columns or more and the right one mostly has labels in its first column or has names of columns in a row of its own.
    """
    rows = _rows(sorted(right))
    column = min(place[1] for place in right)
    if rows[0][0] in grid.table_starts:
        return True
    if min(_width(left), _width(right)) < _MIN_TABLE_COLUMNS:
        return any(_is_led(side, grid) and _width(other) > 1 for side, other in ((left, right), (right, left)))
    labels = [grid.cells[row[0]] for row in rows[1:] if row[0][1] == column]
    has_labels = sum(not is_value(label) for label in labels) * 2 > len(labels)
    has_names = min(left)[0] != rows[0][0][0] and not any(is_value(grid.cells[place]) for place in rows[0])
    return has_labels or has_names


def _is_led(places: Sequence[Place], grid: Grid) -> bool:
    """Return whether cells are a column of lines without a gap, of which only the first one ends with a colon."""
    ordered = sorted(places)
    is_column = _width(ordered) == 1 and ordered[-1][0] - ordered[0][0] == len(ordered) - 1
    led = [grid.cells[place].rstrip().endswith(_COLONS) for place in ordered]
    return is_column and len(ordered) >= _MIN_LED_LINES and led[0] and not any(led[1:])


def _width(places: Iterable[Place]) -> int:
    return len({place[1] for place in places})


def _line(place: Place, grid: Grid) -> TextBlock:
    return TextBlock((grid.cells[place],), Area(*place, bottom=place[0] + grid.span(place)[0] - 1))


def _block(places: Sequence[Place], grid: Grid) -> Block:
    ordered = sorted(places)
    rows, columns = _rows(ordered), sorted({place[1] for place in ordered})
    area = Area(ordered[0][0], columns[0], max(place[0] + grid.span(place)[0] - 1 for place in ordered))
    if len(columns) == 1:
        return TextBlock(tuple(grid.cells[place] for place in ordered), area)
    if len(rows) * len(columns) > max(_FREE_AREA, _MAX_EMPTY_SHARE * len(ordered)):
        return TextBlock(tuple(" | ".join(grid.cells[place] for place in row) for row in rows), area)
    return TableBlock(_table_rows(rows, columns, grid), tuple(rows[0]), tuple(rows[1] if len(rows) > 1 else ()), area)


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
