"""Finds the page numbers inside a document: single lines whose numbers rise from page to page.

Takes the lines of a document; returns the indices of those that are page numbers, and of the running heads beside them.
Used by `clean.boilerplate`. What decides is the document itself, not its source.

A number on a line of its own is usually data: a year above a column, an amount, the number of a paragraph. So a line
counts only if it stands alone, away from other numbers and tables, and if the lines of its form rise through the
document. A form that says what it is (`- 9 -`, `Page 9 of 12`) needs two lines; `9/12` and bare numbers need more.
Linear in the number of lines.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from itertools import islice, pairwise
from statistics import median

from pipeline.clean import boilerplate_words as words
from pipeline.clean.boilerplate_runs import Line, Status

_MIN_BARE_PAGES = 3
_MIN_BARE_PAGE_CHARS = 400
"""The minimum number of characters, in the median, from one bare page number to the next. Numbered paragraphs are
shorter."""
_MIN_CUT_SHARE = 0.25
"""The minimum share of bare page numbers that interrupt a sentence. The number of a paragraph never does."""
_MIN_RISING_SHARE = 0.8
_MIN_LONE_SHARE = 0.25
_MAX_STEP = 20
"""The largest step between the page numbers of a document; pages with figures only have none."""
_MAX_HEAD_CHARS = 80
_MIN_HEADS = 2
_MAX_HEAD_LINES = 2
"""The maximum number of lines of a running head on one side of a page number."""

_SHORT_LINE = re.compile(r"^[^\n\d]{0,12}\d{1,4}[^\n]{0,20}$", re.MULTILINE)
_DASHED = re.compile(r"\s*(?P<dash>[-–—])\s?(?P<page>\d{1,4})\s?(?P=dash)\s*")
_OF_TOTAL = re.compile(r"\s*(?P<page>\d{1,4})\s?/\s?(?P<total>\d{1,4})\s*")
_BARE = re.compile(r"\s*(?P<page>\d{1,4})\s*")
_LABEL = re.compile(r"\W{0,4}(?:©|ⓒ|\w[^:：\d]{0,20}[:：])")
_COLUMNS = re.compile(r"\S(?:\t| {2,})\s*\S")


class _Form(Enum):
    """How a page number is written."""

    MARKED = "with dashes or a word"
    OF_TOTAL = "9/12"
    BARE = "9"


@dataclass(frozen=True, slots=True)
class _PageLine:
    index: int
    number: int
    total: int
    """The number of pages, if the line says it; else 0."""


def may_have_pages(text: str) -> bool:
    """Return whether a text may have page numbers: a quick search, so that most texts are not cut into lines."""
    short = (match.group() for match in _SHORT_LINE.finditer(text))
    found = (line for line in short if words.is_bare_number(line) or is_marked_page(line))
    return len(list(islice(found, 2))) == 2


def page_lines(lines: Sequence[Line]) -> set[int]:
    """Return the indices of the page numbers of a document, and of the running heads beside them."""
    by_form: dict[tuple[_Form, str], list[_PageLine]] = defaultdict(list)
    for form, shape, page in _candidates(lines):
        by_form[form, shape].append(page)
    found = {page.index for (form, _), pages in by_form.items() if _are_pages(form, pages, lines) for page in pages}
    return found | _running_heads(found, lines)


def is_in_column(lines: Sequence[Line], index: int) -> bool:
    """Return whether another number or a marked table touches a line, across a blank line too."""
    return any(line.is_kept or _is_number(line.text) for line in _beside(lines, index))


def is_marked_page(text: str) -> bool:
    """Return whether a line is a number in the form of a page number, such as `- 9 -`, `Page 9 of 12` or `9/12`."""
    return any(pattern.fullmatch(text) for pattern in (_DASHED, _OF_TOTAL)) or words.is_page_mark(text)


def _candidates(lines: Sequence[Line]) -> Iterator[tuple[_Form, str, _PageLine]]:
    for index, line in enumerate(lines):
        if len(line.text) > _MAX_HEAD_CHARS or line.is_kept or line.is_heading or not any(map(str.isdigit, line.text)):
            continue
        if (match := _BARE.fullmatch(line.text)) is not None:
            form, total = _Form.BARE, 0
        elif (match := _OF_TOTAL.fullmatch(line.text)) is not None:
            form, total = _Form.OF_TOTAL, int(match["total"])
        elif (match := _DASHED.fullmatch(line.text)) is not None:
            form, total = _Form.MARKED, 0
        elif words.is_page_mark(line.text):
            form, match, total = _Form.MARKED, re.search(r"(?P<page>\d+)", line.text), 0
        else:
            continue
        assert match is not None
        if not _is_beside_row(lines, index) and (form is _Form.MARKED or not is_in_column(lines, index)):
            shape = f"/{total}" if form is _Form.OF_TOTAL else re.sub(r"\d+", "0", line.text.strip().casefold())
            yield form, shape, _PageLine(index, int(match["page"]), total)


def _is_beside_row(lines: Sequence[Line], index: int) -> bool:
    """Return whether a row of a table touches a line; a row of columns only without a blank line between them."""
    touching = [lines[index - 1]] if index > 0 and not lines[index].follows_blank else []
    touching += [lines[index + 1]] if index + 1 < len(lines) and not lines[index + 1].follows_blank else []
    is_column = any(_COLUMNS.search(line.text.strip()) for line in touching)
    return is_column or any("|" in line.text or line.is_kept for line in _beside(lines, index))


def _beside(lines: Sequence[Line], index: int) -> list[Line]:
    return [lines[at] for at in (index - 1, index + 1) if 0 <= at < len(lines)]


def _is_number(text: str) -> bool:
    """Return whether a line is a page number, or has more digits than letters and no label such as `Tel:`."""
    has_digits = sum(map(str.isdigit, text)) > sum(map(str.isalpha, text))
    return (has_digits and not _LABEL.match(text)) or is_marked_page(text)


def _are_pages(form: _Form, pages: Sequence[_PageLine], lines: Sequence[Line]) -> bool:
    steps = [after.number - before.number for before, after in pairwise(pages)]
    match form:
        case _Form.MARKED:
            # Two marks below each other are an empty page; a list of pages has nothing but such lines.
            is_alone = _share(not is_in_column(lines, page.index) for page in pages) >= _MIN_LONE_SHARE
            return is_alone and bool(steps) and _share(0 < step <= _MAX_STEP for step in steps) >= _MIN_RISING_SHARE
        case _Form.OF_TOTAL:
            is_whole = bool(steps) and (len(steps) > 1 or pages[-1].number == pages[-1].total)
            return is_whole and set(steps) == {1} and pages[-1].number <= pages[-1].total
        case _Form.BARE:
            return len(pages) >= _MIN_BARE_PAGES and set(steps) == {1} and _cut_text(pages, lines)


def _cut_text(pages: Sequence[_PageLine], lines: Sequence[Line]) -> bool:
    """Return whether bare numbers are far apart, stand alone between blank lines and interrupt sentences."""
    if not all(_is_between_blanks(lines, page.index) for page in pages):
        return False
    gaps = [lines[after.index].start - lines[before.index].end for before, after in pairwise(pages)]
    cuts = (page.index > 0 and not words.ends_sentence(lines[page.index - 1].text) for page in pages)
    return median(gaps) >= _MIN_BARE_PAGE_CHARS and _share(cuts) >= _MIN_CUT_SHARE


def _is_between_blanks(lines: Sequence[Line], index: int) -> bool:
    is_below_blank = index == 0 or lines[index].follows_blank
    return is_below_blank and (index + 1 == len(lines) or lines[index + 1].follows_blank)


def _share(facts: Iterator[bool]) -> float:
    known = list(facts)
    return sum(known) / len(known)


def _running_heads(pages: Set[int], lines: Sequence[Line]) -> set[int]:
    """Return short lines that the source repeats and that are beside page numbers twice or more, in one paragraph."""
    beside: dict[int, str] = {}
    for page in pages:
        above = page
        while above > page - _MAX_HEAD_LINES and above > 0 and not lines[above].follows_blank:
            above -= 1
            beside[above] = lines[above].text.strip()
        below = page + 1
        while below <= page + _MAX_HEAD_LINES and below < len(lines) and not lines[below].follows_blank:
            beside[below] = lines[below].text.strip()
            below += 1
    counts = Counter(beside.values())
    return {
        index
        for index, text in beside.items()
        if counts[text] >= _MIN_HEADS and index not in pages and _may_be_head(lines[index])
    }


def _may_be_head(line: Line) -> bool:
    is_short = len(line.text) <= _MAX_HEAD_CHARS and not words.ends_sentence(line.text)
    return is_short and not line.is_kept and not line.is_numbered and line.status is Status.REPEATED
