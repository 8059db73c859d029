"""The task `decisions` asks what was decided in a conversation, and who does what by when.

The answer is a list of decisions and actions. Each item is checked against its own quotes; the person who acts must
speak there or be named there, and the date must be said there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.languages import language_rules
from pipeline.nodes import NodeKind
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.reply_fields import Fields, ReadFields, fields_schema, parse_fields
from pipeline.synthesize.verify.reading import read_values, same_value
from pipeline.synthesize.verify.surroundings import quoted_words
from pipeline.synthesize.words import content_stems
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.item_lists import LocatedItem, checked_list, locate_items
from pipeline.synthesize.written.questions import question_request
from pipeline.synthesize.written.suitable import num_cues, suitable_spans
from pipeline.synthesize.written.task import Writing, WrittenTask

_MIN_CUES = 2
_QUESTION = Fields(strings=("question",))
_ITEM = Fields(strings=("item", "person", "due"), lists=("evidence",))


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    cue = language_rules(document.context.language).cues.decision

    def score(text: str) -> float:
        found = num_cues(text, cue)
        return float(found) if found >= _MIN_CUES else 0.0

    chosen = suitable_spans(document, document.segments, score=score, count=count, task=TASK.name)
    schema = fields_schema(_QUESTION, items="items", of=_ITEM)
    return [question_request(document, (span,), task=TASK.name, schema=schema) for span in chosen]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the decisions and actions of a reply as a list, or the first fault."""
    reply = parse_fields(text, _QUESTION, items="items", of=_ITEM)
    if isinstance(reply, Dropped):
        return reply
    located = locate_items(document, item, [(read.strings["item"], read.lists["evidence"]) for read in reply.items])
    if isinstance(located, Dropped):
        return located
    for read, place in zip(reply.items, located, strict=True):
        fault = _unnamed_person(read, place) or _strange_date(document, read, place)
        if fault is not None:
            return fault
    answer = "\n".join(f"- {place.text}" for place in located)
    draft = checked_list(document, item, question=reply.strings["question"], answer=answer, items=located)
    for read, place in zip(reply.items, located, strict=True):
        if isinstance(draft, Draft):
            draft = document.doubted(draft, _strange_person(document, read, place))
    return draft


def _unnamed_person(read: ReadFields, place: LocatedItem) -> Dropped | None:
    """Return a fault if the person of an item is not in its text."""
    person = read.strings["person"]
    if person.lower() in place.text.lower():
        return None
    return Dropped("person_missing", f"The item does not name '{person}', who acts: {place.text[:160]}")


def _strange_person(document: WrittenDocument, read: ReadFields, place: LocatedItem) -> Dropped | None:
    """Return a fault if the person of an item neither speaks nor is named in its quotes.

    A label such as `Customer` may stand for a person whom another turn names, which only a judge can tell.
    """
    person = read.strings["person"]
    if not person:
        return None
    names = content_stems(person) or [person]
    known = "\n".join([*_quotes(document, place), *_speakers(document, place)]).lower()
    if all(name.lower() in known for name in names):
        return None
    return Dropped("person_not_in_evidence", f"'{person}' neither speaks nor is named in the quotes.")


def _quotes(document: WrittenDocument, place: LocatedItem) -> list[str]:
    return [quoted_words(document.context, span) for span in place.evidence]


def _speakers(document: WrittenDocument, place: LocatedItem) -> list[str]:
    """Return who speaks the quotes of an item, and how the lines of the quotes begin, where no turns are known."""
    text = document.context.text
    turns = [node for node in document.outline if node.kind is NodeKind.TURN]
    found = []
    for span in place.evidence:
        labels = [turn.label for turn in turns if turn.start <= span.start < turn.end]
        found += labels or [text[text.rfind("\n", 0, span.start) + 1 : span.start]]
    return found


def _strange_date(document: WrittenDocument, read: ReadFields, place: LocatedItem) -> Dropped | None:
    """Return a fault if the date of an item is not in its text or not in its quotes, word by word or as a value."""
    due = read.strings["due"]
    if not due:
        return None
    quotes = "\n".join(_quotes(document, place))
    for text, where in ((place.text, "the item"), (quotes, "its quotes")):
        if not _has_date(text, due, document.context.language):
            return Dropped("date_not_in_evidence", f"'{due}' is not in {where}.")
    return None


def _has_date(text: str, due: str, language: str) -> bool:
    if "".join(due.lower().split()) in "".join(text.lower().split()):
        return True
    values = read_values(due, language)
    known = read_values(text, language)
    stems = set(content_stems(due))
    if values:
        return all(any(same_value(value, other) for other in known) for value in values)
    return bool(stems) and stems <= set(content_stems(text))


TASK = WrittenTask(name="decisions", family=TaskFamily.AGGREGATE, chat=Writing(_plan, _read), domains=("dialogue",))
