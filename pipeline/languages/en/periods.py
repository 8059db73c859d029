"""Reads English periods as values: `30 days`, `thirty (30) Business Days`, `a 14-day period`, `two years`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from pipeline.languages.en.number_words import ONES, TENS
from pipeline.languages.periods import Period, business_days, days, hours, minutes, months, weeks, years
from pipeline.languages.value_rules import FoundPeriod

_HUNDRED = 100
_NONE_BEFORE = 1000
"""Stands for the number word before the first one."""
_WORD = rf"(?:{'|'.join((*ONES, *TENS))}|hundred|and)"
_IN_WORDS = rf"(?:(?!and\b){_WORD}(?:[ -]{_WORD}){{0,4}})"
_FIGURES = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_PERIOD = re.compile(
    rf"(?<![\w.,$€£])(?<![^\W\d_]-)(?:(?P<words>{_IN_WORDS})\s{{0,2}}\((?P<both>{_FIGURES})\)|(?P<figures>{_FIGURES})"
    rf"|(?P<alone>{_IN_WORDS}))(?:\s{{1,2}}|-)(?:(?:consecutive|calendar|successive|full|clear|further)\s{{1,2}})?"
    r"(?P<kind>(?:business|working|trading|banking)\s{1,2})?(?P<unit>minute|hour|day|week|month|year)s?(?![A-Za-z])",
    re.IGNORECASE,
)
_UNITS = {"minute": minutes, "hour": hours, "day": days, "week": weeks, "month": months, "year": years}
_RANKS = {unit: rank for rank, unit in enumerate(_UNITS)}
_REST = re.compile(r"\b(?P<unit>minute|hour|day|week|month|year)s?,?\s(?:and\s)?$", re.IGNORECASE)
"""Another unit before a period: `1 year and `."""
_RANGE = re.compile(r"(?P<first>\d|\b[a-z]{3,9})\s?(?:[-–—]|to|or)\s?$", re.IGNORECASE)
_COMPOUND = re.compile(r"\s(?:and|,)?\s?(?:\d+|[a-z]{3,9})\s(?:minute|hour|day|week|month)s?\b", re.IGNORECASE)
_HALF = re.compile(r"\s(?:and|or)\s(?:a|one)[ -]half\b", re.IGNORECASE)
_BEFORE_CHARS = 16


def find_periods(text: str) -> Iterator[FoundPeriod]:
    """Yield the periods of a text. An end of a range and a part of a compound (`1 year 6 months`) have no value."""
    for match in _PERIOD.finditer(text):
        before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
        is_part = any(pattern.match(text, match.end()) for pattern in (_COMPOUND, _HALF)) or _ends_range(
            before, match["unit"]
        )
        yield FoundPeriod(match.start(), match.end(), None if is_part else _value(match))


def _ends_range(before: str, unit: str) -> bool:
    """Return whether the text before a period makes it the end of a range or the rest of a compound: `10 to `.

    A compound goes from larger units to smaller ones: `six weeks and ten years` are two periods.
    """
    rest = _REST.search(before)
    if rest is not None:
        return _RANKS[rest["unit"].lower()] > _RANKS[unit.lower()]
    found = _RANGE.search(before)
    return found is not None and (found["first"].isdigit() or _number(found["first"]) is not None)


def _value(match: re.Match[str]) -> Period | None:
    figures = match["both"] or match["figures"]
    written = match["words"] or match["alone"]
    number = Fraction(figures.replace(",", "")) if figures else None
    if written:
        said = _number(written)
        if said is None or number not in (None, said):
            return None
        number = Fraction(said)
    assert number is not None, "a period has neither words nor figures"
    unit = match["unit"].lower()
    if match["kind"]:
        return business_days(number) if unit == "day" else None
    return _UNITS[unit](number)


def _number(words: str) -> int | None:
    """Return the number below 1,000 that English words name; None if they name none: `one hundred and twenty`."""
    total, last = 0, _NONE_BEFORE
    for word in re.split(r"[ -]+", words.lower()):
        if word == "and":
            if last != _HUNDRED:
                return None
            continue
        if word == "hundred":
            if not 0 < total < 10 or last == _HUNDRED:
                return None
            total, last = total * _HUNDRED, _HUNDRED
            continue
        value = ONES.index(word) if word in ONES else 10 * (TENS.index(word) + 2) if word in TENS else None
        if value is None or not _may_follow(value, last):
            return None
        total, last = total + value, value if value >= 20 else 1
    return total if last != _NONE_BEFORE else None


def _may_follow(value: int, last: int) -> bool:
    """Return whether a number word may follow another: anything below 100 after hundred, one to nine after a ten."""
    if last in (_HUNDRED, _NONE_BEFORE):
        return True
    return last >= 20 and 0 < value < 10
