"""Finds running lines: the head or foot that each page of one document repeats, where the pages have been joined.

Takes the lines of a document; returns the indices of those that are running lines. Used by `clean.boilerplate`. What
decides is the document itself, not its source: two contracts are too few to count lines in, but each repeats
`CONFIDENTIAL - FOR THE NAMED PARTIES ONLY` on every page.

A line that returns may also be what the document says: a warning before each step, an answer, a heading of each part.
So a line counts only if it returns at the distance of pages, is no sentence, heading or clause, and says by its words
that it is the frame of a page: a mark of secrecy, a notice, an imprint, or a name in parts such as `Norwell Inc. | Rev.
C`.
Linear in the number of lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pipeline.clean import boilerplate_words as words
from pipeline.clean.boilerplate_runs import Line
from pipeline.domains.rules import Removed

_MIN_PAGES = 3
_MIN_CHARS, _MAX_CHARS = 6, 100
_MIN_PAGE_CHARS = 300
"""The minimum number of characters, in the median, from one running line to the next."""
_LEAST_PAGE_CHARS = 100
"""The minimum number between any two; lines of a form or a list are closer."""


def may_have_running_lines(text: str) -> bool:
    """Return whether a short line occurs often enough in a text: a quick search, which most texts do not pass."""
    counts = Counter(text.split("\n"))
    return any(
        count >= _MIN_PAGES and _MIN_CHARS <= len(line) <= _MAX_CHARS and words.is_running(line.strip())
        for line, count in counts.items()
    )


def running_lines(lines: Sequence[Line], removed: Removed) -> set[int]:
    """Return the indices of the running heads and feet of a document.

    Args:
        lines: the lines of the document that are not blank.
        removed: which boilerplate the document's domain allows to remove.
    """
    if removed is Removed.NONE:
        return set()
    places: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if _may_run(line):
            places[line.text.strip()].append(index)
    return {
        index
        for text, indices in places.items()
        if len(indices) >= _MIN_PAGES and _are_pages_apart(indices, lines) and words.is_running(text)
        for index in indices
    }


def _may_run(line: Line) -> bool:
    is_short = _MIN_CHARS <= len(line.text) <= _MAX_CHARS
    return is_short and not (line.is_kept or line.is_heading or line.is_numbered or words.ends_sentence(line.text))


def _are_pages_apart(indices: Sequence[int], lines: Sequence[Line]) -> bool:
    gaps = [lines[after].start - lines[before].end for before, after in pairwise(indices)]
    return min(gaps) >= _LEAST_PAGE_CHARS and median(gaps) >= _MIN_PAGE_CHARS
