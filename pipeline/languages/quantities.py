"""The values that statements are compared by: numbers with units, money, dates, periods, shares, places and marks.

`same_quantity` decides whether two values may state the same fact. A number without a unit agrees with the same number
of any unit, because a table or a question may hold the unit; two different units never agree, except 48 hours and
two days.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pipeline.languages.calendar_dates import CalendarDate

CLOCK = "clock"
"""The unit of a time of day, in minutes after midnight."""
HALF_CLOCK = "half clock"
"""The unit of a time of day that may be before or after noon."""
RATIO = "ratio"
"""The unit of shares: 50% and one half are 1/2."""
_HALF_DAY_MINUTES = 720
_MINUTES_A_DAY = 1440
_AMBIGUOUS_SIGNS = {"$": frozenset({"USD", "CAD", "AUD"})}
"""Currency signs that several currencies share."""


class QuantityKind(StrEnum):
    """What a quantity is."""

    NUMBER = "number"
    """A number, with or without a unit: 30 days, KRW 5,000, 5%, 2 GB, three."""
    DATE = "date"
    PLACE = "place"
    """The number of a provision or list item: section 4.2, 제24조의2."""
    MARK = "mark"
    """An identifier, version or model number: `max_rows`, AQ-9120, 2.4.1."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value. Only the fields of its kind are set."""

    kind: QuantityKind
    number: Fraction = Fraction(0)
    unit: str = ""
    """The canonical unit of a number; empty if it has none that is known."""
    date: CalendarDate | None = None
    label: str = ""
    """The number of a place, or a mark in lower case."""


@dataclass(frozen=True, slots=True)
class FoundQuantity:
    """A quantity at character offsets into a text."""

    start: int
    end: int
    quantity: Quantity
    is_word: bool = False
    """Whether it is a bare number in words, which may only count what the text lists: `two conditions`."""


def number_of(value: Fraction | int, unit: str = "") -> Quantity:
    """Return a number with a canonical unit."""
    return Quantity(QuantityKind.NUMBER, number=Fraction(value), unit=unit)


def date_of(value: CalendarDate) -> Quantity:
    """Return a date as a quantity."""
    return Quantity(QuantityKind.DATE, date=value)


def place_of(label: str) -> Quantity:
    """Return the number of a provision as a quantity."""
    return Quantity(QuantityKind.PLACE, label=label)


def same_quantity(stated: Quantity, known: Quantity) -> bool:
    """Return whether a statement's value agrees with a known one.

    A date agrees with a date that has at least its parts: March 2024 with 5 March 2024, but not the reverse.
    """
    if stated.date is not None and known.date is not None:
        return _agrees(stated.date, known.date)
    if known.date is not None and stated.kind is QuantityKind.NUMBER:
        return not stated.unit and stated.number in (known.date.year, known.date.day)
    if stated.date is not None and known.kind is QuantityKind.NUMBER:
        alone = stated.date.month is None and stated.date.day is None
        return alone and not known.unit and known.number == stated.date.year
    if stated.kind is not known.kind:
        return False
    if stated.kind is not QuantityKind.NUMBER:
        return stated.label == known.label
    clocks = {stated.unit, known.unit} & {CLOCK, HALF_CLOCK}
    if HALF_CLOCK in clocks and {stated.unit, known.unit} <= {CLOCK, HALF_CLOCK}:
        return (stated.number - known.number) % _HALF_DAY_MINUTES == 0
    if {stated.unit, known.unit} == {"day", "minute"}:
        return _in_minutes(stated) == _in_minutes(known)
    return stated.number == known.number and _same_unit(stated.unit, known.unit)


def _in_minutes(period: Quantity) -> Fraction:
    return period.number * (_MINUTES_A_DAY if period.unit == "day" else 1)


def _same_unit(one: str, other: str) -> bool:
    if not one or not other or one == other:
        return True
    return other in _AMBIGUOUS_SIGNS.get(one, ()) or one in _AMBIGUOUS_SIGNS.get(other, ())


def _agrees(stated: CalendarDate, known: CalendarDate) -> bool:
    parts = zip((stated.year, stated.month, stated.day), (known.year, known.month, known.day), strict=True)
    return all(part is None or part == other for part, other in parts)
