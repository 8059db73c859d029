"""Makes the candidates of the drafts that passed every check."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.grammar.outline import outline_of
from pipeline.identity import content_id
from pipeline.nodes import Node, NodeKind
from pipeline.records import Candidate, Context, Origin
from pipeline.synthesize.evidence import evidence_of, without_inner
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.surroundings import label_start
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written_tasks import written_tasks

_MAX_FUNCTION_CHARS = 4000
"""The maximum length of a function that is quoted whole."""


def candidates_of(drafts: Sequence[Draft], *, context: Context, teacher: str) -> list[Candidate]:
    """Return the candidates of the drafts about a document, in order.

    Args:
        drafts: the drafts; a draft that follows another one is there only with it.
        context: the document.
        teacher: the name of the teacher that wrote the drafts.
    """
    ids = {draft.key: _candidate_id(draft, context) for draft in drafts}
    return [
        _candidate_of(draft, context, teacher, follows=ids[draft.follows] if draft.follows else "") for draft in drafts
    ]


def _candidate_id(draft: Draft, context: Context) -> str:
    return content_id(context.doc_id, draft.task, draft.question, draft.answer, draft.evidence[0].start)


def _candidate_of(draft: Draft, context: Context, teacher: str, *, follows: str) -> Candidate:
    return Candidate(
        candidate_id=_candidate_id(draft, context),
        doc_id=context.doc_id,
        parent_id=context.parent_id,
        task=draft.task,
        family=written_tasks()[draft.task].family.value,
        form=draft.task,
        origin=Origin.WRITTEN.value,
        domain=context.domain,
        language=context.language,
        bucket=context.bucket,
        question=draft.question,
        answer=draft.answer,
        evidence=tuple(
            evidence_of(doc_id=context.doc_id, text=context.text, start=span.start, end=span.end, pages=context.pages)
            for span in _proof_of(draft, context)
        ),
        checks=draft.checks,
        teacher=teacher,
        prompt_version=draft.prompt_version,
        is_trivial=False,
        follows=follows,
    )


def _proof_of(draft: Draft, context: Context) -> list[Span]:
    """Return the evidence that a reader needs: a quoted turn with its speaker, and functions whole, if not too long."""
    spans = [Span(start=label_start(context, span), end=span.end) for span in draft.evidence]
    if written_tasks()[draft.task].proven_by_functions:
        nodes = [node for node in outline_of(context) if node.kind is NodeKind.DEFINITION]
        spans = [_function_around(span, nodes) for span in (*spans, *draft.segments)]
    return without_inner(spans)


def _function_around(span: Span, definitions: Sequence[Node]) -> Span:
    """Return the smallest definition that holds a span, or the span itself if that is too long or there is none."""
    around = [node for node in definitions if node.start <= span.start and span.end <= node.end]
    smallest = min(around, key=lambda node: node.end - node.start, default=None)
    if smallest is None or smallest.end - smallest.start > _MAX_FUNCTION_CHARS:
        return span
    return Span(start=smallest.start, end=smallest.end)
