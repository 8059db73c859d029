"""Reads answers as numbers that can be compared: sums in one currency, percentages, periods in one unit.

Takes answers; returns a number for each if they differ in nothing but one number. A pure function without word lists:
`USD 4,800 per year` and `USD 5,100 per year` compare, `USD 4,800` and `EUR 4,800` do not. Used by `which_document`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?(?![\d,.]*\d)|\d+(?:\.\d+)?(?![\d,.]*\d)")
_IN_WORDS = re.compile(r"\b[^\W\d_]+(?:[ -][^\W\d_]+){0,3} \((\d+)\)")
"""A number in words with its digits in brackets: `thirty (30)`."""
_UNREAD = re.compile(r"\d{4}[-./]|\d[/:]\d|[-−–±~]\s?\d")
"""A date, a ratio or clock time, a range, or a negative number."""


def comparable_numbers(answers: Sequence[str]) -> tuple[Decimal, ...] | None:
    """Return the number in each answer; None unless each has exactly one and all other words are the same."""
    found, frames = [], set()
    for answer in answers:
        plain = " ".join(_IN_WORDS.sub(r"\1", answer).split()).casefold()
        numbers = _NUMBER.findall(plain)
        if len(numbers) != 1 or _UNREAD.search(plain) or len(re.findall(r"\d+", plain)) != _num_groups(numbers[0]):
            return None
        found.append(Decimal(numbers[0].replace(",", "")))
        frames.add(_NUMBER.sub("#", plain).replace(" ", ""))
    return tuple(found) if found and len(frames) == 1 else None


def only_extreme(values: Sequence[Decimal], extreme: Decimal) -> int | None:
    """Return the index of the only value that equals `extreme`; None if there are several."""
    places = [index for index, value in enumerate(values) if value == extreme]
    return places[0] if len(places) == 1 else None


def _num_groups(number: str) -> int:
    return len(re.findall(r"\d+", number))
