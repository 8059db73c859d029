"""Makes prompts from documents that are cut to each length around the evidence of a question; for `ffqa` and `altqa`.

A question is asked at a length with the evidence at the start, in the middle and at the end, wherever its document has
enough text on both sides. Cost: a document is encoded once for each question and model, and each prompt once or twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.documents.asked_place import asked_start
from pipeline.evaluate.documents.document_cuts import CutDocument, NoCut, cut_document
from pipeline.evaluate.documents.look_ups import (
    LookUp,
    asks_for_phrase,
    is_short,
    left_out,
    look_ups,
    one_line,
)
from pipeline.evaluate.documents.spread import spread_order
from pipeline.evaluate.documents.stated_numbers import STATED_NUMBER, stated_numbers
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.wordings import languages_of, wordings_of
from pipeline.identity import stable_hash64
from pipeline.records import Message

PLACES: Mapping[str, float] = MappingProxyType({"start": 0.0, "middle": 0.5, "end": 1.0})
"""Where the evidence is, and the nominal depth of each place."""
_FULL_SHARE = 0.99
_MAX_ROUNDS = 4
_TRIES = 3


class CutOptions(EvaluationTaskOptions):
    """The options of `ffqa` and `altqa`."""

    max_items: PositiveInt = 20
    """The number of questions at each length; each is asked with the answer at up to three places."""
    max_answer_words: PositiveInt = 5
    """Questions with longer answers are left out."""
    max_answer_tokens: PositiveInt = 50
    """The longest answer of the model, if the gold answer is not longer than half of it. 50 as published."""


@dataclass(frozen=True, slots=True)
class CutQuestion:
    """A question about a document that is going to be cut."""

    look_up: LookUp
    text: str
    """The document, in which the look-up's evidence has its original offsets."""
    gold: str
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def phrase_look_ups(task: str, asking: Asking, skipped: Counter[str]) -> Iterator[tuple[LookUp, str]]:
    """Yield the look-ups that ask for a short phrase in a language that the task has words in, with their answers.

    They are those that documents and rows give, and those that ask for a number of a quoted passage.

    Args:
        task: the name of the task.
        asking: its options are `CutOptions`, and it has a build's material.
        skipped: receives the number of look-ups that are left out, by reason.
    """
    assert asking.material is not None, "the task needs a build"
    skipped.update(left_out(asking.material, asking.seed))
    for look_up in look_ups(asking.material, asking.seed):
        answer = one_line(look_up.answer)
        if look_up.language not in languages_of(task):
            skipped["no_words_in_the_language"] += 1
        elif not is_short(answer, max_words=asking.options.max_answer_words):
            skipped["answer_too_long"] += 1
        elif not asks_for_phrase(look_up):
            skipped["answer_is_no_phrase"] += 1
        else:
            yield look_up, answer
    for look_up in stated_numbers(asking.material, asking.seed):
        if look_up.language in languages_of(task):
            yield look_up, look_up.answer


def ask_about_cuts(task: str, questions: Sequence[CutQuestion], *, asking: Asking, skipped: Mapping[str, int]) -> Asked:
    """Return the prompts of at most `max_items` questions at each length and place.

    Args:
        task: the name of the task, whose words make the prompt.
        questions: the questions; languages and documents take turns.
        asking: lengths, meter, seed and options, which are `CutOptions`.
        skipped: the number of questions that are left out already, by reason.
    """
    options: CutOptions = asking.options
    by_item = {question.look_up.item: question for question in questions}
    ordered = _in_turn([question.look_up for question in questions], asking.seed)
    tally = _Tally(Counter(skipped))
    found: dict[int, list[list[Prompt]]] = {length: [] for length in asking.lengths}
    for look_up in ordered:
        wanted = [length for length in asking.lengths if not _is_enough(found[length], options.max_items)]
        if not wanted:
            break
        question = by_item[look_up.item]
        document = _document(question, asking.meter)
        answer_tokens = max(options.max_answer_tokens, 2 * asking.meter.count(question.gold))
        for length in wanted:
            made = [
                _prompt(task, question, document, length, depth, answer_tokens, asking.meter)
                for depth in PLACES.values()
            ]
            reasons = [prompt.value for prompt in made if isinstance(prompt, NoCut)]
            tally.skipped.update(reasons if len(reasons) < len(PLACES) else reasons[:1])
            found[length].append([prompt for prompt in made if isinstance(prompt, Prompt)])
    chosen = [prompt for length in asking.lengths for prompt in _chosen(found[length], options.max_items)]
    tally.num_unfilled = sum(
        prompt.num_tokens + prompt.max_answer_tokens < _FULL_SHARE * prompt.length for prompt in chosen
    )
    asked = tuple(sorted(chosen, key=_order(ordered, asking.lengths)))
    return Asked(asked, notes=_notes(asked, tally), skipped=dict(tally.skipped))


