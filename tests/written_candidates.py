"""Candidates of a teacher, and their follow-ups, for tests of export."""

from __future__ import annotations

from dataclasses import replace

from synthesis_documents import LEASE_EN

from pipeline.records import Candidate, Checks, Evidence


def written_candidate(number: int, follows: int | None = None, *, answer: str = "", **changes: object) -> Candidate:
    own = Candidate(
        candidate_id=f"c{number:03d}",
        doc_id=LEASE_EN.doc_id,
        parent_id="p",
        task="qa" if follows is None else "follow_up",
        family="look_up",
        form="qa",
        origin="written",
        domain="legal",
        language="en",
        bucket=2048,
        question=f"What is item {number:03d}?",
        answer=answer or f"value{number:03d}",
        evidence=(Evidence(LEASE_EN.doc_id, 7 * number % 400, 7 * number % 400 + 3, "abc", 0.1),),
        checks=Checks(True, 1.0, True, 1.0, True, None),
        teacher="openai:m",
        prompt_version="v1",
        is_trivial=False,
        follows="" if follows is None else f"c{follows:03d}",
    )
    return replace(own, **changes)  # type: ignore[arg-type]
