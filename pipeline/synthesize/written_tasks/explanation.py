"""The task `explanation` asks what a function or a class does and why, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.reply_parsing import parse_atom
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.written.code import explained_spans, weight_of_code
from pipeline.synthesize.written.code_answers import checked_explanation
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written.suitable import suitable_spans
from pipeline.synthesize.written.task import Writing, WrittenTask

_MIN_SENTENCES = 2


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    spans = explained_spans(document)
    chosen = suitable_spans(document, spans, score=weight_of_code, count=count, task=TASK.name)
    return [question_request(document, (span,), task=TASK.name) for span in chosen]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the explanation of a reply, or the first fault in it, such as a single sentence."""
    atom = parse_atom(text, max_quotes=document.recipe.checks.max_quotes)
    if isinstance(atom, Dropped):
        return atom
    if len(sentence_spans(atom.answer, start=0, end=len(atom.answer))) < _MIN_SENTENCES:
        return Dropped("too_short", f"An explanation has at least {_MIN_SENTENCES} sentences: {atom.answer[:160]}")
    return checked_explanation(
        document,
        item,
        question=atom.question,
        answer=atom.answer,
        quotes=atom.quotes,
        functions=(item.segment,),
    )


TASK = WrittenTask(
    name="explanation",
    family=TaskFamily.LOOK_UP,
    chat=Writing(_plan, _read),
    domains=("code",),
    proven_by_functions=True,
)
