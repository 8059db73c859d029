"""Computes the labels of list items and headings in OpenDocument files.

An outermost list starts again at its first number, unless it continues another list. An item without a paragraph of its
own only carries deeper lists; it has no number and does not count (ISO/IEC 26300, 5.3). A skipped level counts as if it
had its first number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.opendocument.names import TEXT, XML_ID
from pipeline.documents.readers.opendocument.styles import ListLevel, OdfStyles
from pipeline.documents.readers.zip_parts import Element

_PLACE = re.compile(r"%(\d{1,2})%")


@dataclass(slots=True)
class OpenList:
    """A list that is being read."""

    style: str
    counts: dict[int, int] = field(default_factory=dict)
    """Last number of each level, from 1."""
    level: int = 1


class OdfLists:
    """The lists of a file, and how far they have been counted."""

    def __init__(self, styles: OdfStyles) -> None:
        self._styles = styles
        self._by_id: dict[str, OpenList] = {}
        self._last: dict[str, OpenList] = {}
        self._headings = OpenList("")

    def begin(self, element: Element, outer: OpenList | None, *, follows_text: bool) -> OpenList:
        """Return the list that a `text:list` begins or continues.

        Args:
            element: the list.
            outer: the list around it; None for an outermost list.
            follows_text: whether the item around the list has a paragraph before it.
        """
        name = element.get(TEXT + "style-name") or (outer.style if outer is not None else "")
        continues = element.get(TEXT + "continue-numbering") == "true"
        if outer is not None:
            found = OpenList(name, outer.counts, outer.level + 1)
            if follows_text and not continues:
                found.counts.pop(found.level, None)
            return found
        continued, identifier = element.get(TEXT + "continue-list"), element.get(XML_ID)
        before = self._by_id.get(continued) if continued else None
        if before is None and continues:
            before = self._last.get(name)
        found = OpenList(name, before.counts if before is not None else {})
        self._last[name] = found
        if identifier:
            self._by_id[identifier] = found
        return found

    def item_label(self, item: Element, made: OpenList) -> str | None:
        """Count an item and return its label; empty for a bullet, None if nothing is shown."""
        levels = self._styles.lists.get(made.style, {})
        return _counted(made, levels, item.get(TEXT + "start-value"))

    def heading_label(self, heading: Element, level: int) -> str | None:
        """Count a heading and return its number; empty or None if headings of the level have none."""
        if heading.get(TEXT + "is-list-header") == "true":
            return None
        self._headings.level = level
        start = heading.get(TEXT + "start-value") if heading.get(TEXT + "restart-numbering") == "true" else None
        return _counted(self._headings, self._styles.outline, start)


def _counted(made: OpenList, levels: Mapping[int, ListLevel], start: str | None) -> str | None:
    level = levels.get(made.level, ListLevel(is_bullet=not levels))
    if start is not None and start.isdecimal() and len(start) < 9:
        made.counts[made.level] = int(start)
    else:
        made.counts[made.level] = made.counts.get(made.level, level.start - 1) + 1
    for above in range(1, made.level):
        made.counts.setdefault(above, levels.get(above, ListLevel()).start)
    for deeper in [place for place in made.counts if place > made.level]:
        del made.counts[deeper]
    return "" if level.is_bullet else _label(made, level, levels) or None


def _label(made: OpenList, level: ListLevel, levels: Mapping[int, ListLevel]) -> str:
    def written(place: int) -> str:
        own = levels.get(place, ListLevel())
        return numbered(made.counts.get(place, own.start), own.format)

    if level.pattern:
        return " ".join(_PLACE.sub(lambda match: written(int(match[1])), level.pattern).split())
    if level.format == "none":
        return (level.prefix + level.suffix).strip()
    first = max(1, made.level - level.num_shown + 1)
    numbers = filter(None, (written(place) for place in range(first, made.level + 1)))
    return f"{level.prefix}{'.'.join(numbers)}{level.suffix}".strip()
