"""Words in the names and first lines of documents."""

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
            ["대외비", "열람 금지"],
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
