from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.headings.reading import read_headings
from pipeline.documents.grammar.outline import read_outline, sections_of
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.readers.markdown import read_markdown
from pipeline.domains import domain_names
from pipeline.nodes import ROOT
from pipeline.records import Section

LEASE = """COMMERCIAL LEASE

This Lease is made as of April 17, 2019.

ARTICLE 4. SECURITY DEPOSIT

4.1 Amount. Tenant shall deposit $2,900 on signing, as Section 5.2 provides.

4.2 Landlord shall return the deposit within 45 days.

ARTICLE 5. BASE RENT

1. Replace the storefront entrance with a door that meets accessibility standards.
2. Paint the ceiling.

SCHEDULE B. BASE RENT

The rent is set out below.

FIRST AMENDMENT TO LEASE

1. Expansion. The Premises are enlarged by Unit 1B.

2. Permitted Use. The words "and baking classes" are added.
"""

KOREAN_LEASE = """상가건물 임대차계약서

제1장 총칙

제4조 (보증금)
① 을은 보증금 3,000만 원을 지급한다.
제5조에 따라 차임을 지급한다.

제4조의2(이자) 보증금에는 이자를 붙이지 아니한다.

제12조 및 제13조의 규정은 준용하지 아니한다.

별표 1 (목적물의 표시)

한빛빌딩 1층

제1차 변경합의서

제1조 (기간) 1년 연장한다.
"""

JUDGMENT = """한결지방법원

판 결

주 문

1. 피고는 원고에게 12,000,000원을 지급하라.

2. 소송비용은 피고가 부담한다.

이 유

1. 기초사실

원고는 2023. 3. 6. 피고와 계약을 체결하였다.

2. 당사자들의 주장

가. 원고의 주장
원고는 피고가 공사를 늦게 마쳤으므로 지체상금을 지급할 의무가 있다고 주장한다.

나. 피고의 주장
피고는 자재 수급이 늦어진 것은 책임 없는 사유라고 다투며 공제를 주장한다.
"""

MANUAL = """---
title: x
---
# Espresso machine

Intro.

## 3.2 Operating values

```bash
# not a heading
```

1. Turn off the machine
2. Wait 5 minutes

Setext title
------------

4.1 Site and clearances

Leave 20 cm.

1.5 bar is the limit.
"""

MINUTES = """FERNHOLLOW INSTRUMENTS

AGENDA
1. Battery life
2. Launch date

ITEM 1. BATTERY LIFE

[10:02] Mara Lindqvist: Good morning.

DECLAN: NO.

■ 안건 2. 야간 개관

[10:03] 김도현: 시작하겠습니다.

## Scene two

Nym: Hey.
"""

TREE = "# file: a/README.md\n\n# Heading inside\n\ntext\n\n# file: a/x.py\n\n# comment\nx = 1"


def sections(text: str, domain: str) -> tuple[Section, ...]:
    return sections_of(read_outline(text=text, domain=domain, language="en"), length=len(text))


def outline(text: str, domain: str) -> list[tuple[int, str]]:
    return [(section.level, section.title) for section in sections(text, domain)]


def test_sections_english_contract_nests_clauses_under_articles() -> None:
    assert outline(LEASE, "legal") == [
        (1, "COMMERCIAL LEASE"),
        (1, "ARTICLE 4. SECURITY DEPOSIT"),
        (2, "4.1 Amount"),
        (2, "4.2"),
        (1, "ARTICLE 5. BASE RENT"),
        (1, "SCHEDULE B. BASE RENT"),
        (1, "FIRST AMENDMENT TO LEASE"),
        (2, "1. Expansion"),
        (2, "2. Permitted Use"),
    ]


def test_sections_korean_contract_takes_articles_but_no_references() -> None:
    assert outline(KOREAN_LEASE, "legal") == [
        (0, ""),
        (1, "제1장 총칙"),
        (2, "제4조 (보증금)"),
        (2, "제4조의2 (이자)"),
        (1, "별표 1 (목적물의 표시)"),
        (1, "제1차 변경합의서"),
        (2, "제1조 (기간)"),
    ]


def test_sections_korean_judgment_takes_reasons_but_no_orders() -> None:
    assert outline(JUDGMENT, "legal") == [
        (0, ""),
        (1, "주문"),
        (1, "이유"),
        (2, "1. 기초사실"),
        (2, "2. 당사자들의 주장"),
        (3, "가. 원고의 주장"),
        (3, "나. 피고의 주장"),
    ]


