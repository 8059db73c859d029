"""Running headers, footers and page numbers, found by their repetition over the pages of a document.

In: the words and rules of all pages. Out: for each page, the words of its content and its furniture. Used by
`pdf.document`. Cost: linear; only the outer rows of each page are compared.

Rows of a page are taken from its edge inwards, up to the first one that is no furniture; `pdf.repetition` says which
are. Lines in the margin beside the text are judged one by one. A title in much larger type is content, also in a row of
furniture. A row of a ruled table is content if other rows of the table are: a table that fills several pages repeats
its header and, in some columns, its units.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from pipeline.documents.pdf.grids import ruled_tables
from pipeline.documents.pdf.lines import Line, lines_of
from pipeline.documents.pdf.repetition import Row, Seen, page_number
from pipeline.documents.pdf.rules import Drawing
from pipeline.documents.pdf.words import PageWords, Word

_ZONE = 0.2
"""Share of the page's height at each end in which furniture lies."""
_MAX_ROWS = 6
_MAX_ROW_CHARS = 120
_MARGIN_ZONE = 0.3
"""Share of the page's height at each end in which furniture in the margin lies."""
_MIN_BESIDE = 0.8
"""Share of the page's characters that are on the other side of a line in the margin."""
_SAME_BASE, _MAX_COLUMN = 1.0, 0.35
_MIN_PAGES = 4
"""Pages of a document in whose margins furniture is sought; on fewer, the head of a column repeats as often."""
_TITLE = 1.2
"""How much larger than the rest of a row of furniture, and than the body, a title is."""


@dataclass(slots=True)
class PageParts:
    """The words of a page: its content, and its furniture as lines."""

    words: list[Word]
    headers: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)


def page_parts(pages: Sequence[PageWords], drawings: Sequence[Drawing]) -> list[PageParts]:
    """Return the content and the furniture of each page, given the words and the rules of each page."""
    edges = [(_rows(page, is_top=True), _rows(page, is_top=False)) for page in pages]
    nothing: tuple[list[Row], list[Row]] = ([], [])
    margins = [_margin(page) if len(pages) >= _MIN_PAGES else nothing for page in pages]
    seen = Seen(
        [(top + upper, bottom + lower) for (top, bottom), (upper, lower) in zip(edges, margins, strict=True)],
        body=_body_size(pages),
    )
    parts = []
    for index, (page, drawing) in enumerate(zip(pages, drawings, strict=True)):
        top, bottom = (
            _taken(rows, beside, seen, index, is_top)
            for is_top, rows, beside in zip((True, False), edges[index], margins[index], strict=True)
        )
        parts.append(_parted(page, *_without_tables(page, drawing, top, bottom)))
    return parts


def _taken(rows: Sequence[Row], beside: Sequence[Row], seen: Seen, index: int, is_top: bool) -> list[Row]:
    """Return the rows of one end of a page that are furniture, from the edge inwards, and lines in the margin.

    Args:
        rows: the rows near this edge, from the edge inwards.
        beside: lines in the margin, each as a row.
        seen: the rows of all pages.
        index: index of the page.
        is_top: which end it is.
    """
    taken: list[Row] = []
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else None
        if not seen.is_furniture(row, following, index, is_top):
            break
        taken.append(replace(row, lines=_without_titles(row, seen, index, is_top)))
    words = {id(word) for row in taken for word in row.words}
    return taken + [row for row in beside if id(row.words[0]) not in words and seen.has(row, index, is_top)]


def _without_titles(row: Row, seen: Seen, index: int, is_top: bool) -> list[Line]:
    """Return the lines of a row of furniture without those in much larger type: the title of the page beside a note."""
    least = _TITLE * max(seen.body, min(line.size for line in row.lines))
    return [line for line in row.lines if line.size <= least or seen.has(replace(row, lines=[line]), index, is_top)]


def _margin(page: PageWords) -> tuple[list[Row], list[Row]]:
    """Return the lines in the margin beside the text, near the top and near the bottom, each as a row."""
    lines = lines_of(page.words)
    height = page.frame.height
    upper = [line for line in lines if line.base < _MARGIN_ZONE * height and _is_beside(line, lines)]
    lower = [line for line in lines if line.base > (1 - _MARGIN_ZONE) * height and _is_beside(line, lines)]
    return (
        [Row(line.base, [line], is_outermost=False) for line in upper],
        [Row(line.base, [line], is_outermost=False) for line in lower],
    )


def _is_beside(line: Line, lines: Sequence[Line]) -> bool:
    """Return whether a line is in the margin: most text is to one side of it, and not level with it by design.

    The lines of a column of a table are level with those of others, and a column of text is many lines.
    """
    strip = [other for other in lines if other.left < line.right and other.right > line.left]
    if len(strip) > _MAX_COLUMN * len(lines):
        return False
    bases = sorted(other.base for other in lines)
    level = [member for member in strip if _num_between(bases, member.base - _SAME_BASE, member.base + _SAME_BASE) > 1]
    if 2 * len(level) > len(strip) or (line in level and page_number(line.text) is None):
        return False
    least = _MIN_BESIDE * sum(other.num_chars for other in lines)
    behind = sum(other.num_chars for other in lines if other.left > line.right)
    before = sum(other.num_chars for other in lines if other.right < line.left)
    return behind > least or before > least


def _num_between(values: Sequence[float], start: float, end: float) -> int:
    """Return how many of some values, in order, are between two others."""
    return bisect_right(values, end) - bisect_left(values, start)


def _body_size(pages: Sequence[PageWords]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for word in page.words:
            sizes[round(word.style.size, 1)] += len(word.text)
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0


def _without_tables(
    page: PageWords, drawing: Drawing, top: list[Row], bottom: list[Row]
) -> tuple[list[Row], list[Row]]:
    """Return the furniture of a page without the rows of ruled tables that have other rows."""
    if not (top or bottom) or not drawing.down:
        return top, bottom
    taken = {id(word) for row in (*top, *bottom) for word in row.words}
    inside: set[int] = set()
    for table in ruled_tables(drawing, page.words)[0]:
        words = {id(word) for cell in table.cells for line in cell.lines for word in line.words}
        if words - taken:
            inside |= words
    kept = [
        list(takewhile(lambda row: not any(id(word) in inside for word in row.words), rows)) for rows in (top, bottom)
    ]
    return kept[0], kept[1]


def _parted(page: PageWords, top: Sequence[Row], bottom: Sequence[Row]) -> PageParts:
    taken = {id(word) for row in (*top, *bottom) for word in row.words}
    words = [word for word in page.words if id(word) not in taken]
    return PageParts(words, [row.text for row in top], [row.text for row in reversed(bottom)])


def _rows(page: PageWords, *, is_top: bool) -> list[Row]:
    """Return the rows near an edge of a page, from the edge inwards."""
    height = page.frame.height
    near = [word for word in page.words if (word.base < _ZONE * height if is_top else word.base > (1 - _ZONE) * height)]
    lines = sorted(lines_of(near), key=lambda line: line.base if is_top else -line.base)
    rows: list[Row] = []
    for line in lines:
        if rows and abs(rows[-1].base - line.base) < 0.4 * line.size:
            rows[-1].lines.append(line)
        elif len(rows) == _MAX_ROWS:
            break
        else:
            depth = line.base if is_top else height - line.base
            rows.append(Row(line.base, [line], not rows, depth / height, line.middle / page.frame.width))
    too_long = (number for number, row in enumerate(rows) if len(row.text) > _MAX_ROW_CHARS)
    return rows[: next(too_long, len(rows))]
