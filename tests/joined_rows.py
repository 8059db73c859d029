"""Joined rows of small documents, and the questions across their documents."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.identity import content_id, sha256_hex
from pipeline.pack.contexts import Placement, joined_context
from pipeline.records import Candidate, Context, Document, JoiningKind, Rejection
from pipeline.synthesize.structural.candidates import QuestionLimits, candidates_across


def plain_document(text: str, *, title: str, language: str, domain: str = "legal") -> Document:
    """Return a document without sections."""
    return Document(
        content_id(title, text), text, domain, language, title, "MIT", f"/{title}.txt", 0, sha256_hex(text.encode()), ()
    )


def joined_row(documents: Sequence[Document], joining: JoiningKind) -> Context:
    """Return the row that joins the documents."""
    return joined_context(
        documents,
        num_tokens=[len(document.text) // 4 for document in documents],
        joining=joining,
        placement=Placement(num_tokens=900, bucket=2048, cluster_id="c", repeats=1),
    )


def asked_across(row: Context, task: str, *, max_questions: int = 40) -> tuple[list[Candidate], list[Rejection]]:
    """Return what a task asks across the documents of a row, and what it refuses."""
    limits = QuestionLimits(
        tasks=frozenset({task}),
        max_questions=max_questions,
        count_tokens=lambda texts: [len(text) // 4 for text in texts],
        max_answer_tokens=2000,
    )
    return candidates_across(row, limits=limits, seed=17)


def table_rows(answer: str) -> list[list[str]]:
    """Return the cells of an answer that is a Markdown table, without the ruled line."""
    lines = [line for line in answer.split("\n") if line]
    assert all(line.startswith("| ") and line.endswith(" |") for line in lines)
    return [line[2:-2].split(" | ") for line in lines if not line.startswith("| ---")]
