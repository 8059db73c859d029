"""Words of manuals of each language: steps, chapters, notes, questions, columns, links around a page."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules

MATCHED = [
    ("en", "step_label", ["Step 1", "step 12:", "STEP 3."], ["Stepping 1", "Step one"]),
    ("ko", "step_label", ["1단계", "12단계:"], ["단계 1", "1 단계"]),
    (
        "en",
        "chapter_number",
        ["Chapter 3", "CHAPTER 4", "APPENDIX B.", "Appendix C", "Part IV:", "PART 2", "Section 12", "SECTION 3"],
        ["chapter 3", "Chapter three"],
    ),
    ("ko", "chapter_number", ["제3장", "2장", "부록 A", "제1부:"], ["장 3", "제3조"]),
    ("en", "note_words", ["Note", "NOTE", "tip", "Hint", "Important", "INFO", "Remark", "N.B."], ["nOTE", "Nota"]),
    ("ko", "note_words", ["참고", "참고 사항", "도움말", "팁", "알림", "힌트", "중요", "유의사항"], ["참조"]),
    ("en", "warning_words", ["Warning", "CAUTION", "danger", "Attention"], ["Warn", "Alert"]),
    ("ko", "warning_words", ["경고", "주의 사항", "위험", "경고사항"], ["경보"]),
    ("en", "question_labels", ["Q", "Question"], ["A", "q"]),
    ("en", "answer_labels", ["A", "Answer"], ["Q"]),
    ("ko", "question_labels", ["질문", "문", "물음"], ["답"]),
    ("ko", "answer_labels", ["답변", "답", "대답"], ["문"]),
    (
        "en",
        "furniture",
        ["next", "previous", "prev", "back to top", "view source", "skip to main content"],
        ["install"],
    ),
    ("ko", "furniture", ["다음", "이전", "처음으로", "맨 위로", "목차", "찾아보기", "돌아가기"], ["설치"]),
    ("en", "furniture_line", ["© 2024", "Copyright 2024", "Last updated", "Page 3 of 9", "Built with"], ["Page three"]),
    ("ko", "furniture_line", ["저작권 ©", "무단 전재", "최종 수정", "마지막 업데이트"], ["저작물"]),
]


@pytest.mark.parametrize(("language", "field", "words", "others"), MATCHED)
def test_words_that_structure_a_manual(language: str, field: str, words: list[str], others: list[str]) -> None:
    pattern = getattr(language_rules(language).manual, field)
    found = [word for word in [*words, *others] if re.match(pattern + ("" if field == "furniture_line" else "$"), word)]
    assert found == words


FOUND = [
    ("en", "code_titles", ["Error codes", "Status", "Alarms", "FAULTS CODES"], ["Errand", "Codex"]),
    ("ko", "code_titles", ["오류 코드", "에러 목록", "고장 진단"], ["설치"]),
    ("en", "conditions", ["if it rains", "unless set", "when open", "otherwise"], ["iffy", "the unlessened"]),
    ("ko", "conditions", ["비가 오면 닫으면", "만약 그렇다면", "필요한 경우"], ["항상 닫는다"]),
    ("en", "announcing", ["the following steps", "as follows"], ["follow it"]),
    ("ko", "announcing", ["다음과 같다", "다음을 보라", "다음의 표"], ["그다음과 같이"]),
    (
        "en",
        "example_elsewhere",
        ["in the example", "the previous table", "same as above", "ditto"],
        ["for example, two"],
    ),
    ("ko", "example_elsewhere", ["위의 예제에서", "앞의 그림처럼", "위와 같"], ["예를 들어"]),
    ("en", "lead_in", [], ["as follows:"]),
    ("ko", "lead_in", ["다음과 같습니다.", "다음을 수행합니다", "다음과 같이 하세요."], ["같습니다."]),
    ("ko", "question_end", ["무엇입니까", "있나요", "인가요", "하는지요"], ["있다"]),
]


@pytest.mark.parametrize(("language", "field", "texts", "others"), FOUND)
def test_words_that_say_what_a_sentence_of_a_manual_does(
    language: str, field: str, texts: list[str], others: list[str]
) -> None:
    pattern = getattr(language_rules(language).manual, field)
    assert [text for text in [*texts, *others] if pattern and re.search(pattern, text)] == texts


@pytest.mark.parametrize(
    ("language", "sentence", "is_instruction"),
    [
        ("en", "Press the button.", True),
        ("en", "If the lamp is red, stop the pump.", True),
        ("en", "Then remove the cover.", True),
        ("en", "Do not open the valve.", True),
        ("en", "Don’t open the valve.", True),
        ("en", "The pump starts.", False),
        ("en", "Pressure rises.", False),
        ("en", "Opening the valve takes time.", False),
        ("ko", "버튼을 누르십시오.", True),
        ("ko", "전원을 끄세요.", True),
        ("ko", "덮개를 제거한다.", True),
        ("ko", "물을 제거할 것.", True),
        ("ko", "펌프는 물을 보낸다.", False),
        ("ko", "펌프가 있습니다.", False),
    ],
)
def test_sentence_that_tells_what_to_do(language: str, sentence: str, is_instruction: bool) -> None:
    instruction = language_rules(language).manual.instruction
    assert instruction is not None
    assert (instruction.search(sentence) is not None) is is_instruction


def defaults(language: str, sentence: str) -> list[str]:
    patterns = language_rules(language).manual.default_values
    found = (re.search(pattern.replace("VALUE", r"(?P<value>\d+)"), sentence) for pattern in patterns)
    return [match["value"] for match in found if match]


@pytest.mark.parametrize(
    ("language", "sentence", "value"),
    [
        ("en", "The default is 30.", "30"),
        ("en", "Wait time (default: 30)", "30"),
        ("en", "It defaults to 30.", "30"),
        ("en", "Wait (defaults to 30) seconds", "30"),
        ("en", "Wait (Default 30) seconds", "30"),
        ("en", "This defaults to 30, at most.", "30"),
        ("en", "Default value is set to 30, at most.", "30"),
        ("en", "The value is 30.", ""),
        ("ko", "기본값은 30이다.", "30"),
        ("ko", "시간(기본 값: 30)", "30"),
        ("ko", "30이 기본값입니다.", "30"),
        ("ko", "값은 30이다.", ""),
    ],
)
def test_sentence_that_gives_a_default(language: str, sentence: str, value: str) -> None:
    assert (defaults(language, sentence) or [""])[0] == value


def test_sections_of_manuals_have_labels_of_their_own() -> None:
    english, korean = language_rules("en").manual, language_rules("ko").manual
    assert (english.section.label("4.1", 2), english.section.label("4", 1)) == ("section 4.1", "section 4")
    assert (korean.section.label("4.1", 2), korean.section.label("4", 1)) == ("4.1절", "4장")
    labels = ["section 4", "4장", "4.1절", "Section 4", "제4조"]
    assert [label for label in labels if english.section.is_label(label)] == ["section 4"]
    assert [label for label in labels if korean.section.is_label(label)] == ["4장", "4.1절"]
    assert (english.section.suffix, korean.section.suffix) == ("", "장|절")
    assert (english.under.format(name="N"), korean.under.format(name="N")) == ("under “N”, ", "“N”에서 ")
    assert (english.alternative, korean.alternative) == ("or", "또는")


@pytest.mark.parametrize(
    ("language", "columns", "cells"),
    [
        (
            "en",
            "name value type default description option error command unit cause remedy status version",
            "yes no true false none on off",
        ),
        ("ko", "이름 값 유형 기본값 설명 옵션 코드 오류 명령어 단위 원인 조치 상태 버전", "아니오 있음 없음 가능 불가"),
    ],
)
def test_words_that_head_columns_and_words_that_fill_cells(language: str, columns: str, cells: str) -> None:
    rules = language_rules(language).manual
    assert set(columns.split()) <= rules.column_words
    assert set(cells.split()) <= rules.cell_words
