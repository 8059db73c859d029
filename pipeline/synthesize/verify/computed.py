"""Computes the values that follow from a case and a rule: dates, lengths of time, amounts.

A case is a question with values of its own, such as the day of a payment; a rule is the evidence, such as a period. The
answer may have a value that neither has, if this module computes it: a date and a period make a date, two dates a
number of days, an amount and a rate an amount. A period in days is added to a date as such: the day from which it is
counted does not count itself. Business days are not computed, because holidays differ.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from pipeline.languages.calendar_dates import CalendarDate
from pipeline.languages.quantities import CLOCK, HALF_CLOCK, RATIO, Quantity, QuantityKind, date_of, number_of

_MAX_DAYS = 40_000
_MAX_VALUES = 24
_MINUTES_A_DAY = 1440
_MONTHS_A_YEAR = 12
_LEAP_YEAR = 2000
_DAYS, _BUSINESS_DAYS, _MONTHS, _MINUTES = "day", "business_day", "month", "minute"
_TIMES = frozenset({_DAYS, _BUSINESS_DAYS, _MONTHS, _MINUTES, CLOCK, HALF_CLOCK})


def computed_values(case: Sequence[Quantity], rule: Sequence[Quantity]) -> list[Quantity]:
    """Return the values that follow from a case and a rule in one step, or in two if the first gives a deadline.

    Args:
        case: the values of the question.
        rule: the values of the evidence.

    Returns:
        The values; each is made with at least one value of the case.
    """
    case, rule = list(case)[:_MAX_VALUES], list(rule)[:_MAX_VALUES]
    first = [*_pairs(case, rule), *_pairs(case, case)]
    deadlines = [value for value in first if value.date is not None]
    amounts = [value for value in first if value.kind is QuantityKind.NUMBER and value.unit not in _TIMES]
    second = [*_pairs(case, deadlines), *_pairs(amounts, [*rule, *case])]
    return [*first, *second]


def is_earlier(one: CalendarDate, other: CalendarDate) -> bool | None:
    """Return whether a day is before another one; None unless both or neither have a year, and both have a day."""
    days = _days(one), _days(other)
    if days[0] is None or days[1] is None or (one.year is None) != (other.year is None):
        return None
    return days[0] < days[1]


def _pairs(ones: Sequence[Quantity], others: Sequence[Quantity]) -> Iterator[Quantity]:
    for one, other in product(ones, others):
        if one is not other:
            yield from _of(one, other)


def _of(one: Quantity, other: Quantity) -> Iterator[Quantity]:
    if one.date is not None and other.date is not None:
        yield from _between(one.date, other.date)
    elif one.date is not None or other.date is not None:
        day, period = (one.date, other) if one.date is not None else (other.date, one)
        assert day is not None, "one of the two is a date"
        for sign in (1, -1):
            moved = _moved(day, period, sign)
            if moved is not None:
                yield date_of(moved)
    elif one.kind is QuantityKind.NUMBER and other.kind is QuantityKind.NUMBER:
        yield from _of_numbers(one, other)


def _of_numbers(one: Quantity, other: Quantity) -> Iterator[Quantity]:
    if one.unit == other.unit and one.unit and one.unit != RATIO:
        yield number_of(abs(one.number - other.number), one.unit)
        yield number_of(one.number + other.number, one.unit)
        if other.number:
            yield number_of(one.number / other.number)
    for amount, factor in ((one, other), (other, one)):
        if factor.unit == RATIO:
            yield number_of(amount.number * factor.number, amount.unit)
            yield number_of(amount.number * (1 - factor.number), amount.unit)
            yield number_of(amount.number * (1 + factor.number), amount.unit)
        elif _counts(factor) and amount.unit not in _TIMES:
            for count in _counted(factor):
                yield number_of(amount.number * count, amount.unit)


def _counts(quantity: Quantity) -> bool:
    """Return whether a number may count how often an amount is due: a number of things, or a length of time."""
    return quantity.unit in (_DAYS, _BUSINESS_DAYS, _MONTHS, _MINUTES) or quantity.unit not in _TIMES | {RATIO}


def _counted(quantity: Quantity) -> Iterator[Fraction]:
    yield quantity.number
    larger = {_DAYS: (7,), _MONTHS: (_MONTHS_A_YEAR,), _MINUTES: (60, _MINUTES_A_DAY)}
    yield from (quantity.number / factor for factor in larger.get(quantity.unit, ()))


def _between(one: CalendarDate, other: CalendarDate) -> Iterator[Quantity]:
    first, last = _days(one), _days(other)
    if first is None or last is None or (one.year is None) != (other.year is None):
        return
    yield number_of(abs(last - first), _DAYS)
    months = ((other.year or 0) - (one.year or 0)) * _MONTHS_A_YEAR + (other.month or 0) - (one.month or 0)
    if one.day == other.day and months:
        yield number_of(abs(months), _MONTHS)


def _days(day: CalendarDate) -> int | None:
    if day.day is None or day.month is None:
        return None
    return date(_LEAP_YEAR if day.year is None else day.year, day.month, day.day).toordinal()


def _moved(day: CalendarDate, period: Quantity, sign: int) -> CalendarDate | None:
    """Return the day that lies a period after or before another one; None if it cannot be computed."""
    if day.day is None or day.month is None or period.number.denominator != 1 or abs(period.number) > _MAX_DAYS:
        return None
    year = _LEAP_YEAR + 1 if day.year is None else day.year
    count = sign * int(period.number)
    try:
        start = date(year, day.month, day.day)
        if period.unit == _MINUTES and count % _MINUTES_A_DAY == 0:
            moved = start + timedelta(days=count // _MINUTES_A_DAY)
        elif period.unit == _DAYS:
            moved = start + timedelta(days=count)
        elif period.unit == _MONTHS:
            moved = _months_later(start, count)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    if day.year is None and moved.year != year:
        return CalendarDate(None, moved.month, moved.day)
    return CalendarDate(None if day.year is None else moved.year, moved.month, moved.day)


def _months_later(start: date, count: int) -> date:
    """Return the same day of another month, or its last day if it is shorter."""
    year, month = divmod(start.year * _MONTHS_A_YEAR + start.month - 1 + count, _MONTHS_A_YEAR)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
