"""The largest and the smallest sum of money: right on contracts whose sums are known, refused where one is unread."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.tasks.extreme import (
    EXTREME_LARGEST,
    EXTREME_LARGEST_OF_ALL,
    EXTREME_SMALLEST,
    EXTREME_SMALLEST_OF_ALL,
)

_TITLES = ("Rent", "Deposit", "Repairs", "Notices", "Insurance", "Keys", "Garden", "Heating")
_KOREAN = ("차임", "보증금", "수선", "통지", "보험", "열쇠", "난방", "주차")


def extreme(text: str, language: str = "en") -> Findings:
    return findings(text, "extreme", domain="legal", language=language)


def one(found: Findings, form: object) -> StructuralFact:
    (fact,) = (fact for fact in found.facts if fact.form is form)
    return fact


@settings(max_examples=30, deadline=None)
@given(sums=st.lists(st.integers(1, 9_000_000), min_size=3, max_size=8, unique=True))
def test_extreme_english_contract(sums: list[int]) -> None:
    written = [f"USD {value:,}" if value % 3 else f"USD {value}.00" for value in sums]
    text = "LEASE\n\n" + "\n\n".join(
        f"Section {at + 1}. {_TITLES[at]}\n\nTenant shall pay {money} to Landlord for this matter."
        for at, money in enumerate(written)
    )
    found = extreme(text)
    for form, value in ((EXTREME_LARGEST_OF_ALL, max(sums)), (EXTREME_SMALLEST_OF_ALL, min(sums))):
        at = sums.index(value)
        fact = one(found, form)
        assert fact.answer == f"{written[at]}: Section {at + 1} ({_TITLES[at]})"
        assert sum("Tenant shall pay" in text[span.start : span.end] for span in fact.spans) == len(sums)


@settings(max_examples=30, deadline=None)
@given(sums=st.lists(st.integers(1, 99_999), min_size=3, max_size=8, unique=True), data=st.data())
def test_extreme_korean_contract_compares_units_and_figures(sums: list[int], data: st.DataObject) -> None:
    values = [value * 10_000 for value in sums]
    written = [
        data.draw(st.sampled_from([f"{value:,}원", f"금 {value:,}원", f"{value // 10_000:,}만원"])) for value in values
    ]
    text = "임대차계약서\n\n" + "\n\n".join(
        f"제{at + 1}조 ({_KOREAN[at]}) 을은 갑에게 이 사항에 관하여 {money}을 지급하여야 한다."
        for at, money in enumerate(written)
    )
    found = extreme(text, "ko")
    for form, value in ((EXTREME_LARGEST_OF_ALL, max(values)), (EXTREME_SMALLEST_OF_ALL, min(values))):
        at = values.index(value)
        assert one(found, form).answer.replace(" ", "") == f"{written[at]}:제{at + 1}조({_KOREAN[at]})".replace(" ", "")


@settings(max_examples=20, deadline=None)
@given(sums=st.lists(st.integers(1, 900_000), min_size=3, max_size=6, unique=True))
def test_extreme_of_one_section_quotes_the_sentence(sums: list[int]) -> None:
    told = [f"Tenant shall pay EUR {value:,} for item {at} of the plan." for at, value in enumerate(sums)]
    text = f"LEASE\n\nSection 1. Rent\n\n{' '.join(told)}\n\nSection 2. Keys\n\nTenant returns the keys.\n"
    found = extreme(text)
    for form, value in ((EXTREME_LARGEST, max(sums)), (EXTREME_SMALLEST, min(sums))):
        fact = one(found, form)
        assert slots_of(fact)["clause"] == "Section 1 (Rent)"
        assert fact.answer == f"EUR {value:,}: {told[sums.index(value)]}"


def contract(*sums: str) -> str:
    return "LEASE\n\n" + "\n\n".join(
        f"Section {at + 1}. {_TITLES[at]}\n\nTenant shall pay {money} to Landlord for this matter."
        for at, money in enumerate(sums)
    )


def test_extreme_other_currencies_and_unread_money_are_refused() -> None:
    assert extreme(contract("USD 5", "USD 6", "USD 7")).facts
    for strange, reason in (
        ("EUR 9", "several_currencies"),
        ("nine million dollars", "other_money"),
        ("USD 9M", "unread_sum"),
        ("USD 1-2 million", "unread_sum"),
    ):
        found = extreme(contract("USD 5", "USD 6", "USD 7", strange))
        assert not found.facts, strange
        assert (reason, "document") in refused(found)


@pytest.mark.parametrize(("joint", "is_asked"), [("\n2) ", False), ("\n- ", False), (", ", True)])
def test_extreme_of_a_list_does_not_quote_several_items_as_a_sentence(joint: str, is_asked: bool) -> None:
    told = joint.join(["대여금 300,000원", "수리비 400,000원과 운반비 900,000원을 피고가 원고에게 주지 않았다."])
    first = "" if is_asked else joint.strip().replace("2", "1") + " "
    text = f"임대차계약서\n\n제1조 (비용)\n{first}{told}\n\n제2조 (열쇠) 을은 열쇠를 돌려준다.\n"
    found = extreme(text, "ko")
    assert any(fact.form is EXTREME_LARGEST for fact in found.facts) is is_asked
