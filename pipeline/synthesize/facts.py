"""Concrete facts in a text: amounts, dates, durations, shares and counts, as spans.

A question whose answer is such a fact can be checked; segments rich in them are asked about first, and small teachers
are given the fact and write the question only. Numbers that name a place in the document (clause 4.2, page 3) or a
part (AQ-9120) are no facts. Linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.records import Language
from pipeline.synthesize.words import is_stop_word


class FactKind(StrEnum):
    """What a fact measures; decides how it is asked for."""

    MONEY = "money"
    DATE = "date"
    SHARE = "share"
    DURATION = "duration"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact at character offsets of the text it was found in."""

    kind: FactKind
    start: int
    end: int
    unit: str
    """The counted noun of a `COUNT`, as it stands in the text; empty otherwise."""


_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEARISH = r"(?:,? \d{4})"
# A count's noun: up to two plain words, the last one plural; "mm", "ml" and the like are measures, not counts.
_NO_COUNTED = (
    r"(?!(?:degrees|kilograms|grams|tonnes|tons|litres|liters|millilitres|metres|meters|centimetres|millimetres|"
    r"kilometres|miles|inches|volts|watts|amps|pounds|decibels|cents|mm|cm|ml|kg|km|bar|times|gives|makes|costs|goes|"
    r"weighs|holds|needs|because)\b)"
)
"""A measure is no count, and a verb ending in s is no noun."""
_COUNTED = (
    r"(?!(?:and|or|to|in|on|of|at|by|for|from|with|is|was|as|has|that|than|per|less|degrees|kilograms|grams|tonnes|tons|"
    r"litres|liters|millilitres|metres|meters|centimetres|millimetres|kilometres|miles|inches|volts|watts|amps|pounds|"
    r"decibels|cents|mm|cm|ml|kg|km|times|takes|gives|makes|costs|goes|weighs|holds|needs|bar)\b)"
)
"""A measure is no count, and a verb ending in s is no noun."""
_COUNTED = rf"(?P<unit>(?:{_NO_COUNTED}[a-z]+ ){{0,2}}?{_NO_COUNTED}(?:[a-z]{{3,}}(?<!s)s|people|children))(?![\w-])"
_NUMBER_WORD = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_TIME_UNITS = r"(?:seconds?|minutes?|hours?|(?:business |working |calendar )?days?|weeks?|months?|years?)"

_ENGLISH: tuple[tuple[FactKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            FactKind.MONEY,
            rf"(?:\b(?:USD|EUR|GBP|CHF|JPY|KRW|SEK|AUD|CAD) ?|[$€£₩]){_NUMBER}(?: (?:million|billion)\b)?"
            rf"|\b{_NUMBER}(?: (?:million|billion))? (?:dollars|euros|pounds|won)\b",
        ),
        (
            FactKind.DATE,
            rf"\b(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}{_YEARISH}?"
            rf"|\b{_MONTH} \d{{1,2}}\b{_YEARISH}?|\b{_MONTH} \d{{4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b",
        ),
        (FactKind.SHARE, rf"\b{_NUMBER} ?(?:%|per ?cent\b)"),
        (
            FactKind.DURATION,
            rf"(?i:\b{_NUMBER_WORD}(?:(?: |-|-and-| and )(?:hundred|{_NUMBER_WORD}))* \({_NUMBER}\) {_TIME_UNITS}\b"
            rf"|\b{_NUMBER} {_TIME_UNITS}\b)",
        ),
        (FactKind.COUNT, rf"\b{_NUMBER} {_COUNTED}"),
    )
)
_KOREAN: tuple[tuple[FactKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (FactKind.MONEY, rf"(?:금 ?|₩ ?)?{_NUMBER}(?:[천백]?[만억]? ?\d*)*[천백]?[만억]? ?원(?:정)?"),
        (FactKind.DATE, r"\d{4}년 ?\d{1,2}월(?: ?\d{1,2}일)?|\d{1,2}월 ?\d{1,2}일|\d{4}[.-] ?\d{1,2}[.-] ?\d{1,2}"),
        (FactKind.SHARE, rf"{_NUMBER} ?(?:%|퍼센트|프로(?![가-힣])|분의 ?\d+)"),
        (
            FactKind.DURATION,
            rf"{_NUMBER} ?(?:초|분|시간|영업일|일|주일?|개월|달|년)(?: ?(?:이내|간|동안|이상|전|후))?(?![분의])",
        ),
        (FactKind.COUNT, rf"{_NUMBER} ?(?P<unit>명|개|대|건|부|회|번|권|장|채|세대|가구|박스|평|㎡)(?![가-힣]{{2}})"),
    )
)
_PLACE = re.compile(
    r"(?i:\b(?:sections?|articles?|clauses?|schedules?|exhibits?|annex|items?|pages?|paragraphs?|chapters?|steps?|years?|"
    r"books?|nos?\.?|numbers?|version|rule|units?|figures?|tables?|lots?|phase|part)\s+|제\s?)$"
)

_PART_OR_RANGE = re.compile(r"[\w.:/±-]$|\d[^\s,;]*\s?\S{0,6}\s(?:to|and|or|through|–|-)\s$|[~∼]\s?$")
"""Glued to a part number or clock time, or the second number of a range."""
_RANGE_FOLLOWS = re.compile(rf"\s?(?:to|through|until|–|-|~|∼|부터|에서)\s?(?:\d|{_MONTH})")
_NAME_BEFORE = re.compile(r"[\w'’-]*[A-Z][\w'’-]*\s$")
"""Tidewatch 2 sensors are not two sensors."""
_YEAR = re.compile(r"(?:19|20)\d\d\b(?!,)")
_QUALIFIER = re.compile(
    r"\b(?:at (?:least|most)|up to|about|approximately|more than|less than|(?:최대|최소|약|적어도))\s$"
)


def concrete_facts(text: str, language: str) -> list[Fact]:
    """Facts of a text in order, none overlapping another; earlier kinds of `FactKind` win."""
    taken: list[Fact] = []
    for kind, pattern in _KOREAN if language == Language.KOREAN else _ENGLISH:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < fact.end and fact.start < end for fact in taken):
                continue
            if _names_a_place(text, start) or _RANGE_FOLLOWS.match(text, end):
                continue
            unit = match.groupdict().get("unit") or ""
            if kind is FactKind.COUNT and _counts_nothing(text, start, unit):
                continue
            start = _with_qualifier(text, start)
            taken.append(Fact(kind=kind, start=start, end=end, unit=unit))
    return sorted(taken, key=lambda fact: fact.start)


def _counts_nothing(text: str, start: int, unit: str) -> bool:
    """A year, a number that belongs to a name, or a unit that is no noun phrase."""
    return bool(
        _YEAR.match(text, start)
        or _NAME_BEFORE.search(text[max(0, start - 40) : start])
        or any(is_stop_word(word) for word in unit.split())
    )


def _with_qualifier(text: str, start: int) -> int:
    """Where the fact begins with the words that bound it: at least nine months is not nine months."""
    qualifier = _QUALIFIER.search(text, max(0, start - 16), start)
    return qualifier.start() if qualifier else start


def _names_a_place(text: str, start: int) -> bool:
    before = text[max(0, start - 16) : start]
    return bool(_PLACE.search(before) or _PART_OR_RANGE.search(before))
