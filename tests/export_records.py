"""Contexts and candidates with every field set, for tests of export."""

from __future__ import annotations

from whole_rows import WHOLE_ROW

from pipeline.records import Candidate, Checks, Context, Evidence

TEXT = "The rent is 65 pounds. It is due on Monday.\n"
CHECKS = Checks(True, 0.9, True, 0.8, True, True)


def context(doc_id: str, **changes: object) -> Context:
    values: dict[str, object] = {
        "doc_id": doc_id,
        "text": f"{doc_id}: {TEXT}",
        "domain": "legal",
        "language": "en",
        "title": doc_id,
        "licence": "MIT",
        "source_uri": f"/in/{doc_id}.txt",
        "source_offset": 3,
        "sha256": "0" * 64,
        "num_tokens": 47,
        "bucket": 1024,
        "cluster_id": doc_id,
        "sections": (),
        "parent_id": doc_id,
        "parent_start": 0,
        **WHOLE_ROW,
    }
    return Context(**{**values, **changes})  # type: ignore[arg-type]


def candidate(name: str, doc_id: str, **changes: object) -> Candidate:
    start = len(f"{doc_id}: ")
    evidence = Evidence(doc_id, start, start + 22, TEXT[:22], start / (start + len(TEXT)))
    values: dict[str, object] = {
        "candidate_id": name,
        "doc_id": doc_id,
        "parent_id": doc_id,
        "task": "amount",
        "family": "look_up",
        "form": "amount.value",
        "origin": "structural",
        "domain": "legal",
        "language": "en",
        "bucket": 1024,
        "question": f"How much is the rent, {name}?",
        "answer": "65 pounds",
        "evidence": (evidence,),
        "checks": CHECKS,
        "teacher": "structural",
        "prompt_version": "v3",
        "is_trivial": False,
    }
    return Candidate(**{**values, **changes})  # type: ignore[arg-type]
