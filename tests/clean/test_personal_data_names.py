"""File names, titles and licences are masked like text; in names, underscores separate words; long ones are cut."""

from __future__ import annotations

import pytest

from pipeline.clean.personal_data import MAX_NAME_CHARS, clean_line, mask_name
from pipeline.config.build import PersonalData

KINDS = ("rrn", "phone", "email", "card", "account", "brn", "ip")
ALL = [kind.value for kind in PersonalData]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("lease.txt", "lease.txt"),
        ("call 010-1847-2936.txt", "call [PHONE-1].txt"),
        ("call_010-1847-2936_again.txt", "call_[PHONE-1]_again.txt"),
        ("in/원고(810219-1510272)/a_b.txt", "in/원고([RRN-1])/a_b.txt"),
        ("to_ada@example.com", None),
        ("no_digits_here", "no_digits_here"),
        ("2024_report_17.txt", "2024_report_17.txt"),
    ],
)
def test_mask_name_finds_numbers_between_underscores(name: str, masked: str | None) -> None:
    found = mask_name(name, KINDS)
    assert found == masked if masked is not None else "ada@example.com" not in found
    assert "\ue000" not in found


def test_mask_name_looks_for_the_kinds_it_is_told() -> None:
    assert mask_name("call_010-1847-2936.txt", ("rrn",)) == "call_010-1847-2936.txt"
    assert mask_name("call_010-1847-2936.txt", ()) == "call_010-1847-2936.txt"


@pytest.mark.parametrize("number", [MAX_NAME_CHARS - 1, MAX_NAME_CHARS, MAX_NAME_CHARS + 1])
def test_clean_line_is_cut_at_two_hundred_characters(number: int) -> None:
    assert clean_line("x" * number, KINDS) == "x" * min(number, 200)


def test_clean_line_is_one_masked_line_without_space_at_its_end() -> None:
    assert clean_line(" Call\n010-1847-2936\tnow ", KINDS) == "Call [PHONE-1] now"
    assert clean_line("x" * 199 + " y", KINDS) == "x" * 199


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("lease_010-1234-5678_final.txt", "lease_[PHONE-1]_final.txt"),
        ("a/010-1234-5678/b.txt", "a/[PHONE-1]/b.txt"),
        ("kim@example.com/letter.txt", "[EMAIL-1]/letter.txt"),
        ("주민번호_810219-1510272_김민수.txt", "주민번호_[RRN-1]_김민수.txt"),
        ("계약_2024_03_05.txt", "계약_2024_03_05.txt"),
        ("no_digits_here.txt", "no_digits_here.txt"),
        ("plain.txt", "plain.txt"),
    ],
)
def test_name_is_masked_and_underscores_part_its_words(name: str, masked: str) -> None:
    assert mask_name(name, ALL) == masked


def test_name_is_masked_for_the_kinds_asked_for_only() -> None:
    assert mask_name("kim@example.com_010-1234-5678", ["phone"]) == "kim@example.com_[PHONE-1]"
    assert mask_name("kim@example.com_010-1234-5678", []) == "kim@example.com_010-1234-5678"


def test_line_is_one_masked_line_of_200_characters() -> None:
    assert clean_line(" Lease of\n kim@example.com\u00a0today ", ALL) == "Lease of [EMAIL-1] today"
    assert clean_line("x" * 201, ALL) == "x" * MAX_NAME_CHARS == "x" * 200
    assert clean_line("x" * 199 + " yz", ALL) == "x" * 199
    assert clean_line("call 010-1234-5678", ["email"]) == "call 010-1234-5678"
