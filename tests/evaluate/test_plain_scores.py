"""The second computation of scores agrees with the first one on any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from plain_scores import squad_f1, squad_numbers, squad_tokens

from pipeline.scoring.answers import answer_numbers, answer_tokens, token_f1

TEXTS = st.text(alphabet=st.sampled_from("abcAB the 가나다 1234.,:-−%$€()[]'’\"{}_\n５ä=;~"), max_size=40)


@given(TEXTS, TEXTS)
def test_plain_tokens_numbers_and_f1_are_those_of_the_evaluation(answer: str, gold: str) -> None:
    assert squad_tokens(answer) == answer_tokens(answer)
    assert squad_numbers(answer) == answer_numbers(answer)
    assert abs(squad_f1(answer, gold) - token_f1(answer_tokens(answer), answer_tokens(gold))) < 1e-12 or not (
        answer_tokens(answer) or answer_tokens(gold)
    )
