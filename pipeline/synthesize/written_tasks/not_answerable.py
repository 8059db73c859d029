"""The task `not_answerable` asks a near miss: something that a reader expects in a document and that it does not say.

The answer says so, and what the document says about the nearest matter, with evidence for that. Only whole documents
that the teacher sees whole are asked. That nothing else answers the question is left to the judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.reply_fields import Fields, fields_schema, parse_fields
from pipeline.synthesize.reply_parsing import quotes_fault
from pipeline.synthesize.segments import concreteness
from pipeline.synthesize.verify.absence_check import absence_fault
from pipeline.synthesize.verify.text_faults import leaked_prompt, wrong_language
from pipeline.synthesize.written.checked import register_fault
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import checked_question, question_request
from pipeline.synthesize.written.suitable import suitable_spans
from pipeline.synthesize.written.task import Writing, WrittenTask

_FIELDS = Fields(strings=("question", "missing", "refusal", "nearest"), lists=("evidence",))


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    context = document.context
    if context.num_parts > 1 or not document.is_shown_whole:
        return []
    chosen = suitable_spans(
        document,
        document.segments,
        score=lambda text: concreteness(text, context.language),
        count=count,
        task=TASK.name,
    )
    return [question_request(document, (span,), task=TASK.name, schema=fields_schema(_FIELDS)) for span in chosen]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the refusal of a reply together with the nearest matter, or the first fault.

    The nearest matter passes all checks of an answer. The refusal has checks of its own: see `verify.absence_check`.
    """
    reply = parse_fields(text, _FIELDS)
    if isinstance(reply, Dropped):
        return reply
    context, said = document.context, reply.strings
    quotes = reply.lists["evidence"]
    if too_many := quotes_fault(quotes, most=document.recipe.checks.max_quotes):
        return too_many
    segment = document.text(item.segment)
    fault = (
        wrong_language(said["refusal"], sources=f"{segment}\n{said['question']}", language=context.language)
        or register_fault(document, said["refusal"])
        or leaked_prompt(said["refusal"], document=context.text)
        or absence_fault(
            question=said["question"],
            missing=said["missing"],
            refusal=said["refusal"],
            document=context.text,
            language=context.language,
        )
    )
    if fault is not None:
        return fault
    draft = checked_question(
        document, item, question=said["question"], answer=said["nearest"], quotes=quotes, segments=(item.segment,)
    )
    if isinstance(draft, Dropped):
        return draft
    return replace(draft, answer=f"{said['refusal']} {said['nearest']}")


TASK = WrittenTask(
    name="not_answerable",
    family=TaskFamily.NOT_ANSWERABLE,
    chat=Writing(_plan, _read),
    document_share=0.4,  # a mix has a tenth of such questions at most (`export.max_not_answerable_share`)
)
