"""Sums of money of each language: with the rate and limit that belong to them, and the name they are given."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules


def sums(language: str, text: str) -> list[tuple[str, str]]:
    rules = language_rules(language).legal.money
    assert rules is not None
    found = []
    for match in rules.money.finditer(text):
        start, end, name = rules.read_sum(text, match.start(), match.end(), 0, len(text))
        found.append((text[start:end], name))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("보증금은 금 50,000,000원으로 한다.", [("금 50,000,000원", "보증금")]),
        ("차임은 매월 금 1,200,000원으로 한다.", [("매월 금 1,200,000원", "차임")]),
        ("임대료는 월 50만원이며", [("월 50만원", "임대료")]),
        ("위약금은 2억 5천만 원이다.", [("2억 5천만 원", "위약금")]),
        ("연체료는 1일당 5,000원 이하로 한다.", [("1일당 5,000원 이하", "")]),
        ("1억원 한도에서 3천만 원을 낸다.", [("1억원 한도", ""), ("3천만 원", "")]),
        ("일금 이천만원을 빌린다.", [("일금 이천만원", "")]),
        ("갑은 100원으로 산다.", [("100원", "")]),
        ("원본 300원금을 300원고가", []),
    ],
)
def test_korean_sum_has_its_rate_limit_and_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert sums("ko", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The rent is USD 2,900.00 per month.", [("USD 2,900.00 per month", "")]),
        ("USD 205 per month (the “Storage Fee”)", [("USD 205 per month", "Storage Fee")]),
        ('a fee of $500 (the "Setup Fee")', [("$500", "Setup Fee")]),
        ("up to EUR 1 million per claim", [("up to EUR 1 million per claim", "")]),
        ("Tenant pays $200 for each Missed Visit.", [("$200 for each Missed Visit", "")]),
        ("The annual fee is $1,200 per year.", [("$1,200 per year", "annual fee")]),
        ("The late fee shall be not more than £50 a month", [("not more than £50 a month", "late fee")]),
        ("4,000 dollars, at least ₩900", [("4,000 dollars", ""), ("at least ₩900", "")]),
        ("Model X$500, $5% and 12$", []),
        ("from $10 to $20 (the “Range”)", [("$10", ""), ("$20", "Range")]),
    ],
)
def test_english_sum_has_its_rate_limit_and_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert sums("en", text) == expected


def test_sum_takes_nothing_from_outside_its_provision() -> None:
    rules = language_rules("en").legal.money
    assert rules is not None
    text = "The fee is at least $40 per month"
    start = text.index("$40")
    assert rules.read_sum(text, start, start + 3, start, start + 3) == (start, start + 3, "")
    assert rules.read_sum(text, start, start + 3, 0, len(text)) == (text.index("at least"), len(text), "")
