"""Words that tell what kind of document a text is."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("ko", ["제4조(보증금)", "제4조의2 【목적】", "제2장 총칙", "주 문", "이  유"]),
        ("en", ["ARTICLE IV", "SECTION 3", "Section 4.1. Rent", "2.1 The tenant", "12.3 Landlord shall"]),
    ],
)
def test_domain_headings_of_clauses_are_told_from_other_lines(language: str, headings: list[str]) -> None:
    pattern = language_rules(language).domains.clause_heading
    lines = [*headings, "2.1 Setup", "제4조와 제5조", "Section of land", "이유를 본다", "123.4 The tenant"]
    assert [line for line in lines if re.match(pattern, line)] == headings


@pytest.mark.parametrize(
    ("language", "legal", "procedure"),
    [
        (
            "ko",
            ["계약", "원고", "임차인", "판결", "손해배상", "하여야 한다", "양도"],
            ["설치", "설정", "명령", "버튼", "전원", "서버", "필터"],
        ),
        (
            "en",
            ["shall", "hereby", "licence", "licensed", "indemnifies", "warranties", "liable", "copyright", "court"],
            ["install", "installation", "click", "press", "valve", "configure", "cable"],
        ),
    ],
)
def test_domain_words_of_contracts_and_manuals(language: str, legal: list[str], procedure: list[str]) -> None:
    rules = language_rules(language).domains
    words = [*legal, *procedure, "deposit", "보증금"]
    assert [word for word in words if re.search(rules.legal_words, word)] == legal
    assert [word for word in words if re.search(rules.procedure_words, word)] == procedure


LEGAL = """
shall hereby herein hereunder thereof pursuant plaintiff defendant lessee lessor landlord tenant licensor licensee
indemnify warranty liability clause agreement statute jurisdiction claimant appellant court licence license licensed
copyright redistribution liable damages permission granted merchantability creditor noninfringement
"""
PROCEDURE = "install click button command configure directory press cable screen valve commit boot"
KOREAN_LEGAL = (
    "계약 원고 피고 임대인 임차인 법률 대통령령 과세 판결 조항 위반 손해배상 당사자 법원 해당하는 소득세법 조세 양도"
)
KOREAN_PROCEDURE = "설치 설정 명령 버튼 파일 전원 누르 화면 서버 옵션 필터"


@pytest.mark.parametrize(
    ("language", "field", "words"),
    [
        ("en", "legal_words", LEGAL),
        ("en", "procedure_words", PROCEDURE),
        ("ko", "legal_words", KOREAN_LEGAL),
        ("ko", "procedure_words", KOREAN_PROCEDURE),
    ],
)
def test_every_word_that_tells_a_domain_is_known(language: str, field: str, words: str) -> None:
    pattern = getattr(language_rules(language).domains, field)
    assert [word for word in words.split() if not re.search(pattern, f"a {word} b")] == []
    assert not re.search(pattern, "a 보증 deposit b")
