"""Time limits of several provisions in order: right on contracts whose limits are known, refused if undecided."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.limit_order import LIMIT_LONGEST, LIMIT_ORDER

TITLES = ("Rent", "Deposit", "Repairs", "Notices", "Insurance", "Keys", "Garden", "Heating")
KOREAN = ("차임", "보증금", "수선", "통지", "보험", "열쇠", "난방", "주차")
FILLER = "The parties may not change the colour of the gate without a letter from the council. " * 4
KOREAN_FILLER = "당사자는 시청의 서면 없이 대문의 색깔을 바꾸지 못한다. " * 8


def contract(limits: Sequence[str]) -> str:
    return "LEASE\n\n" + "\n\n".join(
        f"Section {at + 1}. {TITLES[at]}\n\nTenant shall answer the letter within {limit} after receipt. {FILLER}"
        for at, limit in enumerate(limits)
    )


def korean_contract(limits: Sequence[str]) -> str:
    return "임대차계약서\n\n" + "\n\n".join(
        f"제{at + 1}조 ({KOREAN[at]}) 을은 통지를 받은 날부터 {limit} 이내에 회신하여야 한다. {KOREAN_FILLER}"
        for at, limit in enumerate(limits)
    )


def limit_order(text: str, language: str) -> Findings:
    return findings(text, "limit_order", domain="legal", language=language)


DAYS = st.lists(st.integers(1, 300), min_size=3, max_size=8, unique=True)


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=20, deadline=None)
@given(days=DAYS)
def test_limit_order_is_that_of_the_days(language: str, days: list[int]) -> None:
    written = {f"{count} days" if language == "en" else f"{count}일": count for count in days}
    text = contract(list(written)) if language == "en" else korean_contract(list(written))
    titles = TITLES if language == "en" else KOREAN
    facts = limit_order(text, language).facts
    assert {fact.form for fact in facts} <= {LIMIT_ORDER, LIMIT_LONGEST} and facts
    for fact in facts:
        asked = [next(at for at, title in enumerate(titles) if title in clause) for _, clause in fact.slots]
        ordered = sorted((days[at], at) for at in asked)
        told = [(titles[at], str(count)) for count, at in ordered]
        lines = fact.answer.splitlines()
        expected = told if fact.form is LIMIT_ORDER else told[-1:]
        assert len(lines) == len(expected)
        assert all(title in line and count in line for line, (title, count) in zip(lines, expected, strict=True))
        assert set(slots_of(fact)) == {"one", "two", "three"}


@pytest.mark.parametrize(
    "limits",
    [
        ("30 days", "one month", "10 days"),
        ("10 days", "10 days", "20 days"),
        ("5 Business Days", "5 days", "7 days"),
        ("ten to fifteen days", "20 days", "30 days"),
    ],
)
def test_limit_order_of_undecided_limits_is_not_asked(limits: tuple[str, str, str]) -> None:
    assert not limit_order(contract(limits), "en").facts
    assert limit_order(contract(("10 days", "20 days", "40 days")), "en").facts


def test_limit_order_over_units_is_asked_if_certain() -> None:
    (fact, *_) = limit_order(contract(("six (6) months", "48 hours", "two weeks")), "en").facts
    assert [line.partition(": ")[2] for line in fact.answer.splitlines()] == [
        "within 48 hours after receipt",
        "within two weeks after receipt",
        "within six (6) months after receipt",
    ]
