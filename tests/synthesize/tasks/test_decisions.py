"""Decisions that minutes record: right on minutes whose items are known, refused if a list or an owner is uncertain."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.decisions import DECISIONS_BROUGHT_UP, DECISIONS_OF_OWNER, DECISIONS_OWNERS

OWNERS = ("D. Osei", "H. Beaulieu", "T. Reyes")
KOREAN_OWNERS = ("정한길", "서유진", "오세라")
SPEAKERS = ("Mara Lind", "Declan Osei", "Yuki Arai")
THINGS = ("battery", "housing", "antenna", "mould", "ribbon", "gasket", "display", "hinge")
KOREAN_THINGS = ("배수구", "책수레", "유도등", "복합기", "서가", "출입문", "난방기", "게시판")


def minutes(owners: list[int | None], *, first: int = 31) -> tuple[str, list[tuple[str, str]]]:
    """English minutes with one turn and one recorded decision an item, and the labels and words of the items."""
    items = [
        (f"D-{first + at}", f"New {THINGS[at]} ordered.{'' if owner is None else f' Owner: {OWNERS[owner]}.'}")
        for at, owner in enumerate(owners)
    ]
    turns = [
        f"[10:{at:02}] {SPEAKERS[at % 3]}: Then {label} is settled and we buy another {THINGS[at]} in spring."
        for at, (label, _) in enumerate(items)
    ]
    recorded = "\n".join(f"{label}  {words}" for label, words in items)
    return f"Steering group, 22 May\n\n{chr(10).join(turns)}\n\nDECISIONS\n\n{recorded}\n\nSigned.\n", items


def korean_minutes(owners: list[int | None]) -> tuple[str, list[tuple[str, str]]]:
    charge = [f" 담당 {KOREAN_OWNERS[owner]}, 5월 9일까지." if owner is not None else "" for owner in owners]
    items = [(f"4-{at + 1}", f"{KOREAN_THINGS[at]} 구입.{words}") for at, words in enumerate(charge)]
    turns = "\n\n".join(
        f"[10:{at:02}] {('김도현', '박민재')[at % 2]}: {KOREAN_THINGS[at]}는 봄에 새로 사겠습니다."
        for at in range(len(items))
    )
    recorded = "\n".join(f"{label}. {words}" for label, words in items)
    return f"운영위원회 회의록\n\n일시: 목요일\n\n{turns}\n\n결정 사항\n{recorded}\n", items


def decisions(text: str, language: str = "en") -> Findings:
    return findings(text, "decisions", domain="dialogue", language=language)


def of_form(found: Findings, form: Form) -> list[StructuralFact]:
    return [fact for fact in found.facts if fact.form is form]


CHOICES = st.lists(st.sampled_from([None, 0, 1, 2]), min_size=3, max_size=8)


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=25, deadline=None)
@given(owners=CHOICES)
def test_decisions_owners_are_those_written(language: str, owners: list[int | None]) -> None:
    text, items = minutes(owners) if language == "en" else korean_minutes(owners)
    names = OWNERS if language == "en" else KOREAN_OWNERS
    owned = [(item, names[owner]) for item, owner in zip(items, owners, strict=True) if owner is not None]
    found = decisions(text, language)
    tables = of_form(found, DECISIONS_OWNERS)
    assert len(tables) == (len(owned) >= 3)
    for table in tables:
        assert table.answer.splitlines()[2:] == [f"| {label} | {name} | {words} |" for (label, words), name in owned]
    by_name: dict[str, list[str]] = defaultdict(list)
    for (label, words), name in owned:
        by_name[name].append(f"{label}: {words}")
    lists = {slots_of(fact)["name"]: fact.answer.splitlines() for fact in of_form(found, DECISIONS_OF_OWNER)}
    expected = {name: lines for name, lines in by_name.items() if 2 <= len(lines) < len(items)}
    assert {name: lines[1:] for name, lines in lists.items()} == (expected if tables else {})
    assert all(str(len(lines) - 1) in lines[0] for lines in lists.values())


@settings(max_examples=15, deadline=None)
@given(owners=st.lists(st.sampled_from([None, 0, 1, 2]), min_size=6, max_size=8), first=st.integers(2, 80))
def test_decisions_brought_up_joins_the_turn_and_the_record(owners: list[int | None], first: int) -> None:
    text, items = minutes(owners, first=first)
    facts = {slots_of(fact)["label"]: fact for fact in of_form(decisions(text), DECISIONS_BROUGHT_UP)}
    assert set(facts) == {label for label, _ in items}
    for at, (label, words) in enumerate(items):
        assert facts[label].answer == f"{SPEAKERS[at % 3]}. {label}: {words}"
        assert facts[label].form.family is TaskFamily.MULTI_HOP
        assert len(facts[label].spans) == 3


def test_decisions_label_said_twice_is_not_followed() -> None:
    text, _ = minutes([0, 1, 2, 0])
    again = text.replace("\n\nDECISIONS", "\n[10:40] Yuki Arai: So D-32 stands as it was written down.\n\nDECISIONS")
    asked = {slots_of(fact)["label"] for fact in of_form(decisions(again), DECISIONS_BROUGHT_UP)}
    assert asked == {"D-31", "D-33", "D-34"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Owner: D. Osei.", "Owner: D. Osei and H. Beaulieu.", "unread_owner"),
        ("Owner: D. Osei.", "Owner: D. Osei, H. Beaulieu.", "unread_owner"),
        ("Owner: D. Osei.", "Owner: the whole team.", "unread_owner"),
        ("Owner: D. Osei.", "Owner: D. Osei. Owner: T. Reyes.", "unread_owner"),
        ("D-32  ", "D-35  ", "uncertain_list"),
        ("New housing", "Call [PHONE-1], new housing", "masked"),
    ],
)
def test_decisions_that_are_uncertain_are_refused(old: str, new: str, reason: str) -> None:
    text, _ = minutes([0, 1, 2, 1])
    assert of_form(decisions(text), DECISIONS_OWNERS)
    found = decisions(text.replace(old, new))
    assert not of_form(found, DECISIONS_OWNERS) and not of_form(found, DECISIONS_OF_OWNER)
    assert (reason, "DECISIONS") in refused(found)
