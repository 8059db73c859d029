"""Computes the automatic numbers of paragraphs, such as `1.2`, `가.`, `제3조` and `①`, as Word shows them.

All lists that share an abstract definition share its counters. A list that overrides the start of a level
begins with that number at its first paragraph (ECMA-376, 17.9). A level restarts after a paragraph of a higher level,
unless the file says otherwise. A skipped level counts as if it had its first number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.wordprocessing.package import W, is_on, number, value
from pipeline.documents.readers.wordprocessing.styles import Styles
from pipeline.documents.readers.zip_parts import Element

_PLACE = re.compile(r"%([1-9])")
_PADDED = re.compile(r"^0+1\b")
NUM_LEVELS = 9
_MAX_LABEL_CHARS = 80
_HIDDEN_NUMBER = frozenset({"none"})


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a paragraph."""

    text: str
    """As shown; empty for a bullet."""
    level: int
    """From 0."""
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    sample: str = ""
    """For a custom format: its first numbers, such as `001, 002, 003, ...`."""
    text: str = ""
    restart: int | None = None
    is_legal: bool = False
    style: str = ""


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int] = field(default_factory=dict)
    """Levels whose count starts again at the first paragraph of the list, with their first numbers."""
    has_begun: bool = False


class Numbering:
    """The lists of a document, and how far they have been counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        abstracts = root.findall(W + "abstractNum") if root is not None else []
        self._abstracts = {element.get(W + "abstractNumId"): element for element in abstracts}
        nums = root.findall(W + "num") if root is not None else []
        self._nums = {element.get(W + "numId"): element for element in nums}
        self._styles = styles
        self._lists: dict[str, _List | None] = {}
        self._counters: dict[str, list[int | None]] = {}

    def level_of_style(self, num_id: str, style: str) -> int | None:
        """Return the level of a list that is tied to a paragraph style; None if there is none."""
        found = self._list(num_id)
        if found is None or not style:
            return None
        return next((level for level, made in found.levels.items() if made.style == style), None)

    def next_label(self, num_id: str, level: int) -> Label | None:
        """Count one paragraph and return its label; None if the paragraph has no number."""
        found = self._list(num_id)
        if found is None or not 0 <= level < NUM_LEVELS:
            return None
        counters = self._counters.setdefault(found.abstract, [None] * NUM_LEVELS)
        if not found.has_begun:
            found.has_begun = True
            for begun in found.starts:
                counters[begun] = None
        for above in range(level):
            if counters[above] is None:
                counters[above] = _start(found, above)
        now = counters[level]
        counters[level] = _start(found, level) if now is None else now + 1
        for below in range(level + 1, NUM_LEVELS):
            restart = found.levels.get(below, _Level()).restart
            if restart is None or level < restart:
                counters[below] = None
        return _label(found, level, counters)

    def _list(self, num_id: str) -> _List | None:
        if num_id not in self._lists:
            self._lists[num_id] = self._read(num_id)
        return self._lists[num_id]

    def _read(self, num_id: str) -> _List | None:
        num = self._nums.get(num_id)
        abstract_id = value(num, "abstractNumId")
        abstract = self._abstracts.get(abstract_id)
        if num is None or abstract is None:
            return None
        linked = value(abstract, "numStyleLink")
        linked_id = self._styles.get(linked).num_id if linked else None
        if linked_id is not None and linked_id != num_id:
            abstract_id = value(self._nums.get(linked_id), "abstractNumId") or abstract_id
            abstract = self._abstracts.get(abstract_id, abstract)
        found = _List(abstract_id or "", _levels(abstract))
        for override in num.findall(W + "lvlOverride"):
            level = number(override.get(W + "ilvl"))
            if level is None:
                continue
            found.levels |= _levels(override)
            start = number(value(override, "startOverride"))
            if start is not None:
                found.starts[level] = start
        return found


def _levels(element: Element) -> dict[int, _Level]:
    found = {}
    for level in element.findall(W + "lvl"):
        index = number(level.get(W + "ilvl"))
        if index is None:
            continue
        # A custom format is written as an alternative to the format for older programs.
        custom = next((made for made in level.iter(W + "numFmt") if made.get(W + "format")), None)
        start = number(value(level, "start"))
        found[index] = _Level(
            start=1 if start is None else start,
            format=value(level, "numFmt") or "decimal",
            sample=custom.get(W + "format") if custom is not None else "",
            text=(value(level, "lvlText") or "")[:_MAX_LABEL_CHARS],
            restart=number(value(level, "lvlRestart")),
            is_legal=bool(is_on(level, "isLgl")),
            style=value(level, "pStyle") or "",
        )
    return found


def _start(found: _List, level: int) -> int:
    return found.starts.get(level, found.levels.get(level, _Level()).start)


def _label(found: _List, level: int, counters: list[int | None]) -> Label:
    own = found.levels.get(level, _Level())
    if own.format == "bullet":
        return Label("", level, is_shown=bool(own.text.strip()))

    def written(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        if place > level:
            return ""
        count = counters[place]
        made = found.levels.get(place, _Level())
        if own.is_legal and made.format not in _HIDDEN_NUMBER:
            return str(count)
        return _number(_start(found, place) if count is None else count, made)

    text = " ".join(_PLACE.sub(written, own.text).split())
    return Label(text, level, is_shown=bool(text))


def _number(count: int, level: _Level) -> str:
    padded = _PADDED.match(level.sample)
    return str(count).zfill(len(padded[0])) if padded else numbered(count, level.format)
