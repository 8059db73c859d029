"""Sums of money are read as the values that they were written from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages.en.values import read_money as read_english
from pipeline.languages.ko.values import read_money as read_korean
from pipeline.languages.values import Money

_DIGITS = "영일이삼사오육칠팔구"


@given(cents=st.integers(0, 10**13), code=st.sampled_from(["USD", "EUR", "GBP", "CHF"]))
def test_read_money_english_figures(cents: int, code: str) -> None:
    assert read_english(f"{code} {cents // 100:,}.{cents % 100:02}") == Money(code, cents)
    assert read_english(f"{cents // 100} {code}") == Money(code, cents // 100 * 100)


@given(tenths=st.integers(1, 99_999), scale=st.sampled_from([("thousand", 3), ("million", 6), ("billion", 9)]))
def test_read_money_english_scales(tenths: int, scale: tuple[str, int]) -> None:
    assert read_english(f"€{tenths / 10:.1f} {scale[0]}") == Money("EUR", tenths * 10 ** (scale[1] + 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("US$ 12", Money("USD", 1200)),
        ("$1,000 USD", Money("USD", 100_000)),
        ("20 dollars", Money("$", 2000)),
        ("$5", Money("$", 500)),
        ("₩3,000", Money("KRW", 3000)),
    ],
)
def test_read_money_english_currencies(text: str, value: Money) -> None:
    assert read_english(text) == value


@pytest.mark.parametrize("text", ["12", "EUR 3 USD", "€1,00", "USD 1.005", "about EUR 3", "EUR 1,0000", ""])
def test_read_money_english_other_text_is_none(text: str) -> None:
    assert read_english(text) is None


def hangul(number: int) -> str:
    """Write a number below 10,000 in Hangul, with every digit before its unit."""
    units = ("천", "백", "십", "")
    return "".join(
        _DIGITS[int(digit)] + unit for digit, unit in zip(f"{number:04}", units, strict=True) if digit != "0"
    )


@given(won=st.integers(1, 10**16 - 1), joint=st.sampled_from(["", " "]), lead=st.sampled_from(["", "금 ", "일금 "]))
def test_read_money_korean_groups_of_four_digits(won: int, joint: str, lead: str) -> None:
    groups = [(won // 10**power % 10**4, name) for power, name in ((12, "조"), (8, "억"), (4, "만"), (0, ""))]
    figures = joint.join(f"{number:,}{name}" for number, name in groups if number)
    words = "".join(f"{hangul(number)}{name}" for number, name in groups if number)
    for written in (f"{won:,}원", f"{won}원", f"{figures}원", f"{figures} 원", f"{words}원정"):
        assert read_korean(lead + written) == Money("KRW", won)


@pytest.mark.parametrize(
    ("text", "won"),
    [
        ("3천만원", 30_000_000),
        ("2억 3천만원", 230_000_000),
        ("오백만원", 5_000_000),
        ("1.5억원", 150_000_000),
        ("백만원", 1_000_000),
        ("만원", 10_000),
        ("2천5백원", 2_500),
    ],
)
def test_read_money_korean_units(text: str, won: int) -> None:
    assert read_korean(text) == Money("KRW", won)


@pytest.mark.parametrize("text", ["3억4조원", "3 4원", "백천원", "100달러", "0.5원", "12,34원", "원", "3만2억원"])
def test_read_money_korean_other_text_is_none(text: str) -> None:
    assert read_korean(text) is None
