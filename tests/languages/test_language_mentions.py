"""Words around the number of a provision that make it one of another law or document, or the end of a range."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules


@pytest.mark.parametrize(
    ("language", "before"),
    [
        ("en", ["under the Civil Code ", "12 CFR ", "29 U.S.C. § ", "the Act (1990), "]),
        ("ko", ["「민법」 ", "소득세법(이하 법) 제", "시행령 "]),
    ],
)
def test_mention_number_of_another_document_is_told_by_the_words_before_it(language: str, before: list[str]) -> None:
    pattern = language_rules(language).mentions.other_document_before
    assert pattern is not None
    assert [text for text in [*before, "this Lease ", "계약 "] if pattern.search(text)] == before


def test_mention_of_another_document_is_told_by_the_words_behind_it() -> None:
    english, korean = language_rules("en").mentions, language_rules("ko").mentions
    others = ["(a) of the Securities Act", " of the 1990 Revised Tax Code", ", of said Directive"]
    assert english.other_document_after is not None and korean.other_document_after is None
    found = [text for text in [*others, " of the Lease", " of this Act"] if english.other_document_after.match(text)]
    assert found == others


def test_mention_range_is_told_by_the_word_between_two_numbers() -> None:
    english, korean = (language_rules(code).mentions.range_between for code in ("en", "ko"))
    assert english is not None and korean is not None
    words = [" to ", "through", " until ", " and ", "부터 ", " 내지 ", "에서", "및"]
    assert [word for word in words if english.fullmatch(word)] == words[:3]
    assert [word for word in words if korean.fullmatch(word)] == words[4:7]


LAWS = "Act Code Law Regulation Regulations Rules Directive Statute Constitution Treaty Convention"


@pytest.mark.parametrize("word", LAWS.split())
def test_mention_of_every_kind_of_law_is_one_of_another_document(word: str) -> None:
    mentions = language_rules("en").mentions
    assert mentions.other_document_before is not None and mentions.other_document_after is not None
    assert mentions.other_document_before.search(f"the Civil {word} ")
    assert mentions.other_document_after.match(f" of the Civil {word}")


@pytest.mark.parametrize("law", ["법", "법률", "시행령", "시행규칙", "규칙", "규정", "조례", "협약", "령"])
def test_mention_behind_every_kind_of_korean_law_is_one_of_another_document(law: str) -> None:
    mentions = language_rules("ko").mentions
    assert mentions.other_document_before is not None
    assert mentions.other_document_before.search(f"건축{law} 제")
