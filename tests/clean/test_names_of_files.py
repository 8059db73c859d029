"""Personal data in names of files, titles and licences."""

from __future__ import annotations

import pytest

from pipeline.clean.names import MAX_NAME_CHARS, clean_line, mask_name
from pipeline.config.build import PersonalData

ALL = [kind.value for kind in PersonalData]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("lease_010-1234-5678_final.txt", "lease_[PHONE]_final.txt"),
        ("a/010-1234-5678/b.txt", "a/[PHONE]/b.txt"),
        ("kim@example.com/letter.txt", "[EMAIL]/letter.txt"),
        ("주민번호_810219-1510272_김민수.txt", "주민번호_[RRN]_김민수.txt"),
        ("계약_2024_03_05.txt", "계약_2024_03_05.txt"),
        ("no_digits_here.txt", "no_digits_here.txt"),
        ("plain.txt", "plain.txt"),
    ],
)
def test_name_is_masked_and_underscores_part_its_words(name: str, masked: str) -> None:
    assert mask_name(name, ALL) == masked


def test_name_is_masked_for_the_kinds_asked_for_only() -> None:
    assert mask_name("kim@example.com_010-1234-5678", ["phone"]) == "kim@example.com_[PHONE]"
    assert mask_name("kim@example.com_010-1234-5678", []) == "kim@example.com_010-1234-5678"


def test_line_is_one_masked_line_of_200_characters() -> None:
    assert clean_line(" Lease of\n kim@example.com\u00a0today ", ALL) == "Lease of [EMAIL] today"
    assert clean_line("x" * 201, ALL) == "x" * MAX_NAME_CHARS == "x" * 200
    assert clean_line("x" * 199 + " yz", ALL) == "x" * 199
    assert clean_line("call 010-1234-5678", ["email"]) == "call 010-1234-5678"
