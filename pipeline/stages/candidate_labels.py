"""Reads what selection needs to know about candidates and their contexts, without their text.

Takes a candidate part and its corpus parts. Returns `CandidateLabels`. Used by `selection_steps`. Questions and
answers are read only to count their characters, and to compare answers and written questions. Memory: about 1 kB per
candidate, 2 kB for a written one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from pipeline.export.reach import reach_of
from pipeline.export.same_questions import QuestionWords, read_question
from pipeline.export.selection import CandidateLabels
from pipeline.identity import stable_hash64
from pipeline.io.parts import read_files_columns
from pipeline.records import Origin, TaskFamily
from pipeline.stages.asked import lengths_of_contexts

_LABELS = ("candidate_id", "doc_id", "task", "family", "is_trivial", "origin", "language", "domain", "follows")
_TEXTS = ("question", "answer")
_EVIDENCE = tuple(f"evidence.list.element.{name}" for name in ("start", "end", "depth"))
_CONTEXT = ["doc_id", "cluster_id", "bucket", "num_tokens", "members.list.element.start"]


@dataclass(frozen=True, slots=True)
class ContextLabels:
    """The properties of a context that selection needs."""

    cluster_id: str
    bucket: int
    num_tokens: int
    num_chars: int
    member_starts: tuple[int, ...]
    """Where each joined document begins; empty for a single document."""


def context_labels(asked_part: str, corpus_parts: Sequence[str]) -> dict[str, ContextLabels]:
    """Return the labels of every context about which questions were asked, by `doc_id`.

    Args:
        asked_part: the outcomes of the contexts.
        corpus_parts: the parts with the contexts.
    """
    num_chars = lengths_of_contexts(asked_part)
    return {
        row["doc_id"]: ContextLabels(
            cluster_id=row["cluster_id"],
            bucket=row["bucket"],
            num_tokens=row["num_tokens"],
            num_chars=num_chars[row["doc_id"]],
            member_starts=tuple(member["start"] for member in row["members"]),
        )
        for row in read_files_columns(corpus_parts, _CONTEXT).to_pylist()
        if row["doc_id"] in num_chars
    }


def candidate_labels(path: str, contexts: Mapping[str, ContextLabels]) -> Iterator[CandidateLabels]:
    """Yield the labels of the candidates in a part, in order."""
    table = read_files_columns([path], [*_LABELS, *_TEXTS, *_EVIDENCE])
    lengths = {name: pc.utf8_length(table[name]).to_pylist() for name in _TEXTS}
    answers = (stable_hash64(answer.as_py()) >> 1 for answer in table["answer"])
    questions = (question.as_py() for question in table["question"])
    rows = table.drop_columns(list(_TEXTS)).to_pylist()
    for number, (row, question, answer_hash) in enumerate(zip(rows, questions, answers, strict=True)):
        context = contexts[row["doc_id"]]
        yield CandidateLabels(
            **{name: row[name] for name in _LABELS},
            cluster_id=context.cluster_id,
            depths=tuple(quote["depth"] for quote in row["evidence"]),
            reach=reach_of(
                row["family"],
                spans=[(quote["start"], quote["end"]) for quote in row["evidence"]],
                member_starts=context.member_starts,
            ),
            bucket=context.bucket,
            context_tokens=context.num_tokens,
            question_tokens=_num_tokens(lengths["question"][number], context),
            answer_tokens=_num_tokens(lengths["answer"][number], context),
            answer_hash=answer_hash,
            words=_words(row, question, context),
        )


def _words(row: Mapping[str, Any], question: str, context: ContextLabels) -> QuestionWords | None:  # Any: of parquet
    """Return the words of a question, or None if it is not compared: a template, or a follow-up.

    Documents of a joined row may belong to several clusters, and its questions name them by number, so they are
    compared only with each other.
    """
    if row["origin"] != Origin.WRITTEN or row["family"] == TaskFamily.SUMMARY or row["follows"]:
        return None
    about = row["doc_id"] if context.member_starts else context.cluster_id
    return read_question(question, language=row["language"], about=about)


def _num_tokens(num_chars: int, context: ContextLabels) -> int:
    """Return the estimated number of tokens of a text in the language of a context."""
    return math.ceil(num_chars * context.num_tokens / max(1, context.num_chars))
