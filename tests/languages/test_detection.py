from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.language import detect_language
from pipeline.languages.detection import MAX_CHARS, script_counts, section_language

UNKNOWN = "??"
"""What the tests pass as the language of the document; it comes back for a section that does not tell."""

TEXTS = [
    (block[:3].strip(), block[3:].strip("\n"))
    for block in Path(__file__).with_name("texts_by_language.txt").read_text(encoding="utf-8").split("== ")[1:]
]
"""Texts of our own, each below the language that it is in: Korean with many Latin words, English with Korean words,
both languages one after the other, other languages, and numbers."""


def test_texts_by_language_are_many() -> None:
    counts = Counter(language for language, _ in TEXTS)
    assert counts["ko"] >= 20
    assert counts["en"] >= 12
    assert len({text for _, text in TEXTS}) == len(TEXTS) >= 45


@pytest.mark.parametrize(("expected", "text"), TEXTS)
def test_detect_language_of_texts_in_two_languages(expected: str, text: str) -> None:
    assert detect_language(text=text, domain="manual") == expected
    assert detect_language(text=f"{text}\n\n" * 60, domain="manual") == expected


@pytest.mark.parametrize(("expected", "text"), [row for row in TEXTS if row[0] in ("ko", "en")])
def test_section_language_is_that_of_the_section(expected: str, text: str) -> None:
    assert section_language(text, otherwise=UNKNOWN) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12,000 / 3.5",
        "x = y[3]",
        "Fig. 3",
        "네",
        "docker compose up --detach --build",
        "DN 50, PN 16, EN 1092-1",
        *(text for expected, text in TEXTS if expected not in ("ko", "en")),
    ],
)
def test_section_language_of_a_section_that_does_not_tell_is_that_of_the_document(text: str) -> None:
    assert section_language(text, otherwise=UNKNOWN) == UNKNOWN


@given(st.text(max_size=60))
def test_script_counts_are_those_of_the_letters(text: str) -> None:
    counts = script_counts(text)
    assert counts["hangul"] == sum(
        "가" <= char <= "힣" or "ㄱ" <= char <= "ㅎ" or "ㅏ" <= char <= "ㅣ" for char in text
    )
    assert counts["latin"] == sum((char.isascii() and char.isalpha()) or "À" <= char <= "ɏ" for char in text)
    assert counts["han"] == sum("一" <= char <= "鿿" for char in text)


def test_script_counts_of_surrogates_and_other_planes_are_zero() -> None:
    assert not any(script_counts("\ud800😀𝒜\U00020000").values())


def test_section_language_reads_a_bounded_part() -> None:
    english = "The tenant shall repair the boiler and return it to the landlord. "
    assert (
        section_language(english * (MAX_CHARS // len(english) + 1) + "갑은 을에게 " * 9_999, otherwise=UNKNOWN) == "en"
    )
