"""Gives the sections of a document unique names.

Takes HEADING nodes; returns `NamedSection`s. The tasks for manuals and tables put these names into questions. A name
keeps the case of its heading.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.nodes import ROOT, Node
from pipeline.synthesize.structural.blocks import without_emphasis

_MAX_TITLE_CHARS = 100
"""A title with at least this many characters may be cut off, so questions do not use it."""
_MAX_WORDS = 6
"""The maximum number of words in a term that is looked for in headings."""


@dataclass(frozen=True, slots=True)
class NamedSection:
    """A section of a document, from its heading to the next one."""

    name: str
    """A name that is unique in the document: the title, or the parent's title and the title if sections share it.

    Empty if that is not unique either, or if the title is too long.
    """
    title: str
    start: int
    body: int
    """Where the text after the heading begins."""
    end: int
    """Where the next heading of any level begins."""
    whole_end: int = 0
    """Where the next heading of the same or a higher level begins."""
    is_leaf: bool = True
    """Whether the section has no subsections."""

    def num_within(self, starts: Sequence[int]) -> int:
        """Return how many of the given sorted offsets are in the section or in its subsections."""
        return bisect_left(starts, self.whole_end) - bisect_left(starts, self.start)


def name_sections(*, text: str, headings: Sequence[Node]) -> tuple[NamedSection, ...]:
    """Return the sections in order; together they cover the whole text.

    The text above the first heading is a section without a name.
    """
    above = headings[0].start if headings else len(text)
    named = (
        [NamedSection(name="", title="", start=0, body=0, end=above, whole_end=above)] if above or not headings else []
    )
    titles = [without_emphasis(heading.value or heading.label) for heading in headings]
    paths = [
        f"{titles[heading.parent]} > {title}" if heading.parent != ROOT and titles[heading.parent] else title
        for heading, title in zip(headings, titles, strict=True)
    ]
    title_counts = Counter(title.casefold() for title in titles)
    path_counts = Counter(path.casefold() for path in paths)
    parents = {heading.parent for heading in headings}
    for index, (heading, title, path) in enumerate(zip(headings, titles, paths, strict=True)):
        unique = title if title_counts[title.casefold()] == 1 else path if path_counts[path.casefold()] == 1 else ""
        end = headings[index + 1].start if index + 1 < len(headings) else len(text)
        named.append(
            NamedSection(
                name=unique.rstrip(":： ") if title and len(title) < _MAX_TITLE_CHARS else "",
                title=title,
                start=heading.start,
                body=min(heading.body, end),
                end=end,
                whole_end=max(end, heading.end),
                is_leaf=index not in parents,
            )
        )
    return tuple(named)


class SectionFinder:
    """Finds the section that contains an offset."""

    def __init__(self, sections: Sequence[NamedSection]) -> None:
        self._sections = sections
        self._starts = [section.start for section in sections]

    def at(self, offset: int) -> NamedSection:
        """Return the section that contains an offset."""
        return self._sections[max(0, bisect_right(self._starts, offset) - 1)]


class HeadingWords:
    """Finds the sections of a manual whose headings contain a term."""

    def __init__(self, sections: Sequence[NamedSection]) -> None:
        self._starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for section in sections:
            words = _words(section.title)
            for first in range(len(words)):
                for last in range(first + 1, min(len(words), first + _MAX_WORDS) + 1):
                    self._starts[words[first:last]].append(section.start)

    def have_more(self, term: str, section: NamedSection, *, is_led: bool) -> bool:
        """Return whether another section's heading contains a term, so that the term's entry may be incomplete.

        Args:
            term: The name of an entry.
            section: The section that contains the entry.
            is_led: Whether the question names that section; if so, only its subsections count.
        """
        starts = self._starts.get(_words(term), ())
        return any(section.start < start < section.whole_end if is_led else start != section.start for start in starts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.casefold()))
