"""The value of a period, such as 30 days, and the order of two periods by length.

`order_of_periods` decides only what is certain whatever the calendar: 30 days are shorter than two months, but neither
shorter nor longer than one month. Business days have no upper bound in days, because holidays differ. The readers of
the languages return these values; tasks compare them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pipeline.languages.calendar_dates import Order

_DAYS_A_WEEK = 7
_MONTHS_A_YEAR = 12
_MINUTES_AN_HOUR = 60
_MINUTES_A_DAY = 24 * _MINUTES_AN_HOUR
_SHORTEST_YEAR, _LONGEST_YEAR = 365, 366
_SHORTEST_MONTH, _LONGEST_MONTH = 28, 31


class PeriodUnit(StrEnum):
    """The units that do not convert into each other exactly; weeks are days, years are months, hours are minutes."""

    MINUTE = "minute"
    DAY = "day"
    BUSINESS_DAY = "business_day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: a number of one unit."""

    count: Fraction
    unit: PeriodUnit


def minutes(count: Fraction) -> Period:
    """Return a period of minutes."""
    return Period(count, PeriodUnit.MINUTE)


def hours(count: Fraction) -> Period:
    """Return a period of hours."""
    return Period(count * _MINUTES_AN_HOUR, PeriodUnit.MINUTE)


def days(count: Fraction) -> Period:
    """Return a period of calendar days."""
    return Period(count, PeriodUnit.DAY)


def business_days(count: Fraction) -> Period:
    """Return a period of business days."""
    return Period(count, PeriodUnit.BUSINESS_DAY)


def weeks(count: Fraction) -> Period:
    """Return a period of weeks."""
    return Period(count * _DAYS_A_WEEK, PeriodUnit.DAY)


def months(count: Fraction) -> Period:
    """Return a period of months."""
    return Period(count, PeriodUnit.MONTH)


def years(count: Fraction) -> Period:
    """Return a period of years."""
    return Period(count * _MONTHS_A_YEAR, PeriodUnit.MONTH)


def order_of_periods(one: Period, other: Period) -> Order | None:
    """Return whether a period is shorter (`BEFORE`) or longer (`AFTER`) than another; None if that is not certain."""
    if one.unit is other.unit:
        if one.count == other.count:
            return Order.SAME
        return Order.BEFORE if one.count < other.count else Order.AFTER
    (least, most), (other_least, other_most) = _minutes(one), _minutes(other)
    if most is not None and most < other_least:
        return Order.BEFORE
    return Order.AFTER if other_most is not None and other_most < least else None


def _minutes(period: Period) -> tuple[Fraction, Fraction | None]:
    """Return the least and the greatest length in minutes; the greatest is None if there is no bound.

    A day may be an hour shorter or longer when clocks change, so days are compared with minutes by such bounds.
    """
    count = period.count
    if period.unit is PeriodUnit.MINUTE:
        return count, count
    if period.unit is PeriodUnit.MONTH:
        full, rest = divmod(count, _MONTHS_A_YEAR)
        least_days = full * _SHORTEST_YEAR + rest * _SHORTEST_MONTH
        most_days = full * _LONGEST_YEAR + rest * _LONGEST_MONTH
    else:
        least_days = most_days = count
    least = least_days * _MINUTES_A_DAY - _MINUTES_AN_HOUR
    if period.unit is PeriodUnit.BUSINESS_DAY:
        return least, None
    return least, most_days * _MINUTES_A_DAY + _MINUTES_AN_HOUR
