"""Decides whether other numbers of a document give a number, so that it could be worked out if it were replaced.

Pure, apart from the values that `number_places` keeps. Used by `altered_numbers`. Cost: one pass over the numbers of a
document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from pipeline.evaluate.documents.number_places import PASSAGE_CHARS, RUN, is_year, quantities, quantities_at, values
from pipeline.languages import Language, language_rules

_RATE_CHARS = 60
"""How far the words that make a number a rate may be from it."""
_LEAST_SAYING = 100
"""Two of three related numbers are at least as large: small ones are products and sums of others by chance."""
_LEAST_PART = 2
_HUNDRED = 100
"""A percentage of a number is a product with a hundredth."""
_LENGTHS_OF_TIME = frozenset({"month", "day"})
"""Years are counted in months; see `languages.periods`."""
_COUNTS: Mapping[str, tuple[Decimal, ...]] = MappingProxyType(
    {"month": (Decimal(12),), "day": (Decimal(7),), "minute": (Decimal(60), Decimal(24))}
)
"""How many of a unit of time make the next one; see `languages.periods`. So 30 months are the 2.5 years beside them."""
_LEAST_NEXT = 20
"""Beside a larger number, one that differs by one is what follows from it: more than 175, that is, 176 or more."""
_COUNTS_OF_RATES = tuple(Decimal(number) for number in (2, 3, 4, 6, 7, 12, 24, 30, 31, 52, 60, 360, 365, 366))
"""How many of one unit of time make another: the days of a week, the months of a year or half-year, and so on."""


def is_computable(text: str, runs: Sequence[re.Match[str]], value: Decimal, language: Language) -> bool:
    """Return whether other numbers give a number: two of its passage, or one of its passage and one elsewhere.

    An example is a yearly rent beside its rate, if the area is in another provision. A rate, such as a rent `per
    month`, is also given by that for another unit of time, wherever it is: the rent of a year is twelve times as much.

    A number is also given by one of its passage that it is rounded from, that differs by one, or that is the same time
    in another unit.

    Args:
        text: the document.
        runs: the figures of the number in the text.
        value: the number; no year.
        language: the language of the text.
    """
    anywhere = _other_values(text, value)
    for run in runs:
        near = _other_values(text[max(0, run.start() - PASSAGE_CHARS) : run.end() + PASSAGE_CHARS], value)
        for one in near:
            factors = (value / one, value * _HUNDRED / one, one / value, one * _HUNDRED / value, one * value / _HUNDRED)
            if _is_rounded(value, one) or _is_rounded(one, value) or (value > _LEAST_NEXT and abs(value - one) == 1):
                return True
            given = [other for other in factors if other in anywhere]
            given += [other for other in (value - one, one - value) if other in near]
            if any(other != one and sorted((value, one, other))[1] >= _LEAST_SAYING for other in given):
                return True
        units = {one.quantity.unit for one in quantities_at(text, [run], language)}
        counts = [count for unit in units for count in _COUNTS.get(unit, ())]
        if any(other in near for count in counts for other in (value * count, value / count)):
            return True
    return any(_is_rate(text, run, language) for run in runs) and any(
        other in anywhere for count in _COUNTS_OF_RATES for other in (value * count, value / count)
    )


def is_computable_year(text: str, runs: Sequence[re.Match[str]], language: Language) -> bool:
    """Return whether a passage of a year has another year and a length of time, which may give the year.

    Args:
        text: the document.
        runs: the figures of the year in the text.
        language: the language of the text.
    """
    found = [one for one in quantities(text, language) if one.quantity.unit in _LENGTHS_OF_TIME]
    for run in runs:
        low, high = run.start() - PASSAGE_CHARS, run.end() + PASSAGE_CHARS
        years = {other.group() for other in RUN.finditer(text, max(0, low), high) if is_year(other.group())}
        if years - {run.group()} and any(low <= one.start < high for one in found):
            return True
    return False


def _is_rounded(number: Decimal, exact: Decimal) -> bool:
    """Return whether a whole number is an exact one without its decimals, rounded up or down."""
    return number == int(number) and exact != int(exact) and abs(number - exact) < 1


def _is_rate(text: str, run: re.Match[str], language: Language) -> bool:
    """Return whether words near a number make it a number for each unit of time."""
    around = text[max(0, run.start() - _RATE_CHARS) : run.end() + _RATE_CHARS]
    rates = language_rules(language).statements.rates.values()
    return any(re.search(pattern, around, re.IGNORECASE) for pattern in rates)


def _other_values(text: str, value: Decimal) -> set[Decimal]:
    """Return the numbers of a text other than this one, without those that are too small to say anything."""
    found = (number for run in RUN.finditer(text) for number in values(run.group()))
    return {number for number in found if number != value and number >= _LEAST_PART}
