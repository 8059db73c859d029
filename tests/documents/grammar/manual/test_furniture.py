from __future__ import annotations

import pytest

from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.text_lines import read_lines


@pytest.mark.parametrize(
    "line",
    [
        "Prev | Up | Next",
        "[Previous](a.html) | [Home](index.html) | [Next](b.html)",
        "« Previous",
        "Edit this page",
        "← Starting | Stopping →",
        "Copyright © 2021 Pump Makers",
        "Last updated: 3 May 2021",
        "Page 3 of 12",
        "- 12 -",
        "이전 | 목차로 | 다음",
        "[맨 위로](#top)",
        "ⓒ 2021 펌프공업",
        "최종 수정: 2021년 5월 3일",
    ],
)
def test_furniture_lines_of_a_page(line: str) -> None:
    assert furniture_lines(read_lines(f"Text.\n\n{line}\n")) == {2}


@pytest.mark.parametrize(
    "line",
    ["Next", "Index", "Next, open the lid.", "다음", "다음 그림을 보십시오.", "Up to 12 bar", "The copyright is ours."],
)
def test_furniture_lines_words_of_the_text_are_none(line: str) -> None:
    assert furniture_lines(read_lines(f"Text.\n\n{line}\n")) == set()
