"""Names of files, titles and licences: masked as text is, with underscores between words, and cut."""

from __future__ import annotations

import pytest

from pipeline.clean.names import MAX_NAME_CHARS, clean_line, mask_name

KINDS = ("rrn", "phone", "email", "card", "account", "brn", "ip")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("lease.txt", "lease.txt"),
        ("call 010-1847-2936.txt", "call [PHONE].txt"),
        ("call_010-1847-2936_again.txt", "call_[PHONE]_again.txt"),
        ("in/원고(810219-1510272)/a_b.txt", "in/원고([RRN])/a_b.txt"),
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
    assert clean_line(" Call\n010-1847-2936\tnow ", KINDS) == "Call [PHONE] now"
    assert clean_line("x" * 199 + " y", KINDS) == "x" * 199
