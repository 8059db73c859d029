from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.comparable import comparable_numbers, only_extreme

FRAMES = ("USD {} per year", "금 {}원", "{} %", "within {} days", "{}개월 이내")


@given(frame=st.sampled_from(FRAMES), numbers=st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_comparable_numbers_of_one_frame_are_the_numbers_written(frame: str, numbers: list[int]) -> None:
    answers = [frame.format(f"{number:,}") for number in numbers]
    assert comparable_numbers(answers) == tuple(map(Decimal, numbers))


def test_comparable_numbers_reads_digits_after_words() -> None:
    assert comparable_numbers(["thirty (30) days", "forty-five (45) days", "7 days"]) == (30, 45, 7)


@pytest.mark.parametrize(
    "answers",
    [
        ["USD 4,800", "EUR 4,800"],
        ["USD 4,800 per year", "USD 400 per month"],
        ["30 days", "2 months"],
        ["5,000만원", "1억 2,000만원"],
        ["2024-05-03", "2025-05-03"],
        ["3 May 2024", "9 May 2024"],
        ["-5 °C", "-9 °C"],
        ["5-8 bar", "6-9 bar"],
        ["none", "none"],
    ],
)
def test_comparable_numbers_of_different_or_several_quantities_is_none(answers: list[str]) -> None:
    assert comparable_numbers(answers) is None


def test_only_extreme_of_a_tie_is_none() -> None:
    assert only_extreme([Decimal(3), Decimal(5), Decimal(5)], Decimal(5)) is None
    assert only_extreme([Decimal(3), Decimal(5), Decimal(5)], Decimal(3)) == 0
