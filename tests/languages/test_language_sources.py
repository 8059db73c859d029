"""Words in the names and first lines of documents, and words that tell what kind a text is."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules

NUMBERS = (
    "2024가합10231, 2023나77; Case No. 22-cv-104; Docket No: 19-1392; No. 20-1393; Civil Action No. 4:21-CV-77; 12가3"
)


def test_case_numbers_of_courts_are_found() -> None:
    english, korean = (re.findall(language_rules(code).sources.case_number, NUMBERS) for code in ("en", "ko"))
    assert ["".join(groups) for groups in english] == ["22-cv-104", "19-1392", "20-1393", "4:21-CV-77"]
    assert korean == ["2024가합10231", "2023나77"]


@pytest.mark.parametrize(
    ("language", "labels", "boilerplate"),
    [
        (
            "en",
            ["thread", "thread id", "conversation id", "channel", "ticket no", "case id", "series", "room", "subject"],
            ["confidential", "privileged", "do not copy", "do not distribute"],
        ),
        (
            "ko",
            ["스레드", "대화방", "채널", "상담 번호", "접수번호", "문의번호", "회의명", "제목"],
            ["대외비", "열람 금지", "사본", "초안"],
        ),
    ],
)
def test_labels_of_a_thread_and_lines_above_a_title(language: str, labels: list[str], boilerplate: list[str]) -> None:
    rules = language_rules(language).sources
    words = [*labels, *boilerplate, "lease", "계약서"]
    assert [word for word in words if re.fullmatch(rules.thread_label, word)] == labels
    assert [word for word in words if re.fullmatch(rules.title_boilerplate, word)] == boilerplate


def test_folders_that_say_language_or_kind() -> None:
    english, korean = (language_rules(code).sources for code in ("en", "ko"))
    assert english.language_folders == {"en", "eng", "english", "영어", "영문"}
    assert korean.language_folders == {"ko", "kor", "korean", "한국어", "국문"}
    assert english.kind_folders == {"manual", "manuals", "guides", "docs", "documents"}
    assert korean.kind_folders == {"매뉴얼", "설명서"}


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
