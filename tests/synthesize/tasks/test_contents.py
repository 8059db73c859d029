"""Lists of provisions and subsections: complete on documents whose contents are known, refused where a gap shows."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused

from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.tasks.contents import (
    CONTENTS_DOCUMENT,
    CONTENTS_INSIDE,
    CONTENTS_SECTIONS,
    CONTENTS_YEAR,
)

_WORDS = ("Rent", "Deposit", "Repairs", "Notices", "Insurance", "Keys", "Garden", "Heating", "Parking", "Signs")
_KOREAN = ("목적", "정의", "보증금", "차임", "수선", "통지", "보험", "열쇠", "난방", "주차", "간판", "명도")


def contents(text: str, *, domain: str, language: str = "en") -> Findings:
    return findings(text, "contents", domain=domain, language=language)


def of_form(found: Findings, form: object) -> list[StructuralFact]:
    return [fact for fact in found.facts if fact.form is form]


@settings(max_examples=25, deadline=None)
@given(titles=st.lists(st.sampled_from(_WORDS), min_size=3, max_size=10, unique=True))
def test_contents_contract_lists_every_section_once_in_order(titles: list[str]) -> None:
    sections = "\n\n".join(
        f"Section {number}. {title}\n\nTenant shall obey the rules on this matter that Landlord gives in writing."
        for number, title in enumerate(titles, start=1)
    )
    (fact,) = of_form(contents(f"LEASE\n\n{sections}\n", domain="legal"), CONTENTS_DOCUMENT)
    first, *items = fact.answer.split("\n")
    assert first == f"{len(titles)} in all:"
    assert items == [f"Section {number} ({title})" for number, title in enumerate(titles, start=1)]
    assert len(fact.spans) == len(titles)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(3, 5), min_size=3, max_size=3), order=st.permutations(_KOREAN))
def test_contents_korean_chapter_lists_its_articles_and_no_others(sizes: list[int], order: list[str]) -> None:
    lines, known, number = ["공방 이용 규정", ""], {}, 0
    for chapter, size in enumerate(sizes, start=1):
        lines += [f"제{chapter}장 {order[-chapter]}", ""]
        known[f"제{chapter}장"] = []
        for _ in range(size):
            number += 1
            title = order[number % len(order)]
            lines += [f"제{number}조(규칙 {number} {title}) 이용자는 이 규정을 지켜야 한다.", ""]
            known[f"제{chapter}장"].append(f"제{number}조(규칙 {number} {title})")
    facts = of_form(contents("\n".join(lines), domain="legal", language="ko"), CONTENTS_INSIDE)
    assert len(facts) == len(sizes)
    for fact in facts:
        label = next(name for name in known if dict(fact.slots)["clause"].startswith(name))
        first, *items = fact.answer.split("\n")
        assert first == f"모두 {len(known[label])}개입니다."
        assert [re.sub(r"\s", "", item) for item in items] == [re.sub(r"\s", "", item) for item in known[label]]


def test_contents_gap_in_the_numbers_is_refused() -> None:
    text = "LEASE\n\n" + "\n\n".join(
        f"Section {number}. {_WORDS[number]}\n\nTenant shall obey the rules on this matter." for number in (1, 2, 4, 5)
    )
    found = contents(text, domain="legal")
    assert not of_form(found, CONTENTS_DOCUMENT)
    assert ("missing_number", "document") in refused(found)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 6), min_size=1, max_size=4))
def test_contents_manual_lists_the_direct_subsections(sizes: list[int]) -> None:
    lines, known = ["# Kettle manual", ""], {}
    for number, size in enumerate(sizes):
        lines += [f"## Chapter {_WORDS[number]}", "", "This chapter explains the kettle in detail.", ""]
        known[f"Chapter {_WORDS[number]}"] = [f"Topic {number} {word}" for word in _WORDS[:size]]
        for title in known[f"Chapter {_WORDS[number]}"]:
            lines += [f"### {title}", "", "Hold the lid while you pour the water.", ""]
    facts = of_form(contents("\n".join(lines), domain="manual"), CONTENTS_SECTIONS)
    found = {dict(fact.slots)["title"]: fact.answer.split("\n")[1:] for fact in facts}
    found.pop("Kettle manual", None)
    assert found == {title: items for title, items in known.items() if len(items) >= 3}


def test_contents_headings_without_marks_or_numbers_are_never_listed() -> None:
    text = "CARE\n\nCleaning\n\nWipe the lid.\n\nDrying\n\nDry the lid.\n\nStoring\n\nStore the lid.\n"
    assert not contents(text, domain="manual").facts


def test_contents_mixed_levels_are_refused() -> None:
    text = "# Care\n\n### Lid\n\nWipe it.\n\n## Base\n\nWipe it.\n\n## Cable\n\nRoll it up.\n"
    assert ("mixed_levels", "Care") in refused(contents(text, domain="manual"))


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.integers(1, 28), min_size=2, max_size=9), years=st.sampled_from([(1998, 2001), (2004, 2019)]))
def test_contents_digest_lists_the_entries_of_each_year(days: list[int], years: tuple[int, int]) -> None:
    known: dict[str, list[str]] = {}
    lines = ["대법원 해석·재결례 모음", ""]
    for number, day in enumerate(sorted(days)):
        year = str(years[number % 2])
        title = f"양도소득세 부과처분 취소 사건 {number}"
        lines += [f"[{year}-03-{day:02}] {title}", "", "  이 처분은 적법하다고 판단된다.", "", "---", ""]
        known.setdefault(year, []).append(f"{year}-03-{day:02} {title}")
    facts = of_form(contents("\n".join(lines), domain="legal", language="ko"), CONTENTS_YEAR)
    found = {dict(fact.slots)["year"]: fact.answer.split("\n")[1:] for fact in facts}
    assert found == {year: items for year, items in known.items() if len(items) > 1}


def test_contents_heading_keeps_its_angle_brackets_and_the_language_of_its_section() -> None:
    text = "# 상자\n\n" + "".join(f"## `Box<{name}>` 만들기\n\n상자를 하나 만듭니다.\n\n" for name in "TUV")
    (fact,) = contents(text, domain="manual", language="ko").facts
    assert fact.answer.split("\n")[1:] == ["`Box<T>` 만들기", "`Box<U>` 만들기", "`Box<V>` 만들기"]
    assert not contents(text, domain="manual", language="en").facts
    assert not contents(text.replace("` 만들기", "` <a href='#'>만들기</a>"), domain="manual", language="ko").facts
