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


PARALLEL = [
    (
        "The Purchaser shall pay the Purchase Price to the Seller on the Closing Date by wire transfer to the account "
        "designated by the Seller.",
        "매수인은 거래종결일에 매도인이 지정한 계좌로 매매대금을 송금한다.",
    ),
    (
        "The Seller represents and warrants that it is the sole legal and beneficial owner of the Shares, free and "
        "clear of any lien.",
        "매도인은 주식의 유일한 소유자이며 주식에 담보권이 없음을 보증한다.",
    ),
    (
        "If either party breaches any provision of this Agreement and fails to cure such breach within thirty days, "
        "the other party may terminate this Agreement.",
        "당사자가 계약을 위반하고 통지 후 30일 내에 시정하지 않으면 상대방은 해지할 수 있다.",
    ),
    (
        "Any dispute arising out of this Agreement shall be finally settled by arbitration in Seoul.",
        "이 계약에 관한 분쟁은 서울에서 중재로 해결한다.",
    ),
]


@pytest.mark.parametrize("between", ["\n", "\n\n", " ", " | "])
def test_contract_whose_sentences_are_all_translated_is_korean(between: str) -> None:
    for lines in (PARALLEL, PARALLEL * 8):
        assert detect_language(text="\n".join(between.join(pair) for pair in lines), domain="legal") == "ko"
        assert detect_language(text="\n".join(between.join(pair[::-1]) for pair in lines), domain="legal") == "ko"
    halves = ["\n".join(pair[side] for pair in PARALLEL) for side in (0, 1)]
    assert detect_language(text="\n\n".join(halves), domain="legal") == "ko"


def test_english_contract_with_two_korean_sentences_is_english() -> None:
    text = "\n".join(pair[0] for pair in PARALLEL * 2) + "\n" + "\n".join(pair[1] for pair in PARALLEL[:2])
    assert detect_language(text=text, domain="legal") == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("추가\n\nCreates a new line style using the current settings. Enter a name for the new line style.", "en"),
        ("존재\n\nInserts the symbol for a quantifier. Command for the window that shows it: exists", "en"),
        ("추가\n\nOpens the dialog of the printer. 대화 상자에서 용지를 선택하고 확인을 누르십시오.", "ko"),
        ("설치\n\n$ apt install the-package", UNKNOWN),
    ],
)
def test_short_section_of_english_prose_under_a_korean_title_is_english(text: str, language: str) -> None:
    assert section_language(text, otherwise=UNKNOWN) == language
