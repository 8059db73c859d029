from __future__ import annotations

import pytest
from merged_documents import DOMAINS, LANGUAGES, document_of, draft_of, example_request, planned, prompt_of, read

from pipeline.records import Dropped
from pipeline.synthesize.written.draft import Draft, Round

TEXT = """SALE OF THE MILL

The price of the mill is EUR 90,000. The buyer pays the deposit of EUR 9,000 to the Escrow Agent on signing.

The seller shall let a surveyor inspect the wheel within 21 days after signing. The survey is paid by the buyer.

The Escrow Agent may resign by giving sixty days' notice to both sides. A successor takes over all papers then.
"""
DOCUMENT = document_of(TEXT, segment_tokens=30)
DRAFTS = (
    draft_of(
        DOCUMENT, "To whom is the deposit paid?", "To the Escrow Agent.", "The buyer pays the deposit of EUR 9,000"
    ),
    draft_of(DOCUMENT, "Who pays for the survey?", "The buyer.", "The survey is paid by the buyer."),
    draft_of(DOCUMENT, "How can the Escrow Agent resign?", "By notice.", "The Escrow Agent may resign by giving"),
)
GOOD = {
    "nothing": False,
    "bridge": "the Escrow Agent",
    "question": "How many days' notice must the recipient of the deposit give in order to resign?",
    "answer": "Sixty days: the deposit is paid to the Escrow Agent, who may resign by giving sixty days' notice.",
    "evidence": [
        "The buyer pays the deposit of EUR 9,000 to the Escrow Agent on signing.",
        "The Escrow Agent may resign by giving sixty days' notice to both sides.",
    ],
}


def reason(**changes: object) -> str:
    (item,) = planned(DOCUMENT, "multi_hop", DRAFTS)
    found = read(DOCUMENT, item, **{**GOOD, **changes})
    return found.reason if isinstance(found, Dropped) else ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_multi_hop_worked_example_is_kept(language: str, domain: str) -> None:
    document, item, example = example_request("multi_hop", language, domain)
    draft = read(document, item, **example.reply)
    assert isinstance(draft, Draft), draft
    assert [document.text(span) for span in draft.segments] == list(example.segments)
    for segment in draft.segments:
        assert any(segment.start <= span.start < segment.end for span in draft.evidence)


def test_multi_hop_plan_shows_both_drafts_of_a_linked_pair() -> None:
    (item,) = planned(DOCUMENT, "multi_hop", DRAFTS)
    assert (item.round, item.sources) == (Round.MERGES, (DRAFTS[0], DRAFTS[2]))
    prompt = prompt_of(item)
    assert all(draft.question in prompt and draft.answer in prompt for draft in item.sources)
    assert DRAFTS[1].question not in prompt


def test_multi_hop_plan_without_link_asks_nothing() -> None:
    assert planned(DOCUMENT, "multi_hop", DRAFTS[:1]) == []
    assert planned(DOCUMENT, "multi_hop", DRAFTS, count=0) == []


def test_multi_hop_good_reply_has_exact_evidence_in_both_segments() -> None:
    (item,) = planned(DOCUMENT, "multi_hop", DRAFTS)
    draft = read(DOCUMENT, item, **GOOD)
    assert isinstance(draft, Draft)
    assert [TEXT[span.start : span.end] for span in draft.evidence] == GOOD["evidence"]
    assert draft.segments == (DRAFTS[0].segments[0], DRAFTS[2].segments[0])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"nothing": True}, "nothing_to_ask"),
        ({"bridge": "the surveyor"}, "bridge_not_shared"),
        ({"bridge": " "}, "bridge_not_shared"),
        (
            {"question": "How many days' notice must the Escrow Agent, who holds the deposit, give to resign?"},
            "bridge_in_question",
        ),
        ({"question": "How many days' notice must be given to both sides in order to resign?"}, "one_segment_suffices"),
        ({"evidence": GOOD["evidence"][1:]}, "evidence_of_one_segment"),
        ({"evidence": [*GOOD["evidence"], "The survey is paid by the buyer."]}, "evidence_not_found"),
        (
            {"answer": "Ninety days: the Escrow Agent may resign by giving ninety days' notice."},
            "value_not_in_evidence",
        ),
        ({"answer": 60}, "wrong_fields"),
        ({"evidence": []}, "wrong_fields"),
        ({"evidence": [GOOD["evidence"][0]] * 7}, "wrong_fields"),
        ({"bridge": "\ud800"}, "not_text"),
    ],
)
def test_multi_hop_spoiled_reply_is_rejected_for_its_fault(changes: dict[str, object], fault: str) -> None:
    assert reason(**changes) == fault


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_multi_hop_evidence_of_one_segment_is_rejected(language: str, domain: str) -> None:
    document, item, example = example_request("multi_hop", language, domain)
    for quote in example.reply["evidence"]:  # type: ignore[attr-defined]
        fault = read(document, item, **{**example.reply, "evidence": [quote]})
        assert isinstance(fault, Dropped)
        assert fault.reason == "evidence_of_one_segment"
