"""Sentences of manuals that hold a fact, by the patterns of each language: clear cases alone."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules


@pytest.mark.parametrize(
    ("language", "field", "sentence", "holds"),
    [
        ("en", "bans", "Do not open the cover.", True),
        ("en", "bans", "The cover must not be opened.", True),
        ("en", "bans", "Never touch the blade.", True),
        ("en", "bans", "Don’t forget the key.", False),
        ("en", "bans", "Open the cover.", False),
        ("en", "weak_bans", "Avoid water.", True),
        ("en", "weak_bans", "It cannot be opened.", True),
        ("en", "weak_bans", "Open the cover.", False),
        ("en", "advice", "We recommend a dry place.", True),
        ("en", "advice", "A dry place is strongly recommended.", True),
        ("en", "advice", "It is recommended for homes.", False),
        ("en", "weak_advice", "You should clean it.", True),
        ("en", "weak_advice", "We suggest a dry place.", True),
        ("en", "weak_advice", "Clean it.", False),
        ("en", "to_do", "press the button", True),
        ("en", "to_do", "you must close the lid", True),
        ("en", "to_do", "the lid closes", False),
        ("ko", "bans", "덮개를 열지 마십시오.", True),
        ("ko", "bans", "덮개를 열어서는 안 됩니다.", True),
        ("ko", "bans", "걱정하지 마세요.", False),
        ("ko", "bans", "덮개를 여십시오.", False),
        ("ko", "weak_bans", "물을 피하십시오.", True),
        ("ko", "weak_bans", "사용을 금지합니다.", True),
        ("ko", "advice", "건조한 곳을 권장합니다.", True),
        ("ko", "advice", "건조한 곳이 있습니다.", False),
        ("ko", "weak_advice", "닦는 것이 좋습니다.", True),
        ("ko", "to_do", "버튼을 누르십시오", True),
        ("ko", "to_do", "값이 커집니다", False),
    ],
)
def test_sentence_bans_advises_or_tells_what_to_do(language: str, field: str, sentence: str, holds: bool) -> None:
    pattern = getattr(language_rules(language).manual.prose, field)
    assert (re.search(pattern, sentence) is not None) is holds


def case_and_rest(language: str, field: str, sentence: str) -> tuple[str, str] | None:
    patterns = getattr(language_rules(language).manual.prose, field)
    found = next((match for pattern in patterns if (match := re.fullmatch(pattern, sentence))), None)
    return (found["case"], found["rest"]) if found else None


@pytest.mark.parametrize(
    ("language", "field", "sentence", "expected"),
    [
        ("en", "goals", "To clean the filter, remove the cover.", ("clean the filter", "remove the cover")),
        ("en", "goals", "In order to clean the filter, remove the cover.", ("clean the filter", "remove the cover")),
        ("en", "goals", "If you want to clean the filter, remove the cover.", ("clean the filter", "remove the cover")),
        ("en", "goals", "When you need to clean it all, remove the cover.", ("clean it all", "remove the cover")),
        ("en", "goals", "To sum up the filter, remove the cover.", None),
        ("en", "cases", "If the lamp is red, stop the pump.", ("If the lamp is red", "stop the pump")),
        ("en", "cases", "When the lamp is red, then stop the pump.", ("When the lamp is red", "stop the pump")),
        ("en", "cases", "If given a lamp, stop the pump.", None),
        ("en", "cases", "If the lamp is red stop the pump.", None),
        ("ko", "goals", "필터를 청소하려면 덮개를 제거하십시오.", ("필터를 청소하려면", "덮개를 제거하십시오")),
        ("ko", "cases", "램프가 빨간 경우에는 펌프를 멈추십시오.", ("램프가 빨간 경우에는", "펌프를 멈추십시오")),
        ("ko", "cases", "버튼을 누르면, 펌프가 멈춥니다.", ("버튼을 누르면", "펌프가 멈춥니다")),
        ("ko", "cases", "버튼이 있습니다.", None),
    ],
)
def test_sentence_has_a_purpose_or_case_and_a_rest(
    language: str, field: str, sentence: str, expected: tuple[str, str] | None
) -> None:
    assert case_and_rest(language, field, sentence) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "term"),
    [
        ("en", "The `spool` is a folder that holds the jobs before they are printed.", "`spool`"),
        ("en", "**Drift** means the slow change of a reading over many hours of use.", "**Drift**"),
        ("en", "The “hub” refers to the box that joins all sensors of one building.", "“hub”"),
        ("en", "The `spool` is the same as the queue of the printer that holds jobs.", None),
        ("en", "The `spool` is a folder.", None),
        ("ko", "`스풀`은 인쇄하기 전에 작업을 모아 두는 폴더입니다.", "`스풀`"),
        ("ko", "`스풀`은 폴더입니다.", None),
        ("ko", "`스풀`이란 인쇄하기 전에 보낸 모든 작업을 순서대로 모아 두는 폴더를 말한다.", "`스풀`"),
    ],
)
def test_sentence_says_what_something_is(language: str, sentence: str, term: str | None) -> None:
    patterns = language_rules(language).manual.prose.meanings
    found = [match["term"] for pattern in patterns if (match := re.fullmatch(pattern, sentence))]
    assert found[:1] == ([term] if term else [])
