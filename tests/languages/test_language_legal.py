"""Words of legal texts of each language: contents, closings, changes, and signs of a text that is not whole."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules

CLOSINGS = {
    "en": [
        *("ACCEPTED AND AGREED", "Accepted by: A", "AGREED TO", "Agreed and signed", "Signed", "IN WITNESS WHEREOF"),
        *(
            "Executed as a deed",
            "Executed on May 5",
            "AS WITNESS our hands",
            "By: A. Smith",
            "Signature",
            "Yours truly",
        ),
    ],
    "ko": [
        "판사 김민수",
        "재판장 판사 박서연",
        "위 계약을 증명하기 위하여",
        "2024년 3월 5일",
        "2024. 3. 5.",
        "임대인 김민수 (인)",
        "갑 (서명)",
    ],
}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_line_closes_a_contract_or_judgment(language: str) -> None:
    pattern = language_rules(language).legal.closing
    others = ["Agreed price", "Execution", "The rent is due", "판사는 말한다", "2024년 3월 5일에 낸다", "차임 (월)"]
    lines = [*CLOSINGS[language], *others]
    assert [line for line in lines if re.match(pattern, line)] == CLOSINGS[language]


@pytest.mark.parametrize(
    ("language", "field", "words"),
    [
        (
            "en",
            "changes",
            "amended changed replaced deleted substituted increased reduced raised lowered extended suspended",
        ),
        ("en", "changes", "superseded added becomes"),
        ("en", "term_changes", "changed replaced deleted reduced increased amended extended becomes"),
        ("ko", "changes", "변경 개정 삭제 대체 신설 증액 감액 연장 단축 추가"),
        ("ko", "term_changes", "변경 삭제 개정 대체 연장 증액 감액"),
    ],
)
def test_every_word_by_which_an_amendment_changes_something(language: str, field: str, words: str) -> None:
    pattern = getattr(language_rules(language).legal, field)
    assert [word for word in words.split() if not re.search(pattern, f"is {word} by")] == []
    assert not re.search(pattern, "the rent stays 차임은 그대로")


def test_word_before_a_number_in_a_table_of_contents() -> None:
    words = ["Section", "SECTION", "Article", "ARTICLE"]
    assert [
        word for word in [*words, "Clause"] if re.fullmatch(language_rules("en").legal.contents_lead, word)
    ] == words
    assert language_rules("ko").legal.contents_lead == ""


@pytest.mark.parametrize(
    ("text", "is_damaged"),
    [
        ("( 생 략 )", True),
        ("현행과 같음", True),
        ("다음 각 호와 같다.", True),
        ("다음 각 호와 같다.\n 1. 하나", False),
        ("임차인과\n\n임대인", True),
        ("낸다\n\n임대인은", False),
        ("낸다.", False),
    ],
)
def test_words_that_stand_for_text_that_was_left_out(text: str, is_damaged: bool) -> None:
    assert bool(re.search(language_rules("ko").legal.damage, text)) is is_damaged
