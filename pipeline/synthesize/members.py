"""Splits a joined corpus row into one view per document, and moves questions about a document to the row.

A joined row holds several documents. Questions are found in one document but asked about the whole row. `about_row`
therefore moves the offsets of a candidate and names the document in the question, because a different document might
also answer the original question. A follow-up is about the document that the question before it names. Used by the
synthesize stage. Cost: for each document, a pass over the row's sections and pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.identity import content_id
from pipeline.languages import language_rules
from pipeline.records import Candidate, Context, Evidence, Member
from pipeline.synthesize.structural.row_reading import member_contexts, unique_titles


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document of a row as a context of its own; if the row is not joined, the row itself."""

    context: Context
    row: Context
    index: int | None
    """Index of the document in the row's members; None if the row is not joined."""

    @property
    def ends_row(self) -> bool:
        """Whether the document is the last one of a joined row."""
        return self.index is not None and self.index == len(self.row.members) - 1

    def share_of(self, count: int) -> int:
        """Return the document's share of `count` questions about the row: at least one, unless `count` is 0."""
        return max(1, -(-count // len(self.row.members))) if count and self.row.members else count

    def num_questions(self, *, per_10k_chars: float, least: int) -> int:
        """Return the number of questions for the document's length, but at least the document's share of `least`."""
        return max(self.share_of(least), math.ceil(per_10k_chars * len(self.context.text) / 10_000))


def document_views(row: Context) -> Iterator[DocumentView]:
    """Yield a view of each document of a row, in order."""
    if not row.members:
        yield DocumentView(context=row, row=row, index=None)
        return
    for index, context in enumerate(member_contexts(row)):
        yield DocumentView(context=context, row=row, index=index)


def about_row(candidate: Candidate, view: DocumentView) -> Candidate:
    """Return a candidate about a view as a candidate about the row; unchanged if the row is not joined."""
    if view.index is None:
        return candidate
    row, member = view.row, view.row.members[view.index]
    return replace(
        candidate,
        candidate_id=content_id(row.doc_id, candidate.candidate_id),
        doc_id=row.doc_id,
        parent_id=row.parent_id,
        question=candidate.question if candidate.follows else _naming(candidate, row, view.index),
        follows=content_id(row.doc_id, candidate.follows) if candidate.follows else "",
        evidence=tuple(_moved(evidence, member, row) for evidence in candidate.evidence),
    )


def _moved(evidence: Evidence, member: Member, row: Context) -> Evidence:
    start = evidence.start + member.start
    return replace(
        evidence, doc_id=row.doc_id, start=start, end=evidence.end + member.start, depth=start / len(row.text)
    )


def _naming(candidate: Candidate, row: Context, index: int) -> str:
    """Return the question of a candidate, naming its document by title, or by number if the title is not unique."""
    return language_rules(candidate.language).name_document(candidate.question, unique_titles(row)[index], index + 1)
