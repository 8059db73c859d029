"""Names for the sections of a document that single each one out.

Comes in: HEADING nodes; goes out: `NamedSection`s. The parsers of manuals and tables put the name into their questions.
Names are as written: no letter is re-cased.
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
"""A longer one may be cut, and nobody asks with it."""
_MAX_WORDS = 6
"""Of a term that is looked for in headings."""


@dataclass(frozen=True, slots=True)
class NamedSection:
    """A section with a name that no other section has, or an empty one."""

    name: str
    """Its title; with the title above it where two sections share one; empty where even that is not enough."""
    title: str
    start: int
    body: int
    """Behind its heading."""
    end: int
    """Where the next heading of any level begins."""
    whole_end: int = 0
    """Where the next heading that is no deeper begins."""
    is_leaf: bool = True
    """Whether no heading stands below it."""

    def num_within(self, starts: Sequence[int]) -> int:
        """How many of some offsets, in order, lie in it or in the sections below it."""
        return bisect_left(starts, self.whole_end) - bisect_left(starts, self.start)


def name_sections(*, text: str, headings: Sequence[Node]) -> tuple[NamedSection, ...]:
    """Sections in order, with one in front for what stands above the first heading; together the whole text."""
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
    """Finds the section that an offset lies in."""

    def __init__(self, sections: Sequence[NamedSection]) -> None:
        self._sections = sections
        self._starts = [section.start for section in sections]

    def at(self, offset: int) -> NamedSection:
        """The section of an offset."""
        return self._sections[max(0, bisect_right(self._starts, offset) - 1)]


class HeadingWords:
    """The words of the headings of a manual."""

    def __init__(self, sections: Sequence[NamedSection]) -> None:
        self._starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for section in sections:
            words = _words(section.title)
            for first in range(len(words)):
                for last in range(first + 1, min(len(words), first + _MAX_WORDS) + 1):
                    self._starts[words[first:last]].append(section.start)

    def have_more(self, term: str, section: NamedSection, *, is_led: bool) -> bool:
        """Whether another section is about a term, so that its entry is not all that the document says of it.

        Args:
            term: the name of an entry.
            section: around it.
            is_led: whether the question names that section; then only those below it count.
        """
        starts = self._starts.get(_words(term), ())
        return any(section.start < start < section.whole_end if is_led else start != section.start for start in starts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.casefold()))
