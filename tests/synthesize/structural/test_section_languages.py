from __future__ import annotations

import pytest
from structural_documents import MANUAL, ask, make_context

from pipeline.languages.detection import section_language
from pipeline.records import Candidate
from pipeline.synthesize.structural.section_languages import section_languages

ENGLISH_PARTS = """# Pump P40 Manual

## 1. Starting the pump

1. Open the inlet valve by two full turns.
2. Press START for three seconds.
3. Wait until the green lamp is on.

The pump must not run for more than ten minutes when the tank is empty.
"""
KOREAN_PARTS = """## 2. 펌프 청소하기

1. 전원 버튼을 눌러 펌프를 끕니다.
2. 배수 밸브를 열어 물을 모두 뺍니다.
3. 필터를 꺼내 흐르는 물에 씻습니다.

필터는 석 달마다 새것으로 바꿔야 합니다.

### 2.1 오류 코드

| 코드 | 의미 | 조치 |
|---|---|---|
| E1 | 물이 없음 | 물통을 채웁니다 |
| E2 | 과열 | 전원을 끄고 식힙니다 |
"""
MIXED = ENGLISH_PARTS + "\n" + KOREAN_PARTS


@pytest.mark.parametrize("of_document", ["en", "ko"])
def test_candidates_are_in_the_language_of_the_section_that_they_ask_about(of_document: str) -> None:
    candidates, _ = ask(MIXED, domain="manual", language=of_document)
    border = MIXED.index("## 2.")
    english = [candidate for candidate in candidates if candidate.evidence[0].start < border]
    korean = [candidate for candidate in candidates if candidate.evidence[0].start >= border]
    assert len(english) >= 1
    assert len(korean) >= 2
    assert {candidate.language for candidate in english} == {"en"}
    assert {candidate.language for candidate in korean} == {"ko"}
    for candidate in candidates:
        assert candidate.checks.language_match, candidate.question
        assert section_language(unquoted(candidate), otherwise="") in (candidate.language, "")


def unquoted(candidate: Candidate) -> str:
    """The words of the question that the document does not give."""
    question = candidate.question
    for evidence in candidate.evidence:
        question = question.replace(evidence.quote, "")
    return question


def test_candidates_of_a_document_in_one_language_are_in_it() -> None:
    candidates, _ = ask(MANUAL, domain="manual", language="en")
    assert len(candidates) >= 5
    assert {candidate.language for candidate in candidates} == {"en"}


def test_section_languages_of_a_section_that_does_not_tell_are_those_around_it() -> None:
    text = (
        f"{ENGLISH_PARTS}\n{KOREAN_PARTS}\n### 2.2 P40\n\n| A1 | 12 |\n|---|---|\n| B2 | 14 |\n\n## 3. P50\n\n12, 14\n"
    )
    languages = section_languages(make_context(text, domain="manual", language="en"))
    assert languages.at(0) == languages.at(text.index("Press")) == "en"
    assert languages.at(text.index("## 2.")) == languages.at(text.index("E2")) == "ko"
    assert languages.at(text.index("B2")) == "ko"
    assert languages.at(text.index("## 3.")) == languages.at(len(text)) == "en"


def test_section_languages_of_code_and_of_a_single_section_are_those_of_the_document() -> None:
    assert section_languages(make_context(MIXED, domain="code", language="en")).languages == ("en",)
    notice = "필터는 석 달마다 새것으로 바꿔야 합니다. " * 9
    assert section_languages(make_context(notice, domain="manual", language="en")).languages == ("en",)
