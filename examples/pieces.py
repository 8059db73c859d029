"""Every piece of a build as a function on plain values. Run it with `python examples/pieces.py`; no model is asked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pipeline

LEASE = """WORKSHOP LEASE

This Lease is made on 3 May 2021 between Harrow Mill Estates LLC ("Landlord") and Brambling Bicycles, Inc. ("Tenant").

1. Rent. The Tenant pays a rent of USD 1,200 on the first day of each month.

2. Deposit. The Tenant shall deposit USD 9,600 as security for its obligations.

3. Repairs. The Tenant shall notify the Landlord of a defect within five (5) days after finding it, as Section 4
provides. The Landlord begins repairs no later than 1 October 2021.

4. Notices. A notice shall be in writing and sent to office@harrow-mill.example.
"""

CONFIG = {
    "model_type": "llama",
    "hidden_size": 576,
    "num_attention_heads": 9,
    "num_hidden_layers": 30,
    "max_position_embeddings": 8192,
    "rope_theta": 100000.0,
}


def read_and_clean(folder: Path) -> pipeline.Document:
    """Write a file, read it in its format and clean it."""
    path = folder / "lease.txt"
    path.write_text(LEASE, encoding="utf-8")
    record = pipeline.read_file(path).records[0]
    cleaned = pipeline.clean_text(record, min_chars=100)
    assert cleaned.document is not None, f"{cleaned.reason}: {cleaned.detail}"
    print(f"read {record.uri.rsplit('/', 1)[-1]} as {record.format}; masked {dict(cleaned.masked)}")
    print(f"a {cleaned.document.domain} text in {cleaned.document.language}: {cleaned.document.title}")
    return cleaned.document


def show_outline(document: pipeline.Document) -> None:
    """Print the provisions of the document."""
    for node in pipeline.read_outline(document):
        if node.kind == "provision":
            print(f"  {node.label}: {node.value} ({node.end - node.start} characters)")


def show_duplicates() -> None:
    """Compare the lease with a copy, an edited copy and another text."""
    texts = [LEASE, LEASE.replace("\n", " "), LEASE.replace("1,200", "1,300"), "Open the valve. " * 20]
    for found in pipeline.find_duplicates(texts, domain="legal", language="en"):
        fate = "kept" if found.is_kept else "dropped"
        print(f"text {found.index} is a duplicate of text {found.of}: {found.kind}, {found.similarity:.2f}, {fate}")


def show_questions(document: pipeline.Document) -> None:
    """Ask about the structure, and judge a right and a wrong answer."""
    found = pipeline.structural_questions(document)
    for question in found.questions[:4]:
        assert all(document.text[quote.start : quote.end] == quote.text for quote in question.evidence)
        print(f"  {question.task}: {question.question} → {question.answer.splitlines()[0]}")
    print(f"{len(found)} questions; {len(found.not_asked)} not asked, because the answer would not be certain")
    quotes = ["The Tenant shall deposit USD 9,600 as security for its obligations."]
    for answer in ("USD 9,600 as security.", "USD 6,900 as security."):
        judgement = pipeline.judge_answer("What shall the Tenant deposit?", answer, document, quotes=quotes)
        print(f"  {answer} {'supported' if judgement.is_supported else judgement.reason}")


def show_plans() -> None:
    """Plan packs and scale a config."""
    plan = pipeline.plan_packs([600, 300, 700, 400, 5000], edges=[1000, 4000])
    print(f"{len(plan.packs)} packs, {plan.utilisation:.0%} full, left out: {plan.left_out}")
    scaled = pipeline.scale_rope(CONFIG, method="yarn", factor=4)
    print(f"{CONFIG['max_position_embeddings']} → {scaled['max_position_embeddings']} positions")


def main() -> None:
    """Run all pieces."""
    with tempfile.TemporaryDirectory() as folder:
        document = read_and_clean(Path(folder))
    show_outline(document)
    show_duplicates()
    show_questions(document)
    show_plans()


if __name__ == "__main__":
    main()
