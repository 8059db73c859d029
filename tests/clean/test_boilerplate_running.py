"""The head or foot that each page of one document repeats goes; what the document says again and again stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.boilerplate import Trimmed, without_boilerplate
from pipeline.clean.boilerplate_running import may_have_running_lines
from pipeline.clean.places import PlacedText
from pipeline.domains.rules import Removed

PAGES = [
    f"{number}. The supplier keeps part {chr(96 + number)} of the plant in repair.\n\n"
    + f"Part {chr(96 + number)} is checked each month by the crew of the supplier. " * 6
    for number in range(1, 6)
]


def trim(text: str, removed: Removed = Removed.NOTICES) -> Trimmed:
    return without_boilerplate(
        PlacedText(text), marks=(), marked=(), repeated=frozenset(), removed=removed, max_share=0.35
    )


def with_line(line: str) -> str:
    return "\n\n".join(f"{page}\n\n{line}" for page in PAGES)


@pytest.mark.parametrize(
    "line",
    [
        "CONFIDENTIAL - FOR THE NAMED PARTIES ONLY",
        "Strictly private & confidential",
        "PRIVILEGED AND CONFIDENTIAL - ATTORNEY WORK PRODUCT",
        "UNOFFICIAL TRANSCRIPT - NOT FOR PUBLICATION",
        "Draft - subject to contract",
        "For internal use only",
        "대외비 - 무단 복제 및 배포 금지",
        "사내 한정 | 인사팀",
        "Norwell Instruments Inc. — PX-40 Operating Manual — Rev. C",
        "Lift Works Ltd | Maintenance agreement",
    ],
)
def test_running_line_goes_from_every_page_of_a_single_document(line: str) -> None:
    trimmed = trim(with_line(line))
    assert trimmed.lines == (line,) * len(PAGES)
    assert [part for part in trimmed.placed.text.split("\n\n") if part] == "\n\n".join(PAGES).split("\n\n")


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: Moving parts. Keep hands clear.",
        "The supplier confirms this in writing.",
        "Confidential information",
        "Maintenance and repair",
        "MR. HALE - Yes",
        "비밀유지 의무",
        "2. Confidential - see above",
        "| Confidential | yes |",
    ],
)
def test_line_that_says_something_stays_on_every_page(line: str) -> None:
    text = with_line(line)
    assert trim(text).placed.text == text


def test_mark_that_occurs_twice_or_in_a_list_stays() -> None:
    twice = "\n\n".join((*PAGES[:2], "CONFIDENTIAL", *PAGES[2:4], "CONFIDENTIAL", PAGES[4]))
    listed = "\n".join((*PAGES, "Plan A", "CONFIDENTIAL", "Plan B", "CONFIDENTIAL", "Plan C", "CONFIDENTIAL"))
    assert trim(twice).placed.text == twice
    assert trim(listed).placed.text == listed


def test_code_keeps_its_lines() -> None:
    text = with_line("CONFIDENTIAL - FOR THE NAMED PARTIES ONLY")
    assert trim(text, Removed.NONE).placed.text == text


@given(st.lists(st.sampled_from([*PAGES, "CONFIDENTIAL", "대외비", "Rent", ""]), max_size=12).map("\n\n".join))
def test_removal_is_idempotent_and_removes_only_whole_lines(text: str) -> None:
    once = trim(text)
    assert trim(once.placed.text).placed.text == once.placed.text
    assert set(once.placed.text.split("\n")) <= set(text.split("\n"))
    if once.lines:
        assert may_have_running_lines(text)