def test_sections_regulation_sections_and_references() -> None:
    head = "12 CFR PART 1002\n\n§ 1002.3 Limited exceptions.\n\nText.\n\n"
    text = head + "Section 1002.37(a)(8) requires disclosure of it.\n\nSubpart B—Rules\n\nx"
    assert outline(text, "legal") == [
        (1, "12 CFR PART 1002"),
        (2, "§ 1002.3 Limited exceptions"),
        (1, "Subpart B—Rules"),
    ]


def test_sections_manual_takes_headings_but_no_steps_code_or_front_matter() -> None:
    assert outline(MANUAL, "manual") == [
        (0, ""),
        (1, "Espresso machine"),
        (2, "3.2 Operating values"),
        (1, "Setext title"),
        (2, "4.1 Site and clearances"),
    ]


def test_sections_dialogue_takes_agenda_items_and_scenes_but_no_speakers() -> None:
    assert outline(MINUTES, "dialogue") == [
        (1, "FERNHOLLOW INSTRUMENTS"),
        (1, "ITEM 1. BATTERY LIFE"),
        (1, "안건 2. 야간 개관"),
        (1, "Scene two"),
    ]


def test_sections_joined_tree_has_one_section_a_file() -> None:
    assert outline(TREE, "code") == [(1, "a/README.md"), (1, "a/x.py")]
    assert outline("x = 1  # file: no", "code") == [(0, "")]


def test_sections_empty_text_has_none() -> None:
    assert sections("", "legal") == ()


def assert_cover(text: str, found: tuple[Section, ...]) -> None:
    assert "".join(text[section.start : section.end] for section in found) == text
    assert all(section.start < section.end for section in found)
    assert all((section.level == 0) == (section.title == "") for section in found)
    assert all(later.level <= earlier.level + 1 for earlier, later in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        (LEASE, "legal"),
        (KOREAN_LEASE, "legal"),
        (JUDGMENT, "legal"),
        (MANUAL, "manual"),
        (MINUTES, "dialogue"),
        (TREE, "code"),
    ],
)
def test_sections_titles_stand_where_their_sections_start(text: str, domain: str) -> None:
    found = sections(text, domain)
    assert_cover(text, found)
    titled = [section for section in found if section.title]
    assert len(titled) >= 2
    for section in titled:
        head = "".join(text[section.start : section.end].split())[:400]
        assert "".join(section.title.split()) in head


LINES = st.sampled_from(
    [
        *(line for text in (LEASE, KOREAN_LEASE, JUDGMENT, MANUAL, MINUTES, TREE) for line in text.split("\n")),
        "=====",
        "```",
        "a",
    ]
)


@given(st.lists(LINES | st.text(max_size=40), max_size=40), st.sampled_from(domain_names()))
def test_sections_any_lines_are_covered_in_order(lines: list[str], domain: str) -> None:
    text = "\n".join(lines)
    assert_cover(text, sections(text, domain))


@given(st.lists(LINES | st.text(max_size=40), max_size=40), st.sampled_from(domain_names()))
def test_read_headings_nest_by_level_and_end_where_the_next_of_their_level_begins(
    lines: list[str], domain: str
) -> None:
    text = "\n".join(lines)
    nodes = read_headings(text=text, domain=domain)
    for index, node in enumerate(nodes):
        assert 0 <= node.start <= node.body <= node.end <= len(text)
        following = next((later.start for later in nodes[index + 1 :] if later.level <= node.level), len(text))
        assert node.end == following
        above = [place for place in range(index) if nodes[place].level < node.level]
        assert node.parent == (max(above) if above else ROOT)


MARKED = """Intro.

```
# no heading
```

# 펌프 P-40 {#pump}

    # indented

The pump runs at 3,000 rpm.
---

Starting
--------

<!--
# hidden
-->

2.1 Site and clearances

> ## Quoted
"""


def test_read_headings_of_marked_text_are_those_that_are_marked_and_those_of_the_domain() -> None:
    nodes = read_headings(text=MARKED, domain="manual", marks=read_markdown(MARKED))
    assert [(node.level, node.value) for node in nodes] == [
        (1, "펌프 P-40"),
        (2, "Starting"),
        (3, "2.1 Site and clearances"),
    ]
    assert MARKED[nodes[1].start : nodes[1].body] == "Starting\n--------"
    assert MARKED[nodes[0].start : nodes[0].body] == "# 펌프 P-40 {#pump}"


def test_read_headings_of_words_hidden_in_a_line_leave_the_line_a_heading() -> None:
    text = "2.1 Site and clearances\n\nText.\n"
    marks = (Mark(MarkKind.HIDDEN, 9, 12),)
    assert [node.value for node in read_headings(text=text, domain="manual", marks=marks)] == [
        "2.1 Site and clearances"
    ]
