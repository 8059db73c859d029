"""Running headers, footers and page numbers, found by their repetition over the pages of a document.

In: the words and rules of all pages. Out: for each page, the words of its content and its furniture. Used by
`pdf.document`. Cost: linear; only the outer rows of each page are compared.

Rows of a page are taken from its edge inwards, up to the first one that is no furniture. A row is furniture if other
pages have its text at the same height (numbers aside), if it has a number that counts on from page to page, or if the
file itself marks it as an artifact, which is not content. A row of a ruled table is content if other rows of the table
are: a table that fills several pages repeats its header and, in some columns, its units.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from pipeline.documents.pdf.grids import ruled_tables
from pipeline.documents.pdf.lines import Line, lines_of
from pipeline.documents.pdf.rules import Drawing
from pipeline.documents.pdf.words import PageWords, Word

_ZONE = 0.2
"""Share of the page's height at each end in which furniture lies."""
_MAX_ROWS = 6
_LEVEL = 4.0
"""Points that the rows of two pages may differ in height."""
_MIN_PAGES = 3
_MIN_SHARE = 0.08
_MIN_INNER_SHARE = 0.2
"""Share of the pages that must have a row, if it is not the outermost one; headings can repeat by chance."""
_MAX_ROW_CHARS = 120
_MIN_REPEATED_SHARE = 0.5
_MANY_LETTERS = 12
"""A row is repeated if this share of its letters is, or a line with this many letters."""
_NUMBER = re.compile(
    r"[-–—|\s]*(?:page|p\.|쪽|페이지|s\.)?\s*(\d{1,4}|[ivxl]{1,7})\s*(?:쪽|페이지)?[-–—|.\s]*", re.IGNORECASE
)
_NUMBER_OF = re.compile(r"[-–—\s]*(?:page|p\.)?\s*(\d{1,4})\s*(?:of|/)\s*\d{1,4}[-–—\s]*", re.IGNORECASE)
_END_NUMBER = re.compile(r"(?:^|\s)(\d{1,4})$|^(\d{1,4})(?:\s|$)")
_LETTERS = re.compile(r"[\W\d_]+")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(slots=True)
class PageParts:
    """The words of a page: its content, and its furniture as lines."""

    words: list[Word]
    headers: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Row:
    """The lines on one baseline near an edge of a page."""

    base: float
    lines: list[Line]
    is_outermost: bool

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line.words]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in sorted(self.lines, key=lambda line: line.left))

    @property
    def keys(self) -> list[str]:
        return [key for line in self.lines if (key := _LETTERS.sub("", line.text.lower()))]

    @property
    def numbers(self) -> list[int]:
        """Numbers that may be that of the page: a line of its own, or the first or last word of the outermost row."""
        found = [_page_number(line.text) for line in self.lines]
        if self.is_outermost:
            found += [int(match[1] or match[2]) for line in self.lines if (match := _END_NUMBER.search(line.text))]
        return [number for number in found if number is not None]

    @property
    def places(self) -> tuple[int, int, int]:
        """The height of the row in steps of `_LEVEL`, and the two steps beside it, which count as the same height."""
        place = round(self.base / _LEVEL)
        return place, place - 1, place + 1


def page_parts(pages: Sequence[PageWords], drawings: Sequence[Drawing]) -> list[PageParts]:
    """Return the content and the furniture of each page, given the words and the rules of each page."""
    edges = [(_rows(page, is_top=True), _rows(page, is_top=False)) for page in pages]
    repeated: Counter[tuple[bool, str, int]] = Counter()
    offsets: Counter[tuple[bool, int, int]] = Counter()
    for index, sides in enumerate(edges):
        keys: set[tuple[bool, str, int]] = set()
        numbers: set[tuple[bool, int, int]] = set()
        for is_top, rows in zip((True, False), sides, strict=True):
            for row in rows:
                keys |= {(is_top, key, place) for key in row.keys for place in row.places}
                numbers |= {(is_top, number - index, place) for number in row.numbers for place in row.places}
        repeated.update(keys)
        offsets.update(numbers)
    least = max(_MIN_PAGES, round(_MIN_SHARE * len(pages))) if len(pages) > _MIN_PAGES else 2
    parts = []
    for index, (page, drawing, sides) in enumerate(zip(pages, drawings, edges, strict=True)):
        furniture: list[list[_Row]] = []
        for is_top, rows in zip((True, False), sides, strict=True):
            taken = []
            for row in rows:
                place = row.places[0]
                often = least if row.is_outermost else max(least, round(_MIN_INNER_SHARE * len(pages)))
                is_repeated = _is_repeated(row.keys, [repeated[is_top, key, place] >= often for key in row.keys])
                is_number = any(offsets[is_top, number - index, place] >= least for number in row.numbers)
                is_said = all(word.style.is_artifact for line in row.lines for word in line.words)
                if not (is_repeated or is_number or is_said):
                    break
                taken.append(row)
            furniture.append(taken)
        parts.append(_parted(page, *_without_tables(page, drawing, *furniture)))
    return parts


def _is_repeated(keys: Sequence[str], are_repeated: Sequence[bool]) -> bool:
    """Return whether a row is repeated, given the letters of each of its lines and whether other pages have them."""
    found = [key for key, is_repeated in zip(keys, are_repeated, strict=True) if is_repeated]
    num_letters = sum(map(len, keys))
    return bool(found) and (
        max(map(len, found)) >= _MANY_LETTERS or sum(map(len, found)) >= _MIN_REPEATED_SHARE * num_letters
    )


def _without_tables(
    page: PageWords, drawing: Drawing, top: list[_Row], bottom: list[_Row]
) -> tuple[list[_Row], list[_Row]]:
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


def _parted(page: PageWords, top: Sequence[_Row], bottom: Sequence[_Row]) -> PageParts:
    taken = {id(word) for row in (*top, *bottom) for word in row.words}
    words = [word for word in page.words if id(word) not in taken]
    return PageParts(words, [row.text for row in top], [row.text for row in reversed(bottom)])


def _rows(page: PageWords, *, is_top: bool) -> list[_Row]:
    """Return the rows near an edge of a page, from the edge inwards."""
    height = page.frame.height
    near = [word for word in page.words if (word.base < _ZONE * height if is_top else word.base > (1 - _ZONE) * height)]
    lines = sorted(lines_of(near), key=lambda line: line.base if is_top else -line.base)
    rows: list[_Row] = []
    for line in lines:
        if rows and abs(rows[-1].base - line.base) < 0.4 * line.size:
            rows[-1].lines.append(line)
        elif len(rows) == _MAX_ROWS:
            break
        else:
            rows.append(_Row(line.base, [line], is_outermost=not rows))
    too_long = (number for number, row in enumerate(rows) if len(row.text) > _MAX_ROW_CHARS)
    return rows[: next(too_long, len(rows))]


def _page_number(text: str) -> int | None:
    """Return the number of a line that consists of a page number; None for other lines."""
    match = _NUMBER.fullmatch(text) or _NUMBER_OF.fullmatch(text)
    if match is None:
        return None
    digits = match[1].lower()
    return int(digits) if digits.isdecimal() else _roman(digits)


def _roman(letters: str) -> int | None:
    """Return a Roman number minus 10,000, so that it never continues a decimal page number."""
    values = [_ROMAN[letter] for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs) - 10_000
