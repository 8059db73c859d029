"""Makes prompts from documents that are cut to each length around the evidence of a question; for `ffqa` and `altqa`.

A question is asked at a length if its document is long enough; it is then asked with the evidence at the start, in the
middle and at the end. Cost: the document is encoded once for each question and model, and each prompt once or twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.evaluate.documents.document_cuts import CutDocument, cut_document
from pipeline.evaluate.documents.look_ups import LookUp, in_turn
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.wordings import wordings_of
from pipeline.records import Message

PLACES: Mapping[str, float] = MappingProxyType({"start": 0.0, "middle": 0.5, "end": 1.0})
"""Where the evidence is, and the nominal depth of each place."""
_FULL_SHARE = 0.99
_MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class CutQuestion:
    """A question about a document that is going to be cut."""

    look_up: LookUp
    text: str
    """The document, in which the look-up's evidence has its original offsets."""
    gold: str
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def ask_about_cuts(
    task: str,
    questions: Sequence[CutQuestion],
    *,
    max_items: int,
    max_answer_tokens: int,
    asking: Asking,
    skipped: Mapping[str, int],
) -> Asked:
    """Return the prompts of at most `max_items` questions at each length, three of each question.

    Args:
        task: the name of the task, whose words make the prompt.
        questions: the questions; languages and documents take turns.
        max_items: the number of questions at each length.
        max_answer_tokens: the longest answer of the model, if the gold answer is not longer than half of it.
        asking: lengths, meter and seed.
        skipped: the number of questions that are left out already, by reason.
    """
    by_item = {question.look_up.item: question for question in questions}
    ordered = in_turn([question.look_up for question in questions], asking.seed)
    tally = _Tally(Counter(skipped))
    prompts: dict[int, list[Prompt]] = {length: [] for length in asking.lengths}
    for look_up in ordered:
        wanted = [length for length in asking.lengths if len(prompts[length]) < len(PLACES) * max_items]
        if not wanted:
            break
        question = by_item[look_up.item]
        document = _document(question, asking.meter)
        answer_tokens = max(max_answer_tokens, 2 * asking.meter.count(question.gold))
        for length in wanted:
            prompts[length] += _prompts(task, question, document, length, answer_tokens, asking.meter, tally)
    asked = tuple(prompt for length in asking.lengths for prompt in prompts[length])
    return Asked(asked, notes=_notes(asked, tally), skipped=dict(tally.skipped))


@dataclass(slots=True)
class _Tally:
    """What happened to the questions."""

    skipped: Counter[str]
    num_over_the_end: int = 0
    num_unfilled: int = 0


def _document(question: CutQuestion, meter: Meter) -> CutDocument:
    look_up = question.look_up
    starts = [section.start for section in look_up.document.sections if section.start <= look_up.start]
    return cut_document(
        question.text, heading=max(starts, default=0), start=look_up.start, end=look_up.end, meter=meter
    )


def _prompts(
    task: str,
    question: CutQuestion,
    document: CutDocument,
    length: int,
    answer_tokens: int,
    meter: Meter,
    tally: _Tally,
) -> list[Prompt]:
    """Return the prompts of a question at a length; none if the document cannot be cut so, which is counted."""
    look_up = question.look_up
    room = length - answer_tokens
    frame = meter.count_prompt(_messages(task, question, ""))
    if room - frame > document.num_tokens:
        tally.skipped["document_too_short"] += 1
        return []
    prompts = []
    num_over_the_end = 0
    for depth in PLACES.values():
        messages: tuple[Message, ...] = ()
        num_tokens, target = room + 1, room - frame
        for _ in range(_MAX_ROUNDS):
            cut = document.cut(depth, target)
            if cut is None or num_tokens <= room:
                break
            messages = _messages(task, question, cut.text)
            num_tokens = meter.count_prompt(messages)
            target -= max(0, num_tokens - room)
        if cut is None or num_tokens > room:
            tally.skipped["evidence_too_long"] += 1
            return []
        num_over_the_end += cut.runs_over_the_end
        prompts.append(
            Prompt(
                item=look_up.item,
                messages=messages,
                gold=(question.gold,),
                length=length,
                num_tokens=num_tokens,
                cluster=look_up.cluster,
                kind=look_up.task,
                language=look_up.language,
                depth=depth,
                max_answer_tokens=answer_tokens,
                proof=(question.text[look_up.start : look_up.end],),
                notes=question.notes,
            )
        )
    tally.num_over_the_end += num_over_the_end
    tally.num_unfilled += sum(prompt.num_tokens + answer_tokens < _FULL_SHARE * length for prompt in prompts)
    return prompts


def _messages(task: str, question: CutQuestion, document: str) -> tuple[Message, ...]:
    words = wordings_of(task, question.look_up.language)
    text = words["prompt"].format(document=document, question=question.look_up.question)
    return (Message(role="user", content=text),)


def _notes(asked: Sequence[Prompt], tally: _Tally) -> tuple[str, ...]:
    notes = []
    if not asked:
        notes.append("No held-out document is long enough and has a question of this kind.")
    if tally.num_over_the_end:
        notes.append(
            f"{tally.num_over_the_end} of {len(asked)} prompts hold the end of their document before its beginning, "
            "because the document has too little text on one side of the answer."
        )
    if tally.num_unfilled:
        notes.append(
            f"{tally.num_unfilled} of {len(asked)} prompts are more than 1% shorter than their length, because their "
            "documents can be cut only at lines and sentences."
        )
    return tuple(notes)
