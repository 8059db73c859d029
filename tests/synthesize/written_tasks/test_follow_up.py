from __future__ import annotations

import pytest
from merged_documents import DOMAINS, LANGUAGES, document_of, draft_of, example_request, planned, prompt_of, read

from pipeline.records import Dropped
from pipeline.synthesize.written.draft import Draft, Round

TEXT = """BUILDING CONTRACT

The Contractor shall repair a defect within ten working days after the Employer's notice. If the Contractor fails to
do so, the Employer may have the defect repaired by others at the expense of the Contractor.

The Employer pays the invoices within 30 days after receipt. Interest of 6 percent per year is due on late payments.
"""
DOCUMENT = document_of(TEXT, segment_tokens=60)
PARENT = draft_of(
    DOCUMENT,
    "How long does the Contractor have to repair a defect?",
    "Ten working days after the Employer's notice.",
    "The Contractor shall repair a defect within ten working days after the Employer's notice.",
)
GOOD = {
    "nothing": False,
    "question": "And what may the Employer do if they fail to do so?",
    "answer": "The Employer may have it repaired by others at the Contractor's expense.",
    "evidence": ["the Employer may have the defect repaired by others at the expense of the Contractor."],
}


def reason(**changes: object) -> str:
    (item,) = planned(DOCUMENT, "follow_up", [PARENT])
    found = read(DOCUMENT, item, **{**GOOD, **changes})
    return found.reason if isinstance(found, Dropped) else ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_follow_up_worked_example_is_kept_behind_its_parent(language: str, domain: str) -> None:
    document, item, example = example_request("follow_up", language, domain)
    draft = read(document, item, **example.reply)
    assert isinstance(draft, Draft), draft
    assert draft.follows == item.sources[0].key
    assert len(draft.segments) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_follow_up_that_repeats_the_answer_before_is_rejected(language: str, domain: str) -> None:
    document, item, example = example_request("follow_up", language, domain)
    fault = read(document, item, **{**example.reply, "answer": example.answer})
    assert isinstance(fault, Dropped)
    assert fault.reason == "answered_before"


def test_follow_up_plan_shows_the_turn_before_and_the_next_segment() -> None:
    (item,) = planned(DOCUMENT, "follow_up", [PARENT])
    assert (item.round, item.sources) == (Round.MERGES, (PARENT,))
    shown = prompt_of(item).partition(TEXT)[2]
    assert PARENT.question in shown
    assert PARENT.answer in shown
    assert "Interest of 6 percent" in shown


def test_follow_up_plan_without_drafts_or_rest_asks_nothing() -> None:
    assert planned(DOCUMENT, "follow_up", []) == []
    assert planned(DOCUMENT, "follow_up", [PARENT], count=0) == []
    short = document_of("The Contractor shall repair a defect of the works within ten working days after the notice.")
    only = draft_of(short, "How long?", "Ten working days.", short.context.text)
    assert planned(short, "follow_up", [only]) == []


def test_follow_up_plan_asks_once_about_a_segment() -> None:
    second = draft_of(DOCUMENT, "Who may repair a defect?", "Others.", "the Employer may have the defect repaired")
    assert second.segments == PARENT.segments
    (item,) = planned(DOCUMENT, "follow_up", [PARENT, second])
    assert item.sources == (PARENT,)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"nothing": True}, "nothing_to_ask"),
        ({"question": "What may he do?"}, "generic_question"),
        ({"question": "What may the Employer do according to this passage?"}, "refers_to_passage"),
        ({"question": "May I have the defect repaired if they fail to do so, and when?"}, "unresolved_pronoun"),
        ({"answer": "The Employer may have it repaired within 90 days."}, "value_not_in_evidence"),
        ({"answer": "Then ten working days after the Employer's notice."}, "answered_before"),
        ({"evidence": ["The Employer may sue."]}, "evidence_not_found"),
    ],
)
def test_follow_up_reply_is_kept_or_rejected_for_its_fault(changes: dict[str, object], fault: str) -> None:
    assert reason(**changes) == fault


def test_follow_up_may_ask_about_the_next_segment() -> None:
    (item,) = planned(DOCUMENT, "follow_up", [PARENT])
    draft = read(
        DOCUMENT,
        item,
        nothing=False,
        question="And how long does the Employer have to pay for that?",
        answer="The Employer must pay the invoices within 30 days after receipt.",
        evidence=["The Employer pays the invoices within 30 days after receipt."],
    )
    assert isinstance(draft, Draft), draft
    assert "Interest" in DOCUMENT.text(draft.segments[0])
