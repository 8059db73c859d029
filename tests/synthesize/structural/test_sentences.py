"""Sentences of a text: dates in figures do not end one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.structural.layout import sentences


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text, 0, len(text))]


@given(year=st.integers(1900, 2099), month=st.integers(1, 12), day=st.integers(1, 31))
def test_sentences_date_in_figures_stays_whole(year: int, month: int, day: int) -> None:
    date = f"{year}. {month}. {day}."
    assert cut(f"갑은 {date}부터 {date} 정오까지 낸다. 을은 받는다.") == [
        f"갑은 {date}부터 {date} 정오까지 낸다.",
        "을은 받는다.",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It was built in 2025. It fell.", 2),
        ("It was signed in 1999. 20 days later it lapsed.", 2),
        ("잔금은 2022. 4. 1.\n\n계약금은 없다.", 2),
        ("It costs 2025. 4 men came.", 2),
    ],
)
def test_sentences_year_at_the_end_ends_the_sentence(text: str, parts: int) -> None:
    assert len(cut(text)) == parts
