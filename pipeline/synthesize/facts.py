"""Finds concrete facts in a text: amounts, dates, durations, percentages and counts.

An answer that is such a fact can be checked, so segments with many facts are preferred. Small teachers are given the
fact and write only the question. Numbers of places in a document (clause 4.2, page 3) and of parts (AQ-9120) are not
facts. Each match is compared with all facts found before it, so callers pass segments or sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pipeline.languages import any_of, language_rules
from pipeline.synthesize.words import is_stop_word


class FactKind(StrEnum):
    """What a fact measures, which decides the form of the question."""

    MONEY = "money"
    DATE = "date"
    SHARE = "share"
    DURATION = "duration"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact at character offsets into the text."""

    kind: FactKind
    start: int
    end: int
    unit: str
    """The counted noun of a `COUNT`, as written in the text; empty otherwise."""


_PLACE = re.compile(rf"(?i:{any_of(lambda rules: rules.facts.places)})$")
"""The word before the number of a place in a document: clause, page."""
_PART_OR_RANGE = re.compile(
    r"[\w.:/±-]$|\d[^\s,;]*\s?\S{0,6}\s"
    rf"(?:{any_of(lambda rules: rules.facts.joints)}|–|-)\s$|[~∼]\s?$"
)
"""Text before a number that continues a part number or a clock time, or that ends a range."""
_RANGE_FOLLOWS = re.compile(
    rf"\s?(?:{any_of(lambda rules: rules.facts.range_words)}|–|-|~|∼)\s?"
    rf"(?:\d|{any_of(lambda rules: rules.facts.months)})"
)
"""Text after the first number of a range."""
_NAME_BEFORE = re.compile(r"[\w'’-]*[A-Z][\w'’-]*\s$")
"""A name before a number, which may be part of the name: "Tidewatch 2 sensors"."""
_YEAR = re.compile(r"(?:19|20)\d\d\b(?!,)")
_QUALIFIER = re.compile(rf"\b{any_of(lambda rules: rules.facts.qualifiers)}\s$")
"""Words before a fact that limit it: "at least"."""


def concrete_facts(text: str, language: str) -> list[Fact]:
    """Return the facts of a text in order. If facts overlap, the first pattern of the language wins."""
    taken: list[Fact] = []
    for kind, pattern in _patterns(language):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < fact.end and fact.start < end for fact in taken):
                continue
            if _is_label_or_range(text, start) or _RANGE_FOLLOWS.match(text, end):
                continue
            unit = match.groupdict().get("unit") or ""
            if kind is FactKind.COUNT and _counts_nothing(text, start, unit):
                continue
            start = _with_qualifier(text, start)
            taken.append(Fact(kind=kind, start=start, end=end, unit=unit))
    return sorted(taken, key=lambda fact: fact.start)


@cache
def _patterns(language: str) -> tuple[tuple[FactKind, re.Pattern[str]], ...]:
    patterns = language_rules(language).facts.patterns
    return tuple((FactKind(kind), re.compile(pattern)) for kind, pattern in patterns)


def _counts_nothing(text: str, start: int, unit: str) -> bool:
    """Return whether a number with a unit is not a count: a year, part of a name, or with a stop word in the unit."""
    return bool(
        _YEAR.match(text, start)
        or _NAME_BEFORE.search(text[max(0, start - 40) : start])
        or any(is_stop_word(word) for word in unit.split())
    )


def _with_qualifier(text: str, start: int) -> int:
    """Return the start of a fact including a qualifier: "at least nine months" does not mean "nine months"."""
    qualifier = _QUALIFIER.search(text, max(0, start - 16), start)
    return qualifier.start() if qualifier else start


def _is_label_or_range(text: str, start: int) -> bool:
    """Return whether a number names a place or a part, continues a clock time or ends a range."""
    before = text[max(0, start - 16) : start]
    return bool(_PLACE.search(before) or _PART_OR_RANGE.search(before))
