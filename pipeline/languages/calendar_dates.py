"""The value of a date, with the parts that the text states, and the order of two dates.

`order_of` decides only what is certain: March 2024 is before 5 April 2024, but neither before nor after 5 March 2024.
A date without its year has no order. The readers of the languages return these values; tasks compare them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_MONTHS = 12


class Order(StrEnum):
    """How one value lies to another."""

    BEFORE = "before"
    SAME = "same"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A day, month or year of the Gregorian calendar, or a day of an unnamed year. Make it with `calendar_date`."""

    year: int | None
    month: int | None = None
    day: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether the year, the month and the day are known."""
        return self.year is not None and self.day is not None


def calendar_date(year: int | None, month: int | None = None, day: int | None = None) -> CalendarDate | None:
    """Return a date; None if the calendar has no such date, or if a part between two others is missing."""
    if day is not None and month is None:
        return None
    if year is None and day is None:
        return None
    leap_year = 2000
    try:
        date(_or(year, leap_year), _or(month, 1), _or(day, 1))
    except ValueError:
        return None
    return CalendarDate(year, month, day)


def _or(part: int | None, default: int) -> int:
    return default if part is None else part


def order_of(one: CalendarDate, other: CalendarDate) -> Order | None:
    """Return the order of two dates; None if the parts that are known do not decide it."""
    if one.year is None or other.year is None:
        return None
    if one.is_full and one == other:
        return Order.SAME
    (first, last), (other_first, other_last) = _days(one, one.year), _days(other, other.year)
    if last < other_first:
        return Order.BEFORE
    return Order.AFTER if other_last < first else None


def _days(value: CalendarDate, year: int) -> tuple[int, int]:
    """Return the first and the last day that a date may mean, as ordinals."""
    first = date(year, value.month or 1, value.day or 1).toordinal()
    if value.day is not None:
        return first, first
    month = value.month or _MONTHS
    end = date(year, month, 31) if month == _MONTHS else date(year, month + 1, 1)
    return first, end.toordinal() - (month != _MONTHS)
