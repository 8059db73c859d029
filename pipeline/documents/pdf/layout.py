"""The reading order of a page: its lines and tables, column by column.

In: the words and rules of a page. Out: `Layout`. Used by `pdf.document`. Cost: quadratic in the blocks (10 to
60 on most pages) and at worst in the lines of a page. A page with more than `_MAX_BLOCKS` blocks keeps the order of its
content, with tables last; one with more than `_MAX_LINES` lines is not searched for columns.

Most programs write text in reading order, so the order of the content decides. It is corrected where a block lies above
another one in the same column, where a column goes on although the content leaves it, and where the right column comes
before the left. Where the content runs in rows across columns, the columns are found by the white strip between them,
the gutter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.documents.pdf.aligned import aligned_tables
from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.grids import ruled_tables
from pipeline.documents.pdf.lines import Line, lines_of
from pipeline.documents.pdf.rules import Drawing
from pipeline.documents.pdf.words import Word

_MAX_BLOCKS, _MAX_LINES = 250, 2000
_MIN_GUTTER_LINES = 4
"""Lines that must end before a white strip, and begin after it, for the strip to separate columns."""
_NEAR = 9.0
"""Only lines within this distance of a row, in font sizes, decide whether it has a gutter."""
_MIN_ROWS_ACROSS = 4
_SAME_TOP = 12.0
"""How much lower, in points, a column may begin and still be read before the one to its right."""
_MIN_COLUMN_LINES = 3
_NEXT_IN_COLUMN = 1.6
"""Largest space between two parts of a column, in font sizes."""
_FAR = 6.0
"""Space between two phrases on one line, in font sizes, that keeps them apart, unless the first ends in a colon or they
are part of a row of more than two."""
_UNLIKE = 0.12
_PHRASE = re.compile(r"[^\W\d_]{2,}")
_BULLETS = frozenset("•◦▪▫‣⁃●○■□◆◇▶►➢✓")


@dataclass(slots=True)
class Layout:
    """The content of a page in reading order."""

    items: list[Line | Table] = field(default_factory=list)
    turned: list[Word] = field(default_factory=list)
    """Words in another direction that are in no table."""


def page_layout(words: Sequence[Word], drawing: Drawing, turned: Sequence[Word] = ()) -> Layout:
    """Return the lines and tables of a page in reading order.

    Args:
        words: the words of the page.
        drawing: its rules.
        turned: words in another direction than most.
    """
    tables, rest, apart = ruled_tables(drawing, words, turned)
    lines = lines_of(rest)
    more, lines = aligned_tables(lines)
    rows = _merged_rows(lines)
    runs_across = rows.num_across >= _MIN_ROWS_ACROSS
    lines = _by_columns(rows.lines, rows.gutters) if runs_across else rows.lines
    blocks = [*_blocks(lines), *(_Block([table]) for table in (*tables, *more))]
    return Layout([item for block in _ordered(blocks) for item in block.items], apart)


@dataclass(slots=True)
class _Rows:
    """The result of `_merged_rows`."""

    lines: list[Line]
    num_across: int = 0
    """How often a row continues behind a gutter."""
    gutters: list[float] = field(default_factory=list)


def _merged_rows(lines: Sequence[Line]) -> _Rows:
    """Merge neighbouring lines of a row, unless the strip between them separates columns."""
    rows = _Rows([])
    sizes = Counter(line.row for line in lines)
    for line in lines:
        before = rows.lines[-1] if rows.lines else None
        if before is None or before.row != line.row or line.words[0].text in _BULLETS:
            rows.lines.append(line)
        elif len(lines) <= _MAX_LINES and _is_gutter((before.right + line.left) / 2, line, lines):
            rows.num_across += 1
            rows.gutters.append((before.right + line.left) / 2)
            rows.lines.append(line)
        elif sizes[line.row] == 2 and _are_apart(before, line):
            rows.lines.append(line)
        else:
            words = [*before.words, *line.words]
            if before.is_right_to_left and line.is_right_to_left:
                words = [*line.words, *before.words]
            rows.lines[-1] = Line(words, line.row)
    return rows


def _are_apart(first: Line, second: Line) -> bool:
    """Return whether two phrases on one line are far apart, or differ in size as a title and a note beside it do.

    A single word may be the label of what follows.
    """
    if not (_PHRASE.search(first.text) and _PHRASE.search(second.text)) or first.text.endswith(":"):
        return False
    gap = max(second.left - first.right, first.left - second.right)
    is_alike = abs(first.size - second.size) < _UNLIKE * max(first.size, second.size)
    if is_alike and len(first.text.split()) == 1:
        return False
    return gap > (_FAR if is_alike else _FAR / 2) * max(first.size, second.size)


def _is_gutter(at: float, near: Line, lines: Sequence[Line]) -> bool:
    """Return whether the lines around a row leave a white strip here, with text on both sides; one may cross it."""
    before = behind = crossing = 0
    for line in lines:
        if abs(line.base - near.base) > _NEAR * near.size:
            continue
        if line.right <= at:
            before += line.num_chars > 12
        elif line.left >= at:
            behind += line.num_chars > 12
        else:
            crossing += 1
    return before >= _MIN_GUTTER_LINES and behind >= _MIN_GUTTER_LINES and crossing <= 1


def _by_columns(lines: Sequence[Line], gutters: Sequence[float]) -> list[Line]:
    """Return lines column by column; a line across a gutter ends the columns above it."""
    at = sorted(gutters)[len(gutters) // 2]
    others = [gutter for gutter in gutters if abs(gutter - at) > 40]
    ordered: list[Line] = []
    sides: tuple[list[Line], list[Line]] = ([], [])

    def close() -> None:
        for side in sides:
            inside = [gutter for gutter in others if side and min(x.left for x in side) < gutter]
            inside = [gutter for gutter in inside if gutter < max(x.right for x in side)]
            ordered.extend(_by_columns(side, inside) if len(inside) >= _MIN_ROWS_ACROSS else side)
            side.clear()

    for line in sorted(lines, key=lambda line: (round(line.base), line.left)):
        if line.left < at < line.right:
            close()
            ordered.append(line)
        else:
            sides[line.left >= at].append(line)
    close()
    return ordered


@dataclass(slots=True)
class _Block:
    """Lines that follow each other in the content and on the page, or one table."""

    items: list[Line | Table]
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    @property
    def is_column(self) -> bool:
        """Whether it is a table or has some lines; one or two lines can be the text to a label on their left."""
        return len(self.items) >= _MIN_COLUMN_LINES or isinstance(self.items[0], Table)

    @property
    def is_right_to_left(self) -> bool:
        """Whether its first item is text that runs to the left, or a table that begins with such text."""
        first = self.items[0]
        if isinstance(first, Line):
            return first.is_right_to_left
        return any(line.is_right_to_left for cell in first.cells[:1] for line in cell.lines)

    def __post_init__(self) -> None:
        self.left = min(item.left for item in self.items)
        self.right = max(item.right for item in self.items)
        self.top = min(item.top for item in self.items)
        self.bottom = max(item.bottom for item in self.items)


def _blocks(lines: Sequence[Line]) -> list[_Block]:
    groups: list[list[Line]] = []
    left = right = 0.0
    for line in lines:
        if groups and _continues(groups[-1][-1], line) and min(right, line.right) > max(left, line.left):
            groups[-1].append(line)
            left, right = min(left, line.left), max(right, line.right)
        else:
            groups.append([line])
            left, right = line.left, line.right
    return [_Block(list[Line | Table](group)) for group in groups]


def _continues(above: Line, line: Line) -> bool:
    step = line.base - above.base
    size = max(above.size, line.size)
    return 0 <= step <= 3.2 * size


def _ordered(blocks: list[_Block]) -> list[_Block]:
    """Return blocks in the order of the content, except that what lies above in the same column comes first."""
    if len(blocks) > _MAX_BLOCKS:
        return blocks
    tables = [block for block in blocks if isinstance(block.items[0], Table)]
    blocks = [block for block in blocks if not isinstance(block.items[0], Table)]
    for table in sorted(tables, key=lambda block: block.top):
        blocks.insert(_place_of(table, blocks), table)
    num_open = [0] * len(blocks)
    below: list[list[int]] = [[] for _ in blocks]
    for number, block in enumerate(blocks):
        for other, candidate in enumerate(blocks):
            if number != other and _is_above(block, candidate):
                below[number].append(other)
                num_open[other] += 1
    ready = {number for number, count in enumerate(num_open) if count == 0}
    ordered: list[int] = []
    while ready:
        number = _next(blocks, ready, blocks[ordered[-1]] if ordered else None)
        ready.remove(number)
        ordered.append(number)
        for other in below[number]:
            num_open[other] -= 1
            if num_open[other] == 0:
                ready.add(other)
    missing = [number for number in range(len(blocks)) if num_open[number] > 0]
    return [blocks[number] for number in (*ordered, *missing)]


def _next(blocks: Sequence[_Block], ready: set[int], last: _Block | None) -> int:
    """Return the block to read next, by the content's order, with two exceptions.

    Before the content goes up to another column, the column is read on that it has left. What lies to the left of a
    column of some lines and begins no lower is read before it.
    """
    first = min(ready)
    if last is not None and blocks[first].top < last.top:
        rest = [number for number in ready if _goes_on(last, blocks[number])]
        if rest:
            return min(rest, key=lambda number: blocks[number].top)
    while True:
        lefter = [number for number in ready if _is_left(blocks[number], blocks[first])]
        if not lefter:
            return first
        first = min(lefter, key=lambda number: (blocks[number].top, number))


def _goes_on(above: _Block, block: _Block) -> bool:
    """Return whether a block is the rest of the column that ends with another one: near, and of its type size."""
    last, first = above.items[-1], block.items[0]
    if isinstance(last, Table) or isinstance(first, Table) or not _shares_column(above, block):
        return False
    is_alike = abs(last.size - first.size) < 0.1 * last.size
    return is_alike and 0 <= block.top - above.bottom < _NEXT_IN_COLUMN * last.size


def _is_left(block: _Block, other: _Block) -> bool:
    """Return whether a block lies to the left of a column and begins no lower; never in text that runs to the left."""
    if block.right > other.left or block.top > other.top + _SAME_TOP or not other.is_column:
        return False
    return not (block.is_right_to_left or other.is_right_to_left)


def _place_of(table: _Block, blocks: Sequence[_Block]) -> int:
    """Return where a table belongs: after the last block of its column above it, or before the first one below it."""
    place = 0
    for number, block in enumerate(blocks):
        if _shares_column(block, table) and block.top < table.top:
            place = number + 1
    if place:
        return place
    return next(
        (number for number, block in enumerate(blocks) if _shares_column(block, table) and block.top >= table.top),
        len(blocks),
    )


def _shares_column(first: _Block, second: _Block) -> bool:
    overlap = min(first.right, second.right) - max(first.left, second.left)
    return overlap > 0.2 * min(first.right - first.left, second.right - second.left)


def _is_above(first: _Block, second: _Block) -> bool:
    return first.bottom <= second.top + 2.0 and first.top < second.top and _shares_column(first, second)
