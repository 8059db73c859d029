"""The order of dates: right on documents whose dates are known, refused where one is unread, shared or equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import ask, findings, refused, slots_of

from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.timeline import (
    TASK,
    TIMELINE_ALL,
    TIMELINE_BETWEEN,
    TIMELINE_FIRST,
    TIMELINE_LIST,
    TIMELINE_ORDER,
    TIMELINE_RULINGS,
)

MONTH_NAMES = "January February March April May June July August September October November December"
MONTHS = tuple(MONTH_NAMES.split())
DAYS = st.dates(date(1985, 1, 1), date(2030, 12, 31))
DEEDS = (
    "the buyer inspected the timber stacks at the wharf",
    "the surveyor measured the northern boundary again",
    "the carrier delivered forty crates of glass jars",
    "the bailiff locked the workshop in Mill Street",
    "the insurer rejected the claim about the roof",
    "the tenant returned both keys to the caretaker",
    "the council granted a licence for the new kiln",
    "the seller repaired the pump in the cellar",
    "the widow transferred her shares to a nephew",
    "the court appointed an expert for the masonry",
)
KOREAN_DEEDS = (
    "피고에게 창고 열쇠를 모두 돌려주었다",
    "공사 현장의 북쪽 담장을 다시 측량하였다",
    "유리병 마흔 상자를 부두에서 인도하였다",
    "지붕 보수에 관한 보험금 청구를 거절하였다",
    "새 가마의 설치 허가를 시청에 신청하였다",
    "지하실 배수 펌프를 자기 비용으로 수리하였다",
    "자기 주식을 조카에게 무상으로 양도하였다",
    "벽돌 공사의 감정인을 새로 선임하였다",
)
FILLER = "The parties argued at length about the colour of the gate, which nobody had measured or photographed. " * 6
KOREAN_FILLER = "당사자들은 대문의 색깔을 두고 오래 다투었으나 누구도 이를 재거나 사진으로 남기지 아니하였다. " * 8


def english(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def korean(day: date) -> str:
    return f"{day.year}. {day.month}. {day.day}."


def timeline(text: str, language: str = "en") -> Findings:
    return findings(text, "timeline", domain="legal", language=language)


def of_form(found: Findings, form: Form) -> list[StructuralFact]:
    return [fact for fact in found.facts if fact.form is form]


def lease(days: Sequence[date], *, closing: str = "") -> str:
    told = " ".join(f"On {english(day)} {DEEDS[at]}." for at, day in enumerate(days))
    return f"LEASE\n\nSection 1. History\n\n{told}{closing}\n\nSection 2. Keys\n\nTenant returns the keys.\n"


def judgment(days: Sequence[date]) -> str:
    told = "\n\n".join(f"[{at + 1}] On {english(day)} {DEEDS[at]}. {FILLER}" for at, day in enumerate(days))
    return f"HIGH COURT OF TARN\n\nCase No. 12\n\nJUDGMENT\n\n{told}\n"


def korean_judgment(days: Sequence[date]) -> str:
    told = "\n\n".join(
        f"{'가나다라마바사아'[at]}. 원고는 {korean(day)} {KOREAN_DEEDS[at]}. {KOREAN_FILLER}"
        for at, day in enumerate(days)
    )
    return f"한결지방법원\n판결\n\n이유\n\n1. 기초사실\n\n{told}\n\n2. 판단\n\n원고의 청구를 받아들인다.\n"


@settings(max_examples=40, deadline=None)
@given(days=st.lists(DAYS, min_size=3, max_size=8, unique=True))
def test_timeline_of_a_section_lists_all_dates_in_order(days: list[date]) -> None:
    text = lease(days)
    found = timeline(text)
    (fact,) = (*of_form(found, TIMELINE_LIST),)
    by_day = {day: DEEDS[at] for at, day in enumerate(days)}
    assert fact.answer.splitlines() == [f"{english(day)}: On {english(day)} {by_day[day]}." for day in sorted(by_day)]
    assert slots_of(fact)["clause"] == "Section 1 (History)"
    assert len(fact.spans) == len(days)
    (whole,) = of_form(found, TIMELINE_ALL)
    assert whole.answer == fact.answer


@settings(max_examples=20, deadline=None)
@given(days=st.lists(DAYS, min_size=3, max_size=5, unique=True))
def test_timeline_with_an_equal_date_is_refused(days: list[date]) -> None:
    found = timeline(lease([*days, days[0]]))
    assert not of_form(found, TIMELINE_LIST) and not of_form(found, TIMELINE_ALL)
    assert ("equal_dates", "Section 1") in refused(found)


@pytest.mark.parametrize(
    ("closing", "reason"),
    [
        (" The goods arrived on 03/04/2021.", "unread_date"),
        (" The court sat on 4, 5 and 9 May 2019.", "unread_date"),
        (" It relies on an Act (5 May 1999) about markets.", "date_in_brackets"),
        (" It was open from 4 May 2019 to 9 June 2020.", "several_dates_in_sentence"),
    ],
)
def test_timeline_with_an_uncertain_date_is_refused(closing: str, reason: str) -> None:
    found = timeline(lease([date(2001, 1, 2), date(2002, 2, 3), date(2003, 3, 4)], closing=closing))
    assert not of_form(found, TIMELINE_LIST)
    assert (reason, "Section 1") in refused(found)


@settings(max_examples=30, deadline=None)
@given(days=st.lists(DAYS, min_size=9, max_size=10, unique=True))
def test_timeline_between_two_dates_has_exactly_those_inside(days: list[date]) -> None:
    found = of_form(timeline(judgment(days)), TIMELINE_BETWEEN)
    assert found
    written = {english(day): day for day in days}
    for fact in found:
        first, last = (written[slots_of(fact)[name]] for name in ("first", "last"))
        inside = sorted(day for day in days if first < day < last)
        assert len(inside) >= 3
        assert [line.partition(":")[0] for line in fact.answer.splitlines()] == [english(day) for day in inside]


@settings(max_examples=30, deadline=None)
@given(days=st.lists(DAYS, min_size=3, max_size=8, unique=True))
def test_timeline_of_english_events_is_in_order(days: list[date]) -> None:
    found = timeline(judgment(days))
    facts = [*of_form(found, TIMELINE_ORDER), *of_form(found, TIMELINE_FIRST)]
    assert facts
    dated = {DEEDS[at]: day for at, day in enumerate(days)}
    for fact in facts:
        asked = sorted((value for name, value in fact.slots), key=lambda deed: dated[deed])
        lines = [f"{english(dated[deed])}: {deed}" for deed in asked]
        assert fact.answer.splitlines() == (lines if fact.form is TIMELINE_ORDER else lines[:1])
        assert fact.form.family is TaskFamily.ORDER
        assert fact.spans[-1].start - fact.spans[0].end > 1000


@settings(max_examples=20, deadline=None)
@given(days=st.lists(DAYS, min_size=3, max_size=8, unique=True))
def test_timeline_of_korean_events_is_in_order(days: list[date]) -> None:
    found = timeline(korean_judgment(days), "ko")
    facts = [*of_form(found, TIMELINE_ORDER), *of_form(found, TIMELINE_FIRST)]
    assert facts
    dated = {f"원고는 … {KOREAN_DEEDS[at]}": day for at, day in enumerate(days)}
    for fact in facts:
        asked = sorted((value for name, value in fact.slots), key=lambda deed: dated[deed])
        lines = [f"{korean(dated[deed])}: {deed}" for deed in asked]
        assert fact.answer.splitlines() == (lines if fact.form is TIMELINE_ORDER else lines[:1])


@pytest.mark.parametrize(
    "sentence",
    [
        "If on {day} the buyer inspected the timber stacks, the price falls.",
        "The seller shall repair the pump in the cellar on {day}.",
        "The lease of the workshop in Mill Street ends on {day}.",
        "The clerk heard three long witnesses and closed the office on {day}.",
        "They were all taken away by a carrier on {day}.",
    ],
)
def test_timeline_of_what_is_no_event_is_not_asked(sentence: str) -> None:
    days = [date(2001, 1, 2), date(2002, 2, 3), date(2003, 3, 4)]
    told = "\n\n".join(f"[{at + 1}] {sentence.format(day=english(day))} {FILLER}" for at, day in enumerate(days))
    found = timeline(f"HIGH COURT OF TARN\n\nCase No. 12\n\nJUDGMENT\n\n{told}\n")
    assert not of_form(found, TIMELINE_ORDER) and not of_form(found, TIMELINE_FIRST)


@settings(max_examples=15, deadline=None)
@given(days=st.lists(st.dates(date(1990, 1, 1), date(2020, 12, 31)), min_size=5, max_size=8, unique=True))
def test_timeline_of_a_digest_puts_rulings_in_order(days: list[date]) -> None:
    titles = [f"{'갑을병정무기경신'[at]}이 나룻배를 나누어 판 경우의 납세의무자는?" for at in range(len(days))]
    text = "해석·재결례 모음\n\n" + "\n\n---\n\n".join(
        f"[{day.isoformat()}] {title}\n\n나룻배를 판 대금을 나눈 경우에는 {title[0]}에게 납세의무가 있는 것임."
        for day, title in zip(days, titles, strict=True)
    )
    facts = of_form(timeline(text, "ko"), TIMELINE_RULINGS)
    assert facts
    dated = dict(re.findall(r"^\[(\S+)\] (.+)$", text, re.MULTILINE))
    for fact in facts:
        lines = [line.partition(": ") for line in fact.answer.splitlines()]
        assert [line[0] for line in lines] == sorted(line[0] for line in lines)
        assert all(dated[day] in label for day, _, label in lines)
        assert len(lines) == 3


def test_timeline_task_serves_legal_texts() -> None:
    assert set(TASK.finds) == {"legal"}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_timeline_facts_are_chosen_beside_those_of_other_tasks(language: str) -> None:
    days = [date(2000 + at, 1 + at, 3 + at) for at in range(8)]
    text = judgment(days) if language == "en" else korean_judgment(days)
    candidates, _ = ask(text, domain="legal", language=language, max_questions=8)
    tasks = {candidate.task for candidate in candidates}
    assert "timeline" in tasks and len(tasks) > 1
    assert all(candidate.checks.answer_support == 1.0 for candidate in candidates if candidate.task == "timeline")
