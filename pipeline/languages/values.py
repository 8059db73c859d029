"""The types of values that a language's rules read from text, so that they can be compared and added up."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

_WHOLE_CURRENCIES = frozenset({"KRW", "JPY"})
"""Currencies without a minor unit in use (ISO 4217)."""
_MINOR_PER_MAJOR = 100


@dataclass(frozen=True, slots=True)
class Money:
    """A sum of money."""

    currency: str
    """The ISO 4217 code; for a sign that several currencies share, such as `$`, the sign itself."""
    minor_units: int
    """The sum in the smallest unit of the currency: cents; for KRW and JPY, whole won and yen."""


def money_of(currency: str, major_units: Fraction) -> Money | None:
    """Return a sum of money; None if it is not a whole number of minor units."""
    minor = major_units * (1 if currency in _WHOLE_CURRENCIES else _MINOR_PER_MAJOR)
    return Money(currency, int(minor)) if minor.denominator == 1 else None