def _in_turn(items: Sequence[LookUp], seed: int) -> list[LookUp]:
    """Return look-ups in turn from the languages, those with and without a quoted passage, and the documents."""
    return spread_order(
        items,
        groups=(lambda item: item.language, lambda item: item.task == STATED_NUMBER, lambda item: item.cluster),
        chance=lambda item: stable_hash64("look-up", seed, item.item),
    )


def _is_enough(found: Sequence[Sequence[Prompt]], max_items: int) -> bool:
    """Return whether so many questions have all places, or all places have so many of three times as many questions."""
    if sum(len(prompts) == len(PLACES) for prompts in found) >= max_items:
        return True
    counts = Counter(prompt.depth for prompts in found for prompt in prompts)
    tried = sum(bool(prompts) for prompts in found)
    return tried >= _TRIES * max_items and all(counts[depth] >= max_items for depth in PLACES.values())


def _chosen(found: Sequence[Sequence[Prompt]], max_items: int) -> list[Prompt]:
    """Return at most so many prompts for each place; questions with more places come first, so that places pair."""
    chosen: dict[float | None, list[Prompt]] = {depth: [] for depth in PLACES.values()}
    for prompts in sorted(found, key=len, reverse=True):
        for prompt in prompts:
            if len(chosen[prompt.depth]) < max_items:
                chosen[prompt.depth].append(prompt)
    return [prompt for prompts in chosen.values() for prompt in prompts]


def _order(ordered: Sequence[LookUp], lengths: Sequence[int]) -> Callable[[Prompt], tuple[int, int, float]]:
    """Return the key that sorts prompts by length, then by question, then by place."""
    ranks = {look_up.item: rank for rank, look_up in enumerate(ordered)}
    return lambda prompt: (lengths.index(prompt.length), ranks[prompt.item], prompt.depth or 0.0)


@dataclass(slots=True)
class _Tally:
    """What happened to the questions."""

    skipped: Counter[str]
    num_unfilled: int = 0


def _document(question: CutQuestion, meter: Meter) -> CutDocument:
    look_up = question.look_up
    starts = [section.start for section in look_up.document.sections if section.start <= look_up.start]
    return cut_document(
        question.text,
        heading=max(starts, default=0),
        asked=asked_start(look_up),
        start=look_up.start,
        end=look_up.end,
        meter=meter,
    )


def _prompt(
    task: str,
    question: CutQuestion,
    document: CutDocument,
    length: int,
    depth: float,
    answer_tokens: int,
    meter: Meter,
) -> Prompt | NoCut:
    """Return the prompt of a question with the evidence at a place, or why the document cannot be cut so."""
    look_up = question.look_up
    room = length - answer_tokens
    target = room - meter.count_prompt(_messages(task, question, ""))
    for _ in range(_MAX_ROUNDS):
        cut = document.cut(depth, target)
        if isinstance(cut, NoCut):
            return cut
        messages = _messages(task, question, cut)
        num_tokens = meter.count_prompt(messages)
        if num_tokens <= room:
            return Prompt(
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
        target -= num_tokens - room
    return NoCut.EVIDENCE_TOO_LONG


def _messages(task: str, question: CutQuestion, document: str) -> tuple[Message, ...]:
    words = wordings_of(task, question.look_up.language)
    text = words["prompt"].format(document=document, question=question.look_up.question)
    return (Message(role="user", content=text),)


def _notes(asked: Sequence[Prompt], tally: _Tally) -> tuple[str, ...]:
    notes = []
    if not asked:
        notes.append("No held-out document is long enough and has a question of this kind.")
    if one_sided := tally.skipped[NoCut.NO_TEXT_ON_ONE_SIDE.value]:
        notes.append(
            f"{one_sided} times, a question was not asked at a length, or not at one of its places, because the "
            "document has too little text on one side of the answer."
        )
    if tally.num_unfilled:
        notes.append(
            f"{tally.num_unfilled} of {len(asked)} prompts are more than 1% shorter than their length, because their "
            "documents can be cut only at lines and sentences."
        )
    return tuple(notes)
