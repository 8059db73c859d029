"""Values of running text: the same value in different words is equal, and a different one is not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind, same_quantity
from pipeline.synthesize.verify.reading import read_values, same_value

KOREAN_DIGITS = {100_000_000: "억", 10_000: "만"}


def only(text: str, language: str):
    """Return the one value of a text."""
    (value,) = read_values(text, language)
    return value


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "USD 1.5 million", "$1,500,000"), ("en", "GBP 4,800", "4,800 pounds"), ("en", "two years", "24 months"),
     ("en", "thirty (30) days", "30 days"), ("en", "5%", "five percent"), ("en", "one half", "50 percent"),
     ("en", "2G", "2 gigabytes"), ("en", "38 mm", "3.8 cm"), ("en", "twice", "two times"),
     ("en", "5 March 2024", "March 5, 2024"), ("en", "3:30 p.m.", "15:30"), ("en", "half an hour", "30 minutes"),
     ("en", "1 week", "seven days"), ("en", "500 ms", "0.5 seconds"),
     ("ko", "2천만 원", "20,000,000원"), ("ko", "2억 3천만원", "230,000,000원"), ("ko", "삼백만원", "300만원"),
     ("ko", "2024.3.5.", "2024년 3월 5일"), ("ko", "두 달", "2개월"), ("ko", "1년", "12개월"), ("ko", "3회", "세 번"),
     ("ko", "30퍼센트", "100분의 30"), ("ko", "오후 3시 30분", "15:30"), ("ko", "2기가바이트", "2GB"),
     ("ko", "사흘", "3일"), ("ko", "USD 500", "500달러"), ("ko", "제3항", "③"), ("ko", "반년", "6개월")],
)  # fmt: skip
def test_same_value_in_other_words_is_equal(language: str, one: str, other: str) -> None:
    assert same_value(only(one, language), only(other, language))
    assert same_value(only(other, language), only(one, language))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "30 days", "30 months"), ("en", "30 days", "30 business days"), ("en", "GBP 4,800", "EUR 4,800"),
     ("en", "2 GB", "2 MB"), ("en", "5%", "5 km"), ("en", "10 mm", "10 cm"), ("en", "9 a.m.", "9 p.m."),
     ("en", "5 March 2024", "5 May 2024"), ("en", "twice", "three times"), ("en", "Section 24", "24 days"),
     ("ko", "6개월", "6년"), ("ko", "1억원", "2억원"), ("ko", "2천만원", "2억원"), ("ko", "제24조의2", "제24조"),
     ("ko", "제24조의2", "2억원"), ("ko", "3명", "3회"), ("ko", "오전 9시", "오후 9시"), ("ko", "30일", "30개월")],
)  # fmt: skip
def test_different_value_is_not_equal(language: str, one: str, other: str) -> None:
    assert not same_value(only(one, language), only(other, language))


def test_number_of_a_provision_is_a_place_and_no_number() -> None:
    values = read_values("제24조의2에 따라 1억원을 낸다.", "ko")
    assert [value.quantity.kind for value in values] == [QuantityKind.PLACE, QuantityKind.NUMBER]
    assert values[0].quantity.label == "조24의2"


def test_identifiers_are_marks_and_abbreviations_are_none() -> None:
    labels = {value.quantity.label for value in read_values("Call `max_rows`, AQ-9120 or retry() in 3.2.1.", "en")}
    assert labels == {"max_rows", "aq-9120", "retry", "3.2.1"}
    assert read_values("E.g. the U.S. office, i.e. ours", "en") == []


@given(st.integers(1, 99_999_999_999))
def test_won_are_equal_with_commas_and_with_korean_units(number: int) -> None:
    high, rest = divmod(number, 100_000_000)
    middle, low = divmod(rest, 10_000)
    parts = [f"{high}억" if high else "", f"{middle}만" if middle else "", str(low) if low else ""]
    written = " ".join(part for part in parts if part)
    assert same_value(only(f"{number:,}원", "ko"), only(f"{written}원", "ko"))
    assert not same_value(only(f"{number:,}원", "ko"), only(f"{number + 1:,}원", "ko"))


@given(st.integers(2, 400), st.sampled_from(["days", "weeks", "months", "years", "hours"]))
def test_periods_are_equal_only_to_the_same_length(count: int, unit: str) -> None:
    assert same_value(only(f"{count} {unit}", "en"), only(f"{count} {unit}", "en"))
    assert not same_value(only(f"{count} {unit}", "en"), only(f"{count + 1} {unit}", "en"))


@given(st.text(max_size=80), st.sampled_from(["en", "ko"]))
def test_values_of_any_text_lie_in_it_in_order_without_overlaps(text: str, language: str) -> None:
    values = read_values(text, language)
    assert all(0 <= value.start < value.end <= len(text) for value in values)
    assert all(one.end <= other.start for one, other in pairwise(values))


@given(st.text(alphabet="0123456789 원일년개월%.,조항①제의만억천 ", max_size=40))
def test_every_value_agrees_with_itself(text: str) -> None:
    for found in language_rules("ko").statements.find_quantities(text):
        assert same_quantity(found.quantity, found.quantity)
