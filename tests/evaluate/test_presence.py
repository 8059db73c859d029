from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.documents.presence import contains_answer


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("The rent is USD 4,800 a year.", "usd 4800"),
        ("It is the Security Deposit.", "Security Deposit"),
        ("보증금은 30,000,000원입니다.", "30,000,000원"),
        ("답: 요청을 받은 날부터 7일 이내", "7일 이내"),
        ("an answer, within ten days", "Answer within ten days."),
    ],
)
def test_gold_answer_inside_a_sentence_is_found(text: str, gold: str) -> None:
    assert contains_answer(text, gold)


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("It is 15.", "5"),
        ("USD 4,800.50", "USD 4,800"),
        ("Deposit for security", "Security Deposit"),
        ("The party", "art"),
        ("", "5"),
        ("27일 이내", "7일 이내"),
    ],
)
def test_other_words_that_hold_the_same_letters_are_not(text: str, gold: str) -> None:
    assert not contains_answer(text, gold)


@given(st.text(max_size=40), st.from_regex(r"[b-df-h]{2,8}( [b-df-h]{2,8}){0,3}", fullmatch=True), st.text(max_size=40))
def test_words_between_other_words_are_found(before: str, gold: str, behind: str) -> None:
    assert contains_answer(f"{before} ; {gold} ; {behind}", gold)
