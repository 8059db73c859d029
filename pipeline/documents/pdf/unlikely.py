"""Paragraphs that look like headings and are none: captions side by side, terms of a list, names under a title.

In: the paragraphs of a document in order, and the headings found among them by their looks. Out: the `id()`s of those
that are none, or the headings that are left. Used by `pdf.headings`. What a bookmark or a tag names is never left out.
Cost: linear, apart from sorting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pipeline.documents.pdf.paragraphs import Paragraph

_MIN_IN_ROW = 3
_SAME_BASE = 2.0
_INDENT, _MAX_INDENT = 1.2, 5.0
"""How far, in font sizes, the text of a term begins to the right of it."""
_FIRST_LINE = 1.6
"""An indent of a single line, in font sizes, below which it may be the first line of a paragraph."""
_SAME_LEFT = 2.0
_LARGER = 1.06
_MIN_BARE = 0.5
"""A look most of whose headings have nothing below them is none of headings."""


@dataclass(frozen=True, slots=True)
class PlacedParagraph:
    """A paragraph and the index of its page."""

    paragraph: Paragraph
    page: int
    is_label: bool = False
    """Whether it is a label of a figure."""
    follows_table: bool = False
    """Whether a table is directly above it."""


def in_rows(placed: Sequence[PlacedParagraph]) -> set[int]:
    """Return the paragraphs of one look that stand side by side, three or more on one line of a page.

    They are the captions or the figures of boxes in a row.
    """
    found: set[int] = set()
    for _, group in groupby(placed, key=lambda item: item.page):
        by_look: dict[tuple[float, bool], list[Paragraph]] = {}
        for item in group:
            first = item.paragraph.lines[0]
            by_look.setdefault((round(first.size), first.style.is_bold), []).append(item.paragraph)
        for paragraphs in by_look.values():
            found |= _in_row(paragraphs)
    return found


def _in_row(paragraphs: Sequence[Paragraph]) -> set[int]:
    found: set[int] = set()
    row: list[Paragraph] = []
    for paragraph in sorted(paragraphs, key=lambda paragraph: paragraph.lines[0].base):
        if row and paragraph.lines[0].base - row[0].lines[0].base > _SAME_BASE:
            row = []
        row.append(paragraph)
        if len(row) >= _MIN_IN_ROW:
            found |= {id(member) for member in row}
    return found


def terms(placed: Sequence[PlacedParagraph]) -> set[int]:
    """Return the terms of definition lists: bold or italic lines at the margin of the text, whose text is indented.

    If most text of the document is where this text is, lines at the left of it are titles in the margin.
    """
    lefts: Counter[int] = Counter()
    for item in placed:
        for line in item.paragraph.lines:
            lefts[round(line.left / _SAME_LEFT)] += line.num_chars
    found: set[int] = set()
    for item, following in pairwise(placed):
        term, text = item.paragraph, following.paragraph
        is_set_off = (term.is_italic and not text.is_italic) or (term.is_bold and not text.is_bold)
        if item.page != following.page or len(term.lines) > 1 or not is_set_off or term.size > _LARGER * text.size:
            continue
        shifts = [(line.left - term.left) / max(1.0, term.size) for line in text.lines]
        is_indented = len(shifts) > 1 or not shifts[0] < _FIRST_LINE
        is_indented = is_indented and all(_INDENT < shift < _MAX_INDENT for shift in shifts)
        if is_indented and _weight(lefts, term.left) > _weight(lefts, text.lines[-1].left):
            found.add(id(term))
    return found


def _weight(lefts: Mapping[int, int], left: float) -> int:
    """Return how many characters are in lines that begin at a place."""
    place = round(left / _SAME_LEFT)
    return max(lefts.get(other, 0) for other in (place - 1, place, place + 1))


def without_bare(
    found: Sequence[Paragraph],
    levels: Mapping[int, int],
    given: Mapping[int, int],
    placed: Sequence[PlacedParagraph],
) -> list[Paragraph]:
    """Return headings without those that only surround a title: the line above it, a subtitle, names of authors.

    Such a heading has no text below it but a heading of a higher level, or it is one of several of one look without
    text between them. If most headings of a look are such, none of this look is one. Numbered headings stay.

    Args:
        found: the headings in order.
        levels: their levels by `id()`.
        given: the levels that bookmarks and tags state.
        placed: all paragraphs in order.
    """
    bare: set[int] = set()
    for run in _runs(found, placed):
        bare |= _bare_of(run, levels, given)
    looks = Counter(_look(heading) for heading in found)
    lost = Counter(_look(heading) for heading in found if id(heading) in bare)
    for heading in found:
        is_free = id(heading) not in given and not heading.label
        if is_free and lost[_look(heading)] > _MIN_BARE * looks[_look(heading)]:
            bare.add(id(heading))
    return [heading for heading in found if id(heading) not in bare]


def _runs(found: Sequence[Paragraph], placed: Sequence[PlacedParagraph]) -> list[list[Paragraph]]:
    """Return the headings that follow each other on a page with nothing between them."""
    headings = {id(heading) for heading in found}
    runs: list[list[Paragraph]] = []
    page = -1
    is_open = False
    for item in placed:
        is_open = is_open and item.page == page and not item.follows_table
        if id(item.paragraph) not in headings:
            is_open = False
            continue
        if is_open:
            runs[-1].append(item.paragraph)
        else:
            runs.append([item.paragraph])
        is_open, page = True, item.page
    return runs


def _bare_of(run: Sequence[Paragraph], levels: Mapping[int, int], given: Mapping[int, int]) -> set[int]:
    """Return the headings of a run that are none."""
    bare: set[int] = set()
    kept: list[Paragraph] = []
    for heading in run:
        while kept and _gives_way(kept[-1], heading, levels, given):
            bare.add(id(kept.pop()))
        kept.append(heading)
    top = min((levels[id(heading)] for heading in run), default=0)
    for look, group in groupby(kept, key=_look):
        same = [heading for heading in group if id(heading) not in given and not heading.label]
        if len(same) > 1 and levels[id(same[0])] > top and look == _look(same[0]):
            bare |= {id(heading) for heading in same}
    return bare


def _gives_way(heading: Paragraph, following: Paragraph, levels: Mapping[int, int], given: Mapping[int, int]) -> bool:
    """Return whether a heading directly above one of a higher level is none."""
    if id(heading) in given or heading.label:
        return False
    return levels[id(heading)] > levels[id(following)]


def _look(paragraph: Paragraph) -> tuple[float, bool, bool]:
    return round(paragraph.size * 2) / 2, paragraph.is_bold, not paragraph.is_italic
