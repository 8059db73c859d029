"""Values are found around candidates only; that must be what a search of the whole text finds, at linear cost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from growth import assert_linear
from hypothesis import example, given, settings
from hypothesis import strategies as st
from personal_data_cases import cases

from pipeline.clean.personal_values import find_personal_values, find_personal_values_everywhere, may_reveal_more
from pipeline.config.build import PersonalData

ALL = tuple(kind.value for kind in PersonalData)
TEXTS = [case.text for name in ("positive", "negative") for case in cases(name)]
VALUES = [case.text[start:end] for case in cases("positive") for start, end, _ in case.values]
WORDS = [
    "계좌 ",
    "전화 ",
    "여권 ",
    "passport ",
    "card ",
    "SSN ",
    "IP ",
    "국민은행 ",
    "면허 ",
    "주민번호 ",
    "품번 ",
    "홍길동 ",
]
NOISE = st.text(alphabet="0123456789-. ()+@:aAZ가|\n*–０_", max_size=12)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TEXTS) | st.sampled_from(VALUES) | st.sampled_from(WORDS) | NOISE, max_size=8))
@example(["1.1.1.1"])
@example(["여권 ", "A1B2C3D4E"])
@example(["+2019-12-31"])
def test_values_around_candidates_are_those_of_the_whole_text(pieces: list[str]) -> None:
    for text in ("".join(pieces), " ".join(pieces)):
        assert find_personal_values(text, ALL) == find_personal_values_everywhere(text, ALL)


def test_values_of_all_cases_together_are_those_of_the_whole_text() -> None:
    text = "\n\n".join(TEXTS)
    found = find_personal_values(text, ALL)
    assert len(found) > 300
    assert found == find_personal_values_everywhere(text, ALL)


@given(st.lists(st.sampled_from(TEXTS), max_size=6).map(" ".join))
def test_values_are_in_order_and_do_not_overlap(text: str) -> None:
    found = find_personal_values(text, ALL)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(text[value.start : value.end].strip() == text[value.start : value.end] for value in found)


FILLER = "그 밖의 사항은 따로 정한다. The rest is settled later. "
SPACED = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4).map((FILLER * 3).join)


@given(SPACED)
def test_values_nothing_more_is_found_once_masking_cannot_reveal_more(text: str) -> None:
    values = find_personal_values(text, ALL)
    masked = text
    for value in reversed(values):
        masked = masked[: value.start] + f"[{value.kind.upper()}-1]" + masked[value.end :]
    if not may_reveal_more(text, values):
        assert find_personal_values(masked, ALL) == []


@pytest.mark.parametrize(
    ("text", "reveals"),
    [
        (f"{FILLER * 4}call 010-1234-5678 now {FILLER * 4}", False),
        (f"{FILLER * 4}call 010-1234-5678 now, 1234-5678 {FILLER * 4}", True),
        (f"{FILLER * 4}call 010-1234-5678 now, a @ b {FILLER * 4}", True),
        (f"12345678 {FILLER * 4}call 010-1234-5678 now {FILLER * 4} 12345678", False),
        ("| phone | 010-1234-5678 |", True),
    ],
)
def test_may_reveal_more_looks_for_digits_near_the_values(text: str, reveals: bool) -> None:
    values = find_personal_values(text, ALL)
    assert len(values) == 1
    assert may_reveal_more(text, values) is reveals


HOSTILE = {
    "digits": "1",
    "zeros": "0",
    "addresses": "a@",
    "hosts": "a@a.a",
    "spaces": " ",
    "hyphens": "1-",
    "groups": "1-1-1-",
    "dots": "1.",
    "phones": "010-1234-5678 ",
    "names": "계좌 ",
    "named": "계좌 110-234-567890 ",
    "cells": "|110-234-567890",
    "rows": "110-234-567890|x\n",
    "brackets": "[PHONE-1]",
    "colons": "2001:",
    "letters": "A1B2",
    "plus": "+1 ",
    "parentheses": "(02) ",
    "ibans": "DE89 3704 0044 0532 0130 00 ",
    "lines": "\n",
    "wide": "０１０－",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_values_cost_of_hostile_text_is_linear(name: str) -> None:
    piece = HOSTILE[name]

    assert_linear(
        lambda text: find_personal_values(text, ALL), lambda num_chars: piece * (num_chars // len(piece)), size=2_000
    )
