"""The task `what_breaks` asks which functions a change of a function affects, and why. All its callers are known."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.prompts.chat import Passage
from pipeline.synthesize.reply_fields import Fields, fields_schema, parse_fields
from pipeline.synthesize.structural.code_outline import simple_name
from pipeline.synthesize.verify.code_claims import CHANGE_RULES, identifiers_in
from pipeline.synthesize.written.code import Caller, UsedFunction, names_function, used_functions, weight_of_code
from pipeline.synthesize.written.code_answers import checked_explanation
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written.task import Writing, WrittenTask

_MAX_CALLERS = 4
_MAX_WEIGHT = 4.0
"""The greatest weight of what a function does, beside the number of its callers."""
_CALLER_SHARE = 2
"""A caller is shown whole up to this part of a segment; otherwise, only the lines around its call."""
_FIELDS = Fields(strings=("question", "answer"), lists=("affected", "evidence"))


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    found = {function.span: function for function in used_functions(document, max_callers=_MAX_CALLERS)}
    spans = sorted(found, key=lambda span: span.start)
    scores = [len(found[span].callers) + min(_MAX_WEIGHT, weight_of_code(document.text(span))) for span in spans]
    chosen = document.chosen(spans, scores, count=count, task=TASK.name)
    return [_request(document, found[span]) for span in chosen]


def _request(document: WrittenDocument, function: UsedFunction) -> PlannedRequest:
    shown = [document.passage(function.span), *(_passage(document, caller) for caller in function.callers)]
    return question_request(
        document,
        (function.span, *(caller.span for caller in function.callers)),
        task=TASK.name,
        passages=shown,
        schema=fields_schema(_FIELDS),
    )


def _passage(document: WrittenDocument, caller: Caller) -> Passage:
    """Return a caller for a prompt: the whole function or, if it is long, its signature and the lines of the call."""
    whole = document.passage(caller.span)
    if len(whole.text) <= document.max_chars // _CALLER_SHARE:
        return whole
    inside = [span for span in caller.evidence if caller.span.start <= span.start < caller.span.end]
    text = document.context.text
    lines = [text[text.rfind("\n", 0, span.start) + 1 : _line_end(text, span.end)] for span in inside]
    return Passage("\n…\n".join(lines), whole.heading_path)


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the answer of a reply, or the first fault.

    The answer must name every caller of the function, and the reply's list `affected` no other function. The evidence
    is the teacher's quotes and every call, which the outline knows.
    """
    reply = parse_fields(text, _FIELDS)
    if isinstance(reply, Dropped):
        return reply
    function = next(found for found in used_functions(document, max_callers=_MAX_CALLERS) if found.span == item.segment)
    question, answer, quotes = reply.strings["question"], reply.strings["answer"], reply.lists["evidence"]
    fault = _unlike_callers(
        function, reply.lists["affected"], identifiers_in(answer, document.context.language)
    ) or _unnamed(function, question)
    if fault is not None:
        return fault
    return checked_explanation(
        document,
        item,
        question=question,
        answer=answer,
        quotes=quotes,
        functions=(function.span, *(caller.span for caller in function.callers)),
        uses=[span for caller in function.callers for span in caller.evidence],
        rules=CHANGE_RULES,
    )


def _unlike_callers(function: UsedFunction, affected: Sequence[str], named: Sequence[str]) -> Dropped | None:
    callers = [caller.name for caller in function.callers]
    for name in affected:
        if not any(names_function(name, caller) for caller in callers):
            return Dropped(
                "not_a_caller", f"'{name}' does not call {function.name}; its callers: {', '.join(callers)}."
            )
    for caller in callers:
        if not all(any(names_function(name, caller) for name in names) for names in (affected, named)):
            return Dropped("caller_missing", f"The answer does not name the caller {caller} of {function.name}.")
    return None


def _unnamed(function: UsedFunction, question: str) -> Dropped | None:
    if simple_name(function.name) in question:
        return None
    return Dropped("generic_question", f"The question does not name the function {function.name}.")


TASK = WrittenTask(
    name="what_breaks",
    family=TaskFamily.AGGREGATE,
    chat=Writing(_plan, _read),
    domains=("code",),
    proven_by_functions=True,
)
