"""The task `follow_up` asks what the reader of an answer asks next, in words that lean on the turn before.

The question may be short and use pronouns, because its row always has the turn before (`Draft.follows`). It is about
the same segment or the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.prompts.chat import atom_schema
from pipeline.synthesize.reply_parsing import parse_atom
from pipeline.synthesize.segments import concreteness
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.turn_check import answered_before
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.merging import MERGED_RULES
from pipeline.synthesize.written.pairs import atoms
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written.task import Writing, WrittenTask

_MIN_REST_CHARS = 120
_BASE_SCORE = 0.1
"""Of two rests, the one with more facts is better; one without any, such as a talk, may still be asked about."""


def _plan(document: WrittenDocument, count: int, drafts: Sequence[Draft]) -> list[PlannedRequest]:
    parents = {draft.segments[0]: draft for draft in reversed(atoms(drafts))}
    spans = sorted(parents, key=lambda span: span.start)
    scores = [_rest_score(document, parents[span]) for span in spans]
    chosen = document.chosen(spans, scores, count=count, task=TASK.name) if count else []
    return [_request(document, parents[span]) for span in chosen]


def _request(document: WrittenDocument, parent: Draft) -> PlannedRequest:
    shown = _shown(document, parent)
    passages = [
        document.passage(shown[0], question=parent.question, answer=parent.answer),
        *(document.passage(span) for span in shown[1:]),
    ]
    return question_request(document, shown, task=TASK.name, sources=(parent,), passages=passages, schema=atom_schema())


def _shown(document: WrittenDocument, parent: Draft) -> list[Span]:
    """Return the segment of the turn before, and the next one if the teacher sees both in one piece."""
    segment = parent.segments[0]
    following = next((span for span in document.segments if span.start >= segment.end), None)
    return [segment] if following is None else [segment, following]


def _rest_score(document: WrittenDocument, parent: Draft) -> float:
    """Return how much there is to ask next: the facts of what is shown, without the evidence of the turn before."""
    rest = []
    for span in _shown(document, parent):
        start = span.start
        for quote in parent.evidence:
            if span.start <= quote.start < span.end:
                rest.append(document.context.text[start : quote.start])
                start = min(quote.end, span.end)
        rest.append(document.context.text[start : span.end])
    text = "\n".join(rest)
    if len(text.strip()) < _MIN_REST_CHARS:
        return 0.0
    return _BASE_SCORE + concreteness(text, document.context.language)


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    reply = parse_atom(text, max_quotes=document.recipe.checks.max_quotes)
    if isinstance(reply, Dropped):
        return reply
    (parent,) = item.sources
    evidence = locate_quotes(reply.quotes, text=document.context.text, near=item.segment)
    if isinstance(evidence, str):
        return Dropped("evidence_not_found", f"The quote is not in the document: {evidence[:160]}")
    shown = _shown(document, parent)
    own = next((span for span in shown if span.start <= evidence[0].start < span.end), shown[0])
    draft = checked_draft(
        document,
        item,
        question=reply.question,
        answer=reply.answer,
        evidence=evidence,
        segments=(own, *(span for span in shown if span != own)),
        rules=MERGED_RULES,
        before=(parent.question, parent.answer),
        follows=parent.key,
    )
    if isinstance(draft, Dropped):
        return draft
    fault = answered_before(
        question=draft.question,
        answer=draft.answer,
        before_question=parent.question,
        before_answer=parent.answer,
        language=document.context.language,
    )
    return fault or replace(draft, segments=(own,))


TASK = WrittenTask(name="follow_up", family=TaskFamily.LOOK_UP, chat=Writing(_plan, _read), round=Round.MERGES)
