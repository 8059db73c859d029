from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages.calendar_dates import CalendarDate
from pipeline.languages.quantities import RATIO, date_of, number_of, place_of
from pipeline.synthesize.verify.computed import computed_values, is_earlier

DATES = st.dates(date(1950, 1, 1), date(2090, 12, 31))
COUNTS = st.integers(1, 900)


def day(value: date):
    return date_of(CalendarDate(value.year, value.month, value.day))


@given(DATES, COUNTS)
def test_a_date_and_days_give_the_day_after_and_before(start, count):
    found = computed_values([day(start)], [number_of(count, "day")])
    assert day(start + timedelta(days=count)) in found and day(start - timedelta(days=count)) in found


@given(DATES, DATES, COUNTS)
def test_delay_behind_a_computed_deadline_is_computed(start, paid, count):
    found = computed_values([day(start), day(paid)], [number_of(count, "day")])
    delay = abs((paid - (start + timedelta(days=count))).days)
    assert number_of(delay, "day") in found or delay == 0
    assert number_of(abs((paid - start).days), "day") in found or paid == start


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [((2023, 1, 31), 1, (2023, 2, 28)), ((2024, 1, 31), 1, (2024, 2, 29)), ((2023, 11, 30), 3, (2024, 2, 29))],
)
def test_months_end_on_the_last_day_of_a_shorter_month(start, months, expected):
    found = computed_values([date_of(CalendarDate(*start))], [number_of(months, "month")])
    assert date_of(CalendarDate(*expected)) in found


@given(st.integers(1, 10**7), st.integers(1, 99), st.integers(2, 40))
def test_amounts_follow_from_rates_and_counts(amount, percent, count):
    case = [number_of(amount, "EUR"), number_of(count, "month")]
    found = computed_values(case, [number_of(Fraction(percent, 100), RATIO)])
    assert number_of(Fraction(amount * percent, 100), "EUR") in found
    assert number_of(amount * count, "EUR") in found
    assert number_of(Fraction(amount * percent * count, 100), "EUR") in found


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_nothing_follows_from_the_rule_alone(numbers):
    assert computed_values([], [number_of(number, "day") for number in numbers]) == []


@given(st.integers(1, 50), st.integers(51, 99))
def test_lengths_of_time_are_not_multiplied(one, other):
    found = computed_values([number_of(one, "day")], [number_of(other, "day")])
    assert number_of(one * other, "day") not in found or one == 1
    assert number_of(other - one, "day") in found


def test_provisions_and_business_days_give_nothing():
    start = date_of(CalendarDate(2024, 5, 3))
    assert computed_values([start], [place_of("7.2"), number_of(10, "business_day")]) == []


@given(DATES, DATES)
def test_is_earlier_compares_days_with_a_year(one, other):
    first, second = day(one).date, day(other).date
    assert first is not None and second is not None
    assert is_earlier(first, second) is (one < other)
    assert is_earlier(first, CalendarDate(None, 5, 3)) is None
    assert is_earlier(first, CalendarDate(2024)) is None
