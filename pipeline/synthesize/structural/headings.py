"""Names for the sections of a document that single each one out.

Comes in: `records.Section`s; goes out: `NamedSection`s. `steps` and `tables` put the name into their questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Section
from pipeline.synthesize.structural.heading_case import pretty_title


@dataclass(frozen=True, slots=True)
class NamedSection:
    """A section with a name that no other section has, or an empty one."""

    name: str
    """Its title; with the title above it where two sections share one; empty where even that is not enough."""
    title: str
    start: int
    end: int


def name_sections(*, text: str, sections: Sequence[Section]) -> tuple[NamedSection, ...]:
    """Sections in order; the whole text as one nameless section where there are none."""
    if not sections:
        return (NamedSection(name="", title="", start=0, end=len(text)),)
    titles = [pretty_title(section.title) for section in sections]
    paths = _with_parent(sections, titles)
    title_counts = Counter(title.casefold() for title in titles)
    path_counts = Counter(path.casefold() for path in paths)
    named = []
    for section, title, path in zip(sections, titles, paths, strict=True):
        unique = title if title_counts[title.casefold()] == 1 else path if path_counts[path.casefold()] == 1 else ""
        named.append(NamedSection(name=unique if title else "", title=title, start=section.start, end=section.end))
    return tuple(named)


def _with_parent(sections: Sequence[Section], titles: Sequence[str]) -> list[str]:
    paths = []
    above: list[int] = []
    for index, section in enumerate(sections):
        while above and sections[above[-1]].level >= section.level:
            above.pop()
        paths.append(f"{titles[above[-1]]} > {titles[index]}" if above and titles[above[-1]] else titles[index])
        above.append(index)
    return paths
