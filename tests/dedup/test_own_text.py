"""A text's own part is what another text has in no phrase; edited words are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document, edited

from pipeline.dedup.items import LetterCase
from pipeline.dedup.own_text import PhraseText

OWN = {
    "en": "The auditor visits each plant twice a year and writes to the board what she has found there and why.",
    "ko": "감사인은 매년 두 차례 각 공장을 방문하여 조사한 내용과 그 이유를 이사회에 서면으로 보고하여야 한다.",
}
WORDS = st.lists(st.sampled_from(["rent", "loss", "의무", "기간", "a", "12", "notice"]), max_size=60).map(" ".join)


def phrases(text: str) -> PhraseText:
    return PhraseText(text, LetterCase.FOLD)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_text_with_a_sentence_more_has_own_text_and_the_other_has_none(language: str) -> None:
    text = document(language, 3, num_sentences=20)
    longer = f"{text}\n{OWN[language]}"
    assert phrases(longer).own_share(phrases(text)) > 0.01
    assert phrases(text).own_share(phrases(longer)) == 0.0


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_copy_with_edited_words_has_no_own_text(language: str, share: float) -> None:
    for seed in range(10):
        text = document(language, seed, num_sentences=30)
        copy = edited(text, share=share, seed=seed)
        assert copy != text
        assert phrases(copy).own_share(phrases(text)) == 0.0


def test_text_that_shares_nothing_is_its_own() -> None:
    assert phrases(OWN["en"]).own_share(phrases(OWN["ko"])) == 1.0
    assert phrases(OWN["en"]).own_share(phrases("")) == 1.0


def test_order_of_the_parts_does_not_count() -> None:
    first, second = document("en", 1, num_sentences=20), document("en", 2, num_sentences=20)
    assert phrases(f"{first}\n{second}").own_share(phrases(f"{second}\n{first}")) == 0.0


@given(WORDS, WORDS)
def test_share_is_between_0_and_1_and_0_for_a_text_inside_the_other(first: str, second: str) -> None:
    assert 0.0 <= phrases(first).own_share(phrases(second)) <= 1.0
    assert phrases(first).own_share(phrases(f"{second} {first}")) == 0.0
