"""Dates as values: read as written in each language, and ordered only where the known parts decide it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_rules
from pipeline.languages.calendar_dates import CalendarDate, Order, calendar_date, order_of

DAYS = st.dates(date(1400, 1, 1), date(2199, 12, 31))
MONTH_NAMES = "January February March April May June July August September October November December"
MONTHS = tuple(MONTH_NAMES.split())
Form = Callable[[date], str]
ENGLISH: tuple[Form, ...] = (
    lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    lambda day: f"the {day.day}th day of {MONTHS[day.month - 1]}, {day.year}",
    lambda day: f"{MONTHS[day.month - 1][:3]}. {day.day} {day.year}",
    lambda day: day.isoformat(),
)
KOREAN: tuple[Form, ...] = (
    lambda day: f"{day.year}년 {day.month}월 {day.day}일",
    lambda day: f"{day.year}. {day.month}. {day.day}.",
    lambda day: f"{day.year}.{day.month}.{day.day}.",
    lambda day: f"{day.year}.{day.month:02}.{day.day:02}",
    lambda day: day.isoformat(),
)


def values(text: str, language: str) -> list[CalendarDate | None]:
    return [found.value for found in language_rules(language).values.find_dates(text)]


@given(day=DAYS, form=st.sampled_from(ENGLISH))
def test_date_english_form_is_read(day: date, form: Form) -> None:
    assert values(f"It was sold on {form(day)} to Mr Orr.", "en") == [CalendarDate(day.year, day.month, day.day)]


@given(day=DAYS, form=st.sampled_from(KOREAN))
def test_date_korean_form_is_read(day: date, form: Form) -> None:
    assert values(f"원고는 {form(day)} 이를 매도하였다.", "ko") == [CalendarDate(day.year, day.month, day.day)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("signed in March 2024", "en", [CalendarDate(2024, 3)]),
        ("on 16 July the alarm", "en", [CalendarDate(None, 7, 16)]),
        ("due on 31/12/2024", "en", [CalendarDate(2024, 12, 31)]),
        ("due on 03/04/2024", "en", [None]),
        ("on 14, 15 and 21 May 2024", "en", [None]),
        ("July 16 to August 3, 2022", "en", [None, CalendarDate(2022, 8, 3)]),
        ("from 1 May 2020 to 3 June 2021", "en", [CalendarDate(2020, 5, 1), CalendarDate(2021, 6, 3)]),
        ("February 30, 2024", "en", [None]),
        ("April 2011 0 June 2011", "en", [CalendarDate(2011, 4), None]),
        ("2010.  11.  12.", "ko", [CalendarDate(2010, 11, 12)]),
        ("they may 5 times, see 2.1.4", "en", []),
        ("2024년 3월에", "ko", [CalendarDate(2024, 3)]),
        ("2024년에는", "ko", [CalendarDate(2024)]),
        ("3월 5일에", "ko", [CalendarDate(None, 3, 5)]),
        ("87.10.12 취득", "ko", [None]),
        ("2023. 3. 6. ~ 6. 30.", "ko", [None]),
        ("2023. 3. 6.부터 2023. 6. 30.까지", "ko", [CalendarDate(2023, 3, 6), CalendarDate(2023, 6, 30)]),
        ("2023. 2. 30.", "ko", [None]),
        ("1500년간 이어진", "ko", []),
    ],
)
def test_date_of_a_text_is_its_value_or_unread(text: str, language: str, expected: list[CalendarDate | None]) -> None:
    assert values(text, language) == expected


def _may_mean(value: CalendarDate) -> list[date]:
    """All days that a date with a year may mean, by counting through the year."""
    assert value.year is not None
    first = date(value.year, 1, 1)
    year = [first + timedelta(days=at) for at in range(366)]
    return [
        day
        for day in year
        if day.year == value.year and value.month in (None, day.month) and value.day in (None, day.day)
    ]


@st.composite
def partial_dates(draw: st.DrawFn) -> CalendarDate:
    day = draw(st.dates(date(2019, 11, 1), date(2021, 2, 28)))
    precision = draw(st.integers(1, 3))
    found = calendar_date(*(day.year, day.month, day.day)[:precision])
    assert found is not None
    return found


@given(one=partial_dates(), other=partial_dates())
def test_date_order_agrees_with_every_day_that_may_be_meant(one: CalendarDate, other: CalendarDate) -> None:
    pairs = [(mine, theirs) for mine in _may_mean(one) for theirs in _may_mean(other)]
    found = order_of(one, other)
    if all(mine < theirs for mine, theirs in pairs):
        assert found is Order.BEFORE
    elif all(mine > theirs for mine, theirs in pairs):
        assert found is Order.AFTER
    elif all(mine == theirs for mine, theirs in pairs):
        assert found is Order.SAME
    else:
        assert found is None


@given(day=DAYS)
def test_date_order_without_a_year_is_undecided(day: date) -> None:
    yearless = CalendarDate(None, day.month, day.day)
    assert order_of(yearless, CalendarDate(day.year, day.month, day.day)) is None
    assert order_of(yearless, yearless) is None
