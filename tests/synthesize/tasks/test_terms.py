"""Defined terms of a provision: all of them where the provision is a list of definitions, refused otherwise."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused

from pipeline.synthesize.structural.facts import Findings

_TERMS = ("Business Day", "Rent Day", "Works", "Premises", "Term", "Notice", "Keys", "Yard")
_KOREAN = ("영업일", "목적물", "차임", "보증금", "관리비", "명도일", "공용부분")


def terms(text: str, language: str = "en") -> Findings:
    return findings(text, "terms", domain="legal", language=language)


def lease(lines: list[str]) -> str:
    return (
        "LEASE\n\nSection 1. Definitions\n\n" + "\n\n".join(lines) + "\n\nSection 2. Keys\n\nTenant keeps the keys.\n"
    )


def meaning(term: str, number: int) -> str:
    return f"“{term}” means the thing that Landlord describes in the plan number {number} of the house."


@settings(max_examples=30, deadline=None)
@given(chosen=st.lists(st.sampled_from(_TERMS), min_size=3, max_size=8, unique=True), is_led=st.booleans())
def test_terms_english_list_in_order(chosen: list[str], is_led: bool) -> None:
    lines = [meaning(term, number) for number, term in enumerate(chosen)]
    (fact,) = terms(lease(["In this lease the following applies:", *lines] if is_led else lines)).facts
    assert fact.answer.split("\n") == [f"{len(chosen)} in all:", *chosen]
    assert dict(fact.slots)["clause"] == "Section 1 (Definitions)"


@settings(max_examples=30, deadline=None)
@given(chosen=st.lists(st.sampled_from(_KOREAN), min_size=3, max_size=7, unique=True))
def test_terms_korean_items_in_order(chosen: list[str]) -> None:
    items = "\n".join(
        f"{number}. “{term}”이란 갑이 을에게 도면 {number}번으로 알려 준 것을 말한다."
        for number, term in enumerate(chosen, start=1)
    )
    first = "제1조 (정의) 이 계약에서 쓰는 말의 뜻은 다음과 같다."
    text = f"임대차계약서\n\n{first}\n{items}\n\n제2조 (열쇠) 을은 열쇠를 보관한다.\n"
    (fact,) = terms(text, "ko").facts
    assert fact.answer.split("\n") == [f"모두 {len(chosen)}개입니다.", *chosen]


def test_terms_paragraph_that_defines_nothing_is_refused() -> None:
    lines = [meaning(term, number) for number, term in enumerate(_TERMS[:4])]
    assert terms(lease(lines)).facts
    for strange in (
        "Tenant also knows what a “Gate” could be from the plan.",
        "“Gate” or “Door” means the thing at the end of the yard.",
        "“Gate” is to be read as the thing at the end of the yard.",
    ):
        found = terms(lease([*lines[:2], strange, *lines[2:]]))
        assert not found.facts, strange
        assert {why for why, _ in refused(found)} <= {"uncertain_entries", "several_names"}


def test_terms_term_in_brackets_inside_another_definition_is_refused() -> None:
    lines = [meaning(term, number) for number, term in enumerate(_TERMS[:4])]
    assert terms(lease(lines)).facts
    for bracket in ("(“Term”)", '("Term")', "(the “Fixed Term”)"):
        inner = lines[2].replace("the house", f"the house for one year {bracket}")
        found = terms(lease([*lines[:2], inner, *lines[3:]]))
        assert not found.facts
        assert ("term_in_brackets", "Section 1") in refused(found)
