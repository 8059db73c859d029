"""The two rounds of a document: what the first keeps, the second merges."""

from __future__ import annotations

import json

from merged_documents import document_of
from synthesis_documents import replied

from pipeline.records import TaskFamily
from pipeline.synthesize.written.draft import PlannedRequest, Round
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written_tasks import written_tasks

TEXT = """SALE OF THE MILL

The price of the mill is EUR 90,000. The buyer pays the deposit of EUR 9,000 to the Escrow Agent on signing.

The seller shall let a surveyor inspect the wheel within 21 days after signing. The survey is paid by the buyer.

The Escrow Agent may resign by giving sixty days' notice to both sides. A successor takes over all papers then.
"""
ATOMS = {
    "deposit": (
        "To whom does the buyer pay the deposit of EUR 9,000?",
        "To the Escrow Agent, on signing.",
        "The buyer pays the deposit of EUR 9,000 to the Escrow Agent on signing.",
    ),
    "surveyor": (
        "Within what time must a surveyor be let in to inspect the wheel?",
        "Within 21 days after signing.",
        "The seller shall let a surveyor inspect the wheel within 21 days after signing.",
    ),
    "resign": (
        "What notice must the Escrow Agent give in order to resign?",
        "Sixty days' notice to both sides.",
        "The Escrow Agent may resign by giving sixty days' notice to both sides.",
    ),
}
HOP = {
    "nothing": False,
    "bridge": "the Escrow Agent",
    "question": "How many days' notice must the recipient of the deposit give in order to resign?",
    "answer": "Sixty days: the deposit is paid to the Escrow Agent, who may resign by giving sixty days' notice.",
    "evidence": [ATOMS["deposit"][2], ATOMS["resign"][2]],
}


def answered(rounds: DocumentRounds, item: PlannedRequest) -> str:
    if item.round is Round.MERGES:
        return json.dumps(HOP if item.task == "multi_hop" else {"nothing": True})
    shown = rounds.document.text(item.segment)
    question, answer, quote = next(atom for word, atom in ATOMS.items() if word in shown)
    return json.dumps({"nothing": False, "question": question, "answer": answer, "evidence": [quote]})


def rounds_of(*, merges: int) -> DocumentRounds:
    document = document_of(TEXT, segment_tokens=30)
    tasks = ("qa", "multi_hop", "comparison", "follow_up", "document_summary")
    rounds = DocumentRounds(document, None, tasks=tasks, questions=3, merges=merges, questions_taken=())
    for round_ in Round:
        planned = rounds.plan(round_)
        rounds.take(round_, planned, [replied(answered(rounds, item)) for item in planned])
    return rounds


def test_rounds_merge_drafts_of_the_first_and_count_every_request() -> None:
    rounds = rounds_of(merges=8)
    tasks = [draft.task for draft in rounds.drafts]
    assert tasks == ["qa", "qa", "qa", "multi_hop"]
    assert written_tasks()["multi_hop"].family is TaskFamily.MULTI_HOP
    assert rounds.counts["written/multi_hop/asked"] == 1
    asked = sum(count for name, count in rounds.counts.items() if name.endswith("/asked"))
    assert asked == len(rounds.drafts) + len(rounds.rejections)
    assert {rejection.reason for rejection in rounds.rejections} == {"nothing_to_ask"}


def test_rounds_without_merges_ask_only_the_first_round() -> None:
    rounds = rounds_of(merges=0)
    assert [draft.task for draft in rounds.drafts] == ["qa"] * 3
    assert rounds.rejections == []
