"""The task `application` asks how one rule of a document decides a short case with facts of its own.

The answer gives the conclusion, the reason, and the number or heading of the rule. `verify.case_check` checks its
values and its direction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages import language_rules
from pipeline.languages.heading_rules import has_predicate
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.facts import concrete_facts
from pipeline.synthesize.reply_fields import Fields, fields_schema, parse_fields
from pipeline.synthesize.reply_parsing import quotes_fault
from pipeline.synthesize.verify.case_check import APPLICATION_RULES, conclusion_fault, says_yes_or_no
from pipeline.synthesize.verify.reading import read_values
from pipeline.synthesize.verify.surroundings import headings_above
from pipeline.synthesize.words import content_stems, numbers
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import checked_question, question_request
from pipeline.synthesize.written.suitable import num_cues, suitable_spans
from pipeline.synthesize.written.task import Writing, WrittenTask

_MIN_CUES = 2
_MIN_HEADING_SHARE = 0.5
_OPENING = re.compile(r"^\W*(?P<title>[^\n.:：\d]{3,60})[.:：\n]", re.MULTILINE)
"""The beginning of a line, which may be the title of what follows."""
_QUOTED = re.compile(r"[\"“'‘「『](?P<words>[^\"”'’」』\n]{2,80})[\"”'’」』]")
_FIELDS = Fields(strings=("question", "answer", "case", "limit"), lists=("evidence",))


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    language = document.context.language
    cue = language_rules(language).cues.rule

    def score(text: str) -> float:
        cues, facts = num_cues(text, cue), len(concrete_facts(text, language))
        return float(cues + 2 * facts) if cues >= _MIN_CUES or (cues and facts) else 0.0

    chosen = suitable_spans(document, document.segments, score=score, count=count, task=TASK.name)
    return [question_request(document, (span,), task=TASK.name, schema=fields_schema(_FIELDS)) for span in chosen]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the case and the conclusion of a reply, or the first fault."""
    reply = parse_fields(text, _FIELDS)
    if isinstance(reply, Dropped):
        return reply
    said, quotes = reply.strings, reply.lists["evidence"]
    if too_many := quotes_fault(quotes, most=document.recipe.checks.max_quotes):
        return too_many
    draft = checked_question(
        document,
        item,
        question=said["question"],
        answer=said["answer"],
        quotes=quotes,
        segments=(item.segment,),
        rules=APPLICATION_RULES,
    )
    if isinstance(draft, Dropped):
        return draft
    language = document.context.language
    fault = _no_conclusion(draft, language) or _no_reference(document, draft)
    if fault is not None:
        return fault
    conclusion = conclusion_fault(
        question=draft.question,
        answer=draft.answer,
        evidence="\n".join(document.text(span) for span in draft.evidence),
        case=said["case"],
        limit=said["limit"],
        language=language,
    )
    return document.doubted(draft, conclusion)  # another rule may raise the limit


def _no_conclusion(draft: Draft, language: str) -> Dropped | None:
    """Return a fault if the question asks for yes or no and the answer does not begin with either."""
    if language_rules(language).asking.asks.search(draft.question) or says_yes_or_no(draft.answer, language):
        return None
    return Dropped("no_conclusion", f"The answer begins with neither yes nor no: {draft.answer[:160]}")


def _no_reference(document: WrittenDocument, draft: Draft) -> Dropped | None:
    """Return a fault if the answer cites no number or heading, although the rule stands below one.

    A number is cited if the answer has any number of a provision; the chain has checked that it is the rule's. A
    heading is cited if the answer quotes it, or has most of its words and some that the question lacks. The opening
    words of a line of the segment count as a heading, unless they are a sentence.
    """
    language = document.context.language
    headings = [title for span in draft.evidence for title in headings_above(document.context, span.start) if title]
    if not headings or any(value.quantity.kind is QuantityKind.PLACE for value in read_values(draft.answer, language)):
        return None
    found = (match["title"] for match in _OPENING.finditer(document.text(draft.segments[0])))
    openings = (title for title in found if not has_predicate(title))
    if any(_is_cited(title, draft) for title in (*headings, *openings)):
        return None
    return Dropped("no_reference", f"The answer cites neither a number nor the heading '{headings[-1]}'.")


def _is_cited(title: str, draft: Draft) -> bool:
    if set(numbers(title)) & (set(numbers(draft.answer)) - set(numbers(draft.question))):
        return True
    stems = {stem for stem in content_stems(title) if not stem.isdecimal()}
    for match in _QUOTED.finditer(draft.answer):
        if stems and len(stems & set(content_stems(match["words"]))) >= _MIN_HEADING_SHARE * len(stems):
            return True
    shared = stems & set(content_stems(draft.answer))
    asked = draft.question.lower()
    return any(stem not in asked for stem in shared) and len(shared) >= _MIN_HEADING_SHARE * len(stems)


TASK = WrittenTask(
    name="application", family=TaskFamily.LOOK_UP, chat=Writing(_plan, _read), domains=("legal", "manual")
)
