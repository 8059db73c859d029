"""Periods as values: read as written in each language, and ordered only where every calendar agrees."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_rules
from pipeline.languages.calendar_dates import Order
from pipeline.languages.periods import (
    Period,
    business_days,
    days,
    hours,
    minutes,
    months,
    order_of_periods,
    weeks,
    years,
)

COUNTS = st.integers(1, 400).map(Fraction)
ENGLISH = {"minutes": minutes, "hours": hours, "days": days, "weeks": weeks, "months": months, "years": years}
KOREAN = {"분": minutes, "시간": hours, "일": days, "주": weeks, "개월": months, "년": years, "영업일": business_days}
ONE_WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
ONES = tuple(ONE_WORDS.split())
Read = tuple[Callable[[Fraction], Period], Fraction]
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}


def values(text: str, language: str) -> list[Period | None]:
    return [found.value for found in language_rules(language).values.find_periods(text)]


def in_words(number: int) -> str:
    if number < len(ONES):
        return ONES[number]
    return TENS[number // 10 * 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


@given(count=COUNTS, unit=st.sampled_from(sorted(ENGLISH)))
def test_period_english_figures_are_read(count: Fraction, unit: str) -> None:
    assert values(f"Tenant answers within {count} {unit} after notice.", "en") == [ENGLISH[unit](count)]


@given(number=st.integers(20, 99), other=st.integers(20, 99))
def test_period_english_words_and_figures_must_agree(number: int, other: int) -> None:
    expected = business_days(Fraction(number)) if number == other else None
    assert values(f"within {in_words(number)} ({other}) Business Days of it", "en") == [expected]


@given(count=COUNTS, unit=st.sampled_from(sorted(KOREAN)))
def test_period_korean_figures_are_read(count: Fraction, unit: str) -> None:
    assert values(f"을은 통지를 받은 날부터 {count}{unit} 이내에 답한다.", "ko") == [KOREAN[unit](count)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("a 14-day period", "en", [days(Fraction(14))]),
        ("one hundred and twenty days", "en", [days(Fraction(120))]),
        ("ten to fifteen days", "en", [None]),
        ("10-15 days", "en", [None]),
        ("1 year and 6 months", "en", [None, None]),
        ("1.5 hours", "en", [minutes(Fraction(90))]),
        ("1년 6개월간", "ko", [months(Fraction(18))]),
        ("10~15일 이내", "ko", [None]),
        ("2주 내지 3주", "ko", [None, None]),
        ("3월 5일에 매월 5일", "ko", []),
        ("15일까지", "ko", [None]),
        ("2024년 3월", "ko", []),
    ],
)
def test_period_of_a_text_is_its_value_or_unread(text: str, language: str, expected: list[Period | None]) -> None:
    assert values(text, language) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (days(Fraction(30)), months(Fraction(1)), None),
        (days(Fraction(27)), months(Fraction(1)), Order.BEFORE),
        (days(Fraction(32)), months(Fraction(1)), Order.AFTER),
        (months(Fraction(12)), years(Fraction(1)), Order.SAME),
        (days(Fraction(365)), years(Fraction(1)), None),
        (days(Fraction(367)), years(Fraction(1)), Order.AFTER),
        (weeks(Fraction(2)), days(Fraction(14)), Order.SAME),
        (hours(Fraction(24)), days(Fraction(1)), None),
        (hours(Fraction(48)), days(Fraction(1)), Order.AFTER),
        (business_days(Fraction(5)), days(Fraction(5)), None),
        (business_days(Fraction(5)), days(Fraction(7)), None),
        (business_days(Fraction(10)), days(Fraction(7)), Order.AFTER),
    ],
)
def test_period_order_is_what_every_calendar_agrees_on(one: Period, other: Period, expected: Order | None) -> None:
    assert order_of_periods(one, other) is expected


@given(
    one=st.tuples(st.sampled_from((minutes, days, business_days, months)), COUNTS),
    other=st.tuples(st.sampled_from((minutes, days, business_days, months)), COUNTS),
)
def test_period_order_is_mirrored(one: Read, other: Read) -> None:
    left, right = one[0](one[1]), other[0](other[1])
    mirror = {Order.BEFORE: Order.AFTER, Order.AFTER: Order.BEFORE, Order.SAME: Order.SAME, None: None}
    assert order_of_periods(left, right) is mirror[order_of_periods(right, left)]
