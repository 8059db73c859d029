"""The task `procedure` asks how to do something; the answer gives the steps in order, with conditions and warnings.

Segments are the numbered lists of instructions in the outline, and passages whose sentences instruct or put acts in
order. The steps must be in the order of the document, and no step of a list may be missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.documents.grammar.manual.bullets import BULLETS
from pipeline.documents.grammar.manual.steps import PROCEDURE
from pipeline.languages import language_rules
from pipeline.nodes import ROOT, Node, NodeKind
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.reply_fields import Fields, fields_schema, parse_fields
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.verify.reading import compiled_ignoring_case
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.item_lists import LocatedItem, checked_list, locate_items
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written.suitable import num_cues
from pipeline.synthesize.written.task import Writing, WrittenTask

_MIN_STEPS = 2
_MIN_SIGNS = 3
"""The minimum number of instructions or ordering words in a passage without a list."""
_LIST_SIGNS = 10.0
"""The score of a passage with a numbered list."""
_MAX_LEAD_CHARS = 400
"""The maximum length of what stands between a heading and the list below it."""
_IMPERSONAL = frozenset({"legal"})
_QUESTION = Fields(strings=("question",))
_STEP = Fields(strings=("step",), lists=("evidence",))


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    starts = {steps[0].start: _weight_of_list(document, steps) for steps in _lists(document)}

    def score(span: Span) -> float:
        listed = max((weight for start, weight in starts.items() if span.start <= start < span.end), default=0.0)
        signs = _num_signs(document, span)
        return listed + (signs if listed or signs >= _MIN_SIGNS else 0)

    spans = _whole_lists(document)
    chosen = document.chosen(spans, [score(span) for span in spans], count=count, task=TASK.name)
    schema = fields_schema(_QUESTION, items="steps", of=_STEP)
    return [question_request(document, (span,), task=TASK.name, schema=schema) for span in chosen]


def _weight_of_list(document: WrittenDocument, steps: Sequence[Node]) -> float:
    """Return the score of a list of instructions; half of it for a list of sentences, which may instruct; else 0."""
    if document.outline[steps[0].parent].sort == PROCEDURE:
        return _LIST_SIGNS
    end = compiled_ignoring_case(language_rules(document.context.language).cues.step_end)
    sentences = sum(end.search(document.context.text[step.body : step.end]) is not None for step in steps)
    return _LIST_SIGNS / 2 if 2 * sentences > len(steps) else 0.0


def _num_signs(document: WrittenDocument, span: Span) -> int:
    """Return how many sentences instruct or, if the document gives orders to no one, how many words put acts in order.

    Laws and contracts say what someone must do; other documents tell the reader what to do.
    """
    rules = language_rules(document.context.language)
    if document.context.domain in _IMPERSONAL:
        return num_cues(document.text(span), rules.cues.order)
    text, instruction = document.context.text, rules.manual.instruction
    found = sentence_spans(text, start=span.start, end=span.end)
    return sum(instruction.search(text[one.start : one.end]) is not None for one in found) if instruction else 0


def _lists(document: WrittenDocument) -> Iterator[list[Node]]:
    """Yield the items of each numbered list of the outline."""
    steps: dict[int, list[Node]] = defaultdict(list)
    for node in document.outline:
        if node.kind is NodeKind.STEP and node.parent != ROOT:
            steps[node.parent].append(node)
    for parent, listed in sorted(steps.items()):
        if document.outline[parent].sort != BULLETS and len(listed) >= _MIN_STEPS:
            yield listed


def _whole_lists(document: WrittenDocument) -> list[Span]:
    """Return the document's segments; those that cut a list are joined, or left out if they are then too long.

    A list that is in no segment, because its section is short, is a segment with its heading.
    """
    spans: list[Span] = []
    lists = [(steps[0].start, steps[-1].end) for steps in _lists(document)]
    for span in document.segments:
        last = spans[-1] if spans else None
        if last is not None and any(start < last.end and span.start < end and last.end < end for start, end in lists):
            spans[-1] = Span(start=last.start, end=span.end)
        else:
            spans.append(span)
    for start, end in lists:
        if not any(span.start < end and start < span.end for span in spans):
            above = max(
                (section.start for section in document.context.sections if section.start <= start), default=start
            )
            spans.append(Span(start=above if start - above <= _MAX_LEAD_CHARS else start, end=end))
    spans.sort(key=lambda span: span.start)
    return [span for span in spans if span.end - span.start <= 2 * document.max_chars]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the steps of a reply as a numbered list, or the first fault."""
    reply = parse_fields(text, _QUESTION, items="steps", of=_STEP)
    if isinstance(reply, Dropped):
        return reply
    if len(reply.items) < _MIN_STEPS:
        return Dropped("too_short", f"A procedure has at least {_MIN_STEPS} steps, not {len(reply.items)}.")
    steps = locate_items(document, item, [(step.strings["step"], step.lists["evidence"]) for step in reply.items])
    if isinstance(steps, Dropped):
        return steps
    fault = _out_of_order(steps) or _missing_step(document, steps)
    if fault is not None:
        return fault
    answer = "\n".join(f"{number}. {step.text}" for number, step in enumerate(steps, start=1))
    return checked_list(document, item, question=reply.strings["question"], answer=answer, items=steps)


def _out_of_order(steps: Sequence[LocatedItem]) -> Dropped | None:
    """Return a fault if a step's first quote stands before that of the step above."""
    firsts = [step.evidence[0].start for step in steps]
    for number, (start, above) in enumerate(zip(firsts[1:], firsts, strict=False), start=2):
        if start < above:
            return Dropped("steps_out_of_order", f"Step {number} stands before step {number - 1} in the document.")
    return None


def _missing_step(document: WrittenDocument, steps: Sequence[LocatedItem]) -> Dropped | None:
    """Return a fault if the answer has some steps of a numbered list, and not all of them."""
    spans = [span for step in steps for span in step.evidence]
    for listed in _lists(document):
        is_quoted = [any(span.start < node.end and node.start < span.end for span in spans) for node in listed]
        if any(is_quoted) and not all(is_quoted):
            node = listed[is_quoted.index(False)]
            words = " ".join(document.context.text[node.start : node.end].split())
            return Dropped("step_missing", f"The answer lacks a step of the list: {words[:160]}")
    return None


TASK = WrittenTask(name="procedure", family=TaskFamily.LOOK_UP, chat=Writing(_plan, _read), domains=("manual", "legal"))
