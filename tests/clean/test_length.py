"""The least length counts what characters say: a Hangul syllable says more than a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.length import is_shorter, letter_length


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("rent 12", 7), ("차임", 5), ("차임 12", 8), ("賃料", 5), ("かな", 5), ("loyer dû", 8)],
)
def test_letter_length_weighs_syllables(text: str, length: int) -> None:
    assert letter_length(text) == length


@given(st.text(max_size=80), st.integers(0, 120))
def test_text_is_shorter_than_a_number_if_its_letter_length_is(text: str, min_chars: int) -> None:
    assert len(text) <= letter_length(text) <= 2.5 * len(text)
    assert is_shorter(text, min_chars) == (letter_length(text) < min_chars)
