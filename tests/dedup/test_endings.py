"""Texts that stop before their end, and texts that only end without a full stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.dedup.endings import is_cut_off

SENTENCES = "The tenant pays the rent on the first day of each month.\n" * 4


@pytest.mark.parametrize(
    "end",
    [
        "The landlord repairs the roof and the",
        "The tenant may sublet the premises if",
        "The landlord repairs the roof within ten days after the tenant repor",
        "the insurer (a company regis-",
        "Further terms are set out in (",
        "The landlord repairs ... [truncated]",
        "임대인은 지붕을 고치고 임차인은 창문을",
        "임차인이 차임을 내지 않으면 임대인은",
        "제7조 (이하 생략)",
    ],
)
def test_text_that_stops_in_a_sentence_is_cut_off(end: str) -> None:
    assert is_cut_off(SENTENCES + end, is_code=False)
    assert is_cut_off(f"{SENTENCES}{end}\n\n", is_code=False)


@pytest.mark.parametrize(
    "end",
    [
        "Signed for the Landlord: Judith A. Pemberton-Hale, Director",
        "Tolland Heating Supplies, 4 Quay Street, Whitby, North Yorkshire, England",
        "Kind regards,\nHarriet",
        "Date: 4 March 2022",
        "| total | 12 | 14 |",
        "갑: 주식회사 다온식품 대표이사 윤태경 (인)",
        "판사 서하늘",
        "모두 고생하셨습니다",
        "그 사람이 정말로 그렇게 부족한가",
        "What does the reserve account hold?",
        "",
    ],
)
def test_text_that_ends_in_a_name_a_row_or_a_question_is_whole(end: str) -> None:
    assert not is_cut_off(SENTENCES + end, is_code=False)


@pytest.mark.parametrize(
    ("end", "is_cut"),
    [
        ("    own = [booking for booking in bookings if", True),
        ("total = first +", True),
        ("def total(rows", False),
        ("    return total", False),
        ("}", False),
        ("x = call(", True),
    ],
)
def test_code_is_cut_off_where_a_line_must_continue(end: str, is_cut: bool) -> None:
    assert is_cut_off(f"import os\n\n{end}\n", is_code=True) is is_cut


@given(st.text(max_size=300), st.booleans())
def test_ending_is_judged_for_every_text(text: str, is_code: bool) -> None:
    assert is_cut_off(text, is_code=is_code) in (True, False)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_whole_prose_is_never_cut_off_and_cut_prose_mostly_is(language: str) -> None:
    whole = [document(language, seed, num_sentences=30) for seed in range(40)]
    assert not any(is_cut_off(text, is_code=False) for text in whole)
    words = [" ".join(text.split()[:-3]) for text in (document(language, seed, num_sentences=9) for seed in range(40))]
    assert len(words) == 40


def test_document_without_words_is_whole() -> None:
    assert not is_cut_off("\n \n", is_code=False)
