"""Tells which rows near the edges of pages are furniture, by what other pages have at the same height.

In: the rows near the top and the bottom of all pages. Out: `Seen`. Used by `pdf.furniture`. Cost: linear.

A row is furniture if pages near its own have its text at the same height, if it has a number that counts on from page
to page, or if the file itself marks it as an artifact, which is not content. Text beside a page number needs less
repetition, and so does small type apart from the text in a short document. A page number alone, apart from the text,
needs none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.pdf.lines import Line
from pipeline.documents.pdf.words import Word

_LEVEL = 4.0
"""Points that the rows of two pages may differ in height."""
_NEAR_PAGES = 8
"""How many pages before and behind a page may have its furniture; chapters have headers of their own."""
_MIN_PAGES, _MIN_INNER_SHARE = 3, 0.2
"""Least number of pages near each other that have a row, and their least share if it is not the outermost one."""
_SHORT_DOCUMENT = 8
_MANY_CELLS = 3
"""Parts of a row that may be the head of a table; it must be on many pages of the document to be furniture."""
_MIN_SHARE = 0.08
_MIN_REPEATED_SHARE = 0.5
_MANY_LETTERS = 12
"""A row is repeated if this share of its letters is, or a line with this many letters."""
_GAP = 1.6
"""Distance to the next row, in font sizes, that sets a page number apart."""
_CENTRED, _MAX_PLACED_DEPTH = 0.03, 0.2
_SMALLER, _MAX_DEPTH = 0.96, 0.12
"""Largest share of the body's type size, and of the page's height from its edge, of what needs little repetition."""
_NUMBER = re.compile(
    r"[-–—|\s]*(?:page|p\.|쪽|페이지|s\.)?\s*(\d{1,4}|[ivxl]{1,7})\s*(?:쪽|페이지)?[-–—|.\s]*", re.IGNORECASE
)
_NUMBER_OF = re.compile(r"[-–—\s]*(?:page|p\.)?\s*(\d{1,4})\s*(?:of|/)\s*\d{1,4}[-–—\s]*", re.IGNORECASE)
_END_NUMBER = re.compile(r"(?:^|\s)(\d{1,4})$|^(\d{1,4})(?:\s|$)")
_NO_LETTERS, _NO_SIGNS = re.compile(r"[\W\d_]+"), re.compile(r"[\W_]+")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_Key = tuple[bool, str, int]


@dataclass(slots=True)
class Row:
    """The lines on one baseline near an edge of a page."""

    base: float
    lines: list[Line]
    is_outermost: bool
    depth: float = 1.0
    """Distance from the edge, as a share of the page's height."""
    middle: float = 0.0
    """Where the middle of its first line is, as a share of the page's width."""

    @property
    def words(self) -> list[Word]:
        """Its words."""
        return [word for line in self.lines for word in line.words]

    @property
    def text(self) -> str:
        """Its text from left to right."""
        return " ".join(line.text for line in sorted(self.lines, key=lambda line: line.left))

    @property
    def keys(self) -> list[str]:
        """What other pages must repeat: the letters of each line, and for inner rows also the digits.

        A number in an inner row, such as that of an exhibit, is part of a title.
        """
        noise = _NO_LETTERS if self.is_outermost else _NO_SIGNS
        return [key for line in self.lines if (key := noise.sub("", line.text.lower()))]

    @property
    def numbers(self) -> list[int]:
        """Numbers that may be that of the page: a line of its own, or the first or last word of the outermost row."""
        found = [page_number(line.text) for line in self.lines]
        if self.is_outermost:
            found += [int(match[1] or match[2]) for line in self.lines if (match := _END_NUMBER.search(line.text))]
        return [number for number in found if number is not None]

    @property
    def places(self) -> tuple[int, int, int]:
        """The height of the row in steps of `_LEVEL`, and the two steps beside it, which count as the same height."""
        place = round(self.base / _LEVEL)
        return place, place - 1, place + 1


