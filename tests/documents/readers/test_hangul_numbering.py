"""Automatic numbers of Hangul documents, and the style names of headings."""

from __future__ import annotations

import pytest

from pipeline.documents.readers.hangul.numbering import (
    NUMBER_FORMATS,
    NumberCounter,
    Numbering,
    NumberLevel,
    shown_number,
)
from pipeline.documents.readers.hangul.styles import heading_level, is_title_style


def labels(counter: NumberCounter, *levels: int, kind: str = "number", number: int = 1) -> list[str]:
    return [counter.next_label(kind, number, level) for level in levels]


def test_next_label_deeper_levels_begin_again_and_skipped_levels_count_as_begun() -> None:
    counter = NumberCounter({1: Numbering(tuple(NumberLevel(form) for form in ("^1.", "^1.^2.", "^N", "^n")))})
    assert labels(counter, 0, 1, 1, 0, 1) == ["1.", "1.1.", "1.2.", "2.", "2.1."]
    assert labels(counter, 0, 3, 3, 2, 3) == ["3.", "3.1.1.1.", "3.1.1.2.", "3.1.2", "3.1.2.1."]


def test_next_label_outlines_and_numbers_are_counted_apart_and_start_numbers_hold() -> None:
    numbering = Numbering((NumberLevel("제^1조", start=5), NumberLevel("")))
    counter = NumberCounter({1: numbering, 2: numbering})
    assert labels(counter, 0, 0) == ["제5조", "제6조"]
    assert labels(counter, 0, kind="outline") == ["제5조"]
    assert labels(counter, 0, number=2) == ["제5조"]
    assert labels(counter, 1, 0) == ["", "제7조"]
    assert labels(counter, 2, number=1) == [""]
    assert labels(counter, 0, number=9) == [""]


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("DIGIT", 12, "12"),
        ("CIRCLED_DIGIT", 3, "③"),
        ("ROMAN_CAPITAL", 4, "IV"),
        ("ROMAN_SMALL", 9, "ix"),
        ("LATIN_CAPITAL", 2, "B"),
        ("CIRCLED_LATIN_CAPITAL", 1, "Ⓐ"),
        ("HANGUL_SYLLABLE", 14, "하"),
        ("HANGUL_SYLLABLE", 15, "거"),
        ("HANGUL_SYLLABLE", 29, "고"),
        ("HANGUL_SYLLABLE", 99, "99"),
        ("HANGUL_SYLLABLE", 0, "0"),
        ("HANGUL_JAMO", 3, "ㄷ"),
        ("CIRCLED_HANGUL_SYLLABLE", 2, "㉯"),
        ("HANGUL_PHONETIC", 12, "십이"),
        ("IDEOGRAPH", 3, "三"),
        ("DECAGON_CIRCLE", 2, "을"),
        ("DECAGON_CIRCLE_HANJA", 1, "甲"),
        ("SYMBOL", 7, "7"),
    ],
)
def test_shown_number_in_each_kind_of_digits(name: str, number: int, shown: str) -> None:
    assert shown_number(number, name) == shown


def test_shown_number_every_format_of_hwp_has_signs() -> None:
    assert len(NUMBER_FORMATS) == 17
    assert [name for name in NUMBER_FORMATS[1:] if shown_number(1, name) == "1"] == []


@pytest.mark.parametrize(
    ("style", "level"),
    [
        ("개요 1", 1),
        ("개요 3", 3),
        ("개요 4", 0),
        ("Outline 2", 2),
        ("제목 2", 2),
        ("heading 1", 1),
        ("제목", 1),
        ("큰제목", 1),
        ("중제목", 2),
        ("소 제목", 3),
        ("세부 제목", 4),
        ("표 제목", 0),
        ("그림제목", 0),
        ("부제목", 0),
        ("바탕글", 0),
        ("사업개요", 0),
        ("제목 아래 글", 0),
    ],
)
def test_heading_level_of_style_names(style: str, level: int) -> None:
    assert heading_level(style) == level


def test_is_title_style_only_titles_of_documents() -> None:
    styles = ["제목", "문서 제목", "표지제목", "Title", "중제목", "표 제목", "Subtitle"]
    assert [style for style in styles if is_title_style(style)] == styles[:4]