class Seen:
    """The rows near the edges of all pages, by their text, their numbers and their height."""

    def __init__(self, edges: Sequence[tuple[Sequence[Row], Sequence[Row]]], *, body: float) -> None:
        self.body = body
        """Font size of the body."""
        self._num_pages = len(edges)
        self._keys: dict[_Key, list[int]] = defaultdict(list)
        self._offsets: dict[tuple[bool, int, int], list[int]] = defaultdict(list)
        self._numbers: dict[int, set[int]] = defaultdict(set)
        """The numbers in the outermost rows of each page."""
        for index, sides in enumerate(edges):
            keys: set[_Key] = set()
            offsets: set[tuple[bool, int, int]] = set()
            for is_top, rows in zip((True, False), sides, strict=True):
                for row in rows:
                    keys |= {(is_top, key, place) for key in row.keys for place in row.places}
                    offsets |= {(is_top, number - index, place) for number in row.numbers for place in row.places}
                    self._numbers[index] |= set(row.numbers) if row.is_outermost else set()
            for key in keys:
                self._keys[key].append(index)
            for offset in offsets:
                self._offsets[offset].append(index)

    def is_furniture(self, row: Row, following: Row | None, index: int, is_top: bool) -> bool:
        """Return whether a row is furniture.

        Args:
            row: the row.
            following: the next row inwards.
            index: index of the page.
            is_top: whether the row is near the top of the page.
        """
        if self.has(row, index, is_top) or all(word.style.is_artifact for word in row.words):
            return True
        if not row.is_outermost or row.depth > _max_depth(row) or not _is_apart(row, following):
            return False
        pages = [self._keys.get((is_top, key, row.places[0]), []) for key in row.keys]
        is_small = max(line.size for line in row.lines) <= self.body
        if is_small and _is_repeated(row.keys, [len(found) > 1 for found in pages]):
            is_short = self._num_pages <= _SHORT_DOCUMENT and following is not None
            return is_short or (bool(row.numbers) and self._ascends(row, index, is_top))
        return self._is_number(row)

    def has(self, row: Row, index: int, is_top: bool) -> bool:
        """Return whether other pages have a row at the same height, or a number in it that counts on."""
        return self._is_common(row, index, is_top) or self._counts_on(row, index, is_top)

    def _is_common(self, row: Row, index: int, is_top: bool) -> bool:
        """Return whether many pages have a row, or some of those near the page."""
        pages = [self._keys.get((is_top, key, row.places[0]), []) for key in row.keys]
        often = self._least(row, self._num_pages)
        if _is_repeated(row.keys, [len(found) >= often for found in pages]):
            return True
        near = self._least(row, min(self._num_pages, 2 * _NEAR_PAGES + 1))
        is_head = len(row.lines) >= _MANY_CELLS
        return not is_head and _is_repeated(row.keys, [_num_near(found, index) >= near for found in pages])

    def _least(self, row: Row, num_pages: int) -> int:
        least = max(_MIN_PAGES, round(_MIN_SHARE * num_pages)) if self._num_pages > _MIN_PAGES else 2
        return least if row.is_outermost else max(least, round(_MIN_INNER_SHARE * num_pages))

    def _counts_on(self, row: Row, index: int, is_top: bool) -> bool:
        least = _MIN_PAGES if self._num_pages > _MIN_PAGES else 2
        pages = (self._offsets.get((is_top, number - index, row.places[0]), []) for number in row.numbers)
        return any(_num_near(found, index) >= least for found in pages)

    def _ascends(self, row: Row, index: int, is_top: bool) -> bool:
        """Return whether the pages that have a row have ascending numbers in it, as excerpts of a book do."""
        for key in row.keys:
            pages = self._keys.get((is_top, key, row.places[0]), [])
            numbers = [max(self._numbers[page], default=-1) for page in pages]
            if index in pages and len(pages) > 1 and numbers == sorted(set(numbers)) and numbers[0] >= 0:
                return True
        return False

    def _is_number(self, row: Row) -> bool:
        """Return whether a row is a page number alone, or one at the end of a row in smaller type than the body."""
        numbers = [line for line in row.lines if page_number(line.text) is not None]
        if not numbers:
            return False
        if len(row.lines) == 1:
            return row.lines[0].text.strip("-–—|. ").isdigit()
        right = max(row.lines, key=lambda line: line.right)
        return right in numbers and all(line.size <= _SMALLER * self.body for line in row.lines)


def _max_depth(row: Row) -> float:
    is_placed = len(row.lines) > 1 or abs(row.middle - 0.5) < _CENTRED
    return _MAX_PLACED_DEPTH if is_placed else _MAX_DEPTH


def _is_apart(row: Row, following: Row | None) -> bool:
    size = max(line.size for line in row.lines)
    return following is None or abs(following.base - row.base) > _GAP * max(size, following.lines[0].size)


def _num_near(pages: Sequence[int], index: int) -> int:
    """Return how many of some pages, in order, are near a page."""
    return bisect_right(pages, index + _NEAR_PAGES) - bisect_left(pages, index - _NEAR_PAGES)


def _is_repeated(keys: Sequence[str], are_repeated: Sequence[bool]) -> bool:
    """Return whether a row is repeated, given the letters of each of its lines and whether other pages have them."""
    found = [key for key, is_repeated in zip(keys, are_repeated, strict=True) if is_repeated]
    num_letters = sum(map(len, keys))
    return bool(found) and (
        max(map(len, found)) >= _MANY_LETTERS or sum(map(len, found)) >= _MIN_REPEATED_SHARE * num_letters
    )


def page_number(text: str) -> int | None:
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
