"""Lost in the middle on one's own documents (Liu et al., arXiv 2307.03172, section 2).

A question is asked with the passage that proves its answer, among passages of other documents of the same corpus. The
same question is asked with the same passages at all positions of the proof. A longer prompt has the passages of the
shorter one, and further ones. The question names its document, because other documents may answer it differently; a
passage that has the answer, one of its numbers or the title of the document is left out. The prompt is the published
one, and its translation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from pipeline.config.evaluate import Depth, EvaluationTaskOptions
from pipeline.evaluate.documents.look_ups import LookUp, in_turn, is_short, left_out, look_ups, one_line
from pipeline.evaluate.documents.passages import DistractorPool, NoProof, Passage, proving_passage
from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.documents.titles import TitleFault, title_fault
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.evaluate.wordings import languages_of, wordings_of
from pipeline.languages import final_syllables, language_rules
from pipeline.records import Message
from pipeline.scoring.answers import answer_numbers, answer_tokens, token_f1

NAME: Literal["position"] = "position"
_FULL_SHARE = 0.99
_TRIES = 3
"""At most so many times `max_items` questions are tried at a length, since one that fails has read all documents."""
_PASSAGES_AT_A_TIME = 32
_LAST_PASSAGES = 48
"""The number of passages whose beginnings may fill what is left of the length."""
_MOST_REPLACED = 2
"""So many distractors may give way to beginnings."""
_UNFILLED_SHARE = 0.005
"""A prompt that leaves less of its room is full."""
_LEAST_FILLING = 0.4
"""Such a beginning has at least this share of the longest passage."""
_MAX_ROUNDS = 8
_TEXT_FORM = "clause.text"
"""The form that asks what a provision says; half a sentence of a list, `adapt the Work; or`, is an odd answer to it."""
_WHOLE = re.compile(rf"^[^a-z].*(?:[.!?][\"'”’)\]]*|{'|'.join(final_syllables())})$", re.DOTALL)
"""A whole sentence."""


class PositionOptions(EvaluationTaskOptions):
    """Lost in the middle: one passage proves the answer, at several positions among passages of other documents."""

    task: Literal["position"] = NAME
    positions: Annotated[tuple[Depth, ...], Field(min_length=1)] = (0.0, 0.25, 0.5, 0.75, 1.0)
    """Where the proof is among the passages: 0 for the first, 1 for the last."""
    passage_tokens: PositiveInt = 200
    """The longest passage, in tokens of a tokenizer that serves all languages alike."""
    max_items: PositiveInt = 20
    """The number of questions asked at each length and position."""
    max_answer_words: PositiveInt = 8
    """Questions with longer answers are left out."""
    max_answer_tokens: PositiveInt = 64
    """The longest answer of the model, if the gold answer is not longer than half of it."""


def ask(asking: Asking) -> Asked:
    """Return the prompts of all questions at all lengths and positions."""
    options: PositionOptions = asking.options
    assert asking.material is not None, "the task needs a build"
    skipped = Counter(left_out(asking.material, asking.seed))
    pool = DistractorPool(asking.material, seed=asking.seed)
    usable: dict[str, _Question] = {}
    for look_up in look_ups(asking.material, asking.seed):
        question = _question(look_up, options, pool, asking)
        if isinstance(question, str):
            skipped[question] += 1
        else:
            usable[look_up.item] = question
    ordered = in_turn([question.look_up for question in usable.values()], asking.seed)
    questions = [usable[look_up.item] for look_up in ordered]
    prompts: list[Prompt] = []
    for length in asking.lengths:
        num_items = 0
        for question in questions[: _TRIES * options.max_items]:
            if num_items == options.max_items:
                break
            asked = question.in_prompts(length, options.positions)
            if isinstance(asked, str):
                skipped[asked] += 1
            else:
                prompts += asked
                num_items += 1
    return Asked(tuple(prompts), notes=_notes(prompts, questions, pool), skipped=dict(skipped))


def score(prompt: Prompt, answer: str) -> Scores:
    """Return the published accuracy, whether the answer contains the gold answer, and the F1 of their tokens."""
    (gold,) = prompt.gold
    return {
        "accuracy": float(contains_answer(answer, gold)),
        "f1": token_f1(answer_tokens(answer), answer_tokens(gold)),
    }


def _question(look_up: LookUp, options: PositionOptions, pool: DistractorPool, asking: Asking) -> _Question | str:
    """Return a question with its proof, or why it is left out."""
    document, answer = look_up.document, one_line(look_up.answer)
    if look_up.language not in languages_of(NAME):
        return "no_words_in_the_language"
    if not is_short(answer, max_words=options.max_answer_words):
        return "answer_too_long"
    if look_up.form == _TEXT_FORM and not _WHOLE.search(answer):
        return "answer_is_half_a_sentence"
    title = one_line(document.title)
    if (fault := title_fault(title, document.text)) is not None:
        return "document_without_title" if fault is TitleFault.NONE else fault.value
    rules = language_rules(look_up.language)
    max_chars = round(options.passage_tokens * rules.chars_per_token)
    proof = proving_passage(look_up, max_chars=max_chars)
    if isinstance(proof, NoProof):
        return proof.value
    assert asking.material is not None, "the task needs a build"
    asked = look_up.question if title in look_up.question else rules.name_document(look_up.question, title, 1)
    target = replace(asking.material.by_id[look_up.row_id], language=look_up.language)
    return _Question(
        look_up=look_up,
        asked=asked,
        answer=answer,
        proof=proof,
        meter=asking.meter,
        max_answer_tokens=max(options.max_answer_tokens, 2 * asking.meter.count(answer)),
        source=pool.distractors(target, max_chars=max_chars),
        least_chars=round(_LEAST_FILLING * max_chars),
    )


@dataclass(slots=True)
class _Question:
    """A question, its proof, and the distractors that were read for it so far."""

    look_up: LookUp
    asked: str
    answer: str
    proof: Passage
    meter: Meter
    max_answer_tokens: int
    source: Iterator[Passage]
    least_chars: int
    """The least length of the beginning of a distractor that fills the room."""
    found: list[Passage] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    """The length of each distractor as a numbered document."""
    texts: set[str] = field(default_factory=set)
    """The texts that were read, since documents repeat each other's passages."""
    num_unfit: int = 0
    """The number of passages that were left out because they have the answer or the document's title."""

    def in_prompts(self, length: int, positions: Sequence[float]) -> list[Prompt] | str:
        """Return the prompts at a length, or why there are none."""
        room = length - self.max_answer_tokens
        target = room
        for _ in range(_MAX_ROUNDS):
            others = self._chosen(target)
            if not others or len(others) + 1 < len(set(positions)):
                return "length_too_short" if self._has(len(others)) else "too_few_distractors"
            prompts = [self._prompt(others, position, length) for position in positions]
            excess = max(prompt.num_tokens for prompt in prompts) - room
            if excess <= 0:
                is_full = prompts[0].num_tokens + self.max_answer_tokens >= _FULL_SHARE * length
                return prompts if is_full or self._has(len(others)) else "too_few_distractors"
            target -= excess
        raise AssertionError(f"passages of {target} tokens do not fit into {room}")

    def _chosen(self, room: int) -> list[Passage]:
        """Return as many distractors as fit; the last ones give way to beginnings of others that fill the room."""
        gap = room - self.meter.count_prompt(self._messages([self.proof]))
        count = 0
        while self._has(count) and self.tokens[count] <= gap:
            gap -= self.tokens[count]
            count += 1
        best, most_unfilled = self.found[:count], gap
        for kept in range(count - 1, max(-1, count - 1 - _MOST_REPLACED), -1):
            gap += self.tokens[kept]
            filling, num_tokens = self._filling(kept, gap)
            if gap - num_tokens < most_unfilled:
                best, most_unfilled = [*self.found[:kept], *filling], gap - num_tokens
            if most_unfilled <= _UNFILLED_SHARE * room:
                break
        return best

    def _filling(self, first: int, room: int) -> tuple[list[Passage], int]:
        """Return the beginnings of one or two of the distractors from a number on that fill the room best, and their
        tokens."""
        beginnings: list[tuple[int, Passage]] = []
        for index in range(first, first + _LAST_PASSAGES):
            if not self._has(index):
                break
            passage = self.found[index]
            places = self.meter.cut_places(passage.text)
            frame = self.tokens[index] - places.tokens[-1]
            least = min(self.least_chars, len(passage.text))
            for offset, tokens in zip(places.offsets[1:], places.tokens[1:], strict=True):
                text = passage.text[:offset].rstrip()
                if len(text) >= least and len(text) in passage.ends:
                    beginnings.append((tokens + frame, replace(passage, text=text)))
        beginnings.sort(key=lambda beginning: beginning[0])
        best: list[Passage] = []
        most, shorter = 0, len(beginnings) - 1
        for tokens, passage in beginnings:
            if most < tokens <= room:
                most, best = tokens, [passage]
            while shorter >= 0 and beginnings[shorter][0] + tokens > room:
                shorter -= 1
            if shorter >= 0:
                other = beginnings[shorter][1]
                if most < beginnings[shorter][0] + tokens and not _overlap(passage, other):
                    most, best = beginnings[shorter][0] + tokens, [passage, other]
        return best, most

    def _has(self, index: int) -> bool:
        """Return whether there is a distractor of this number, after reading as many as needed."""
        while index >= len(self.found):
            block: list[Passage] = []
            for passage in self.source:
                if (text := one_line(passage.text)) in self.texts:
                    continue
                self.texts.add(text)
                if self._is_fit(passage):
                    block.append(passage)
                else:
                    self.num_unfit += 1
                if len(block) == _PASSAGES_AT_A_TIME:
                    break
            if not block:
                return False
            self.tokens += self.meter.count_all([f"{self._document(99, passage)}\n" for passage in block])
            self.found += block
        return True

    def _is_fit(self, passage: Passage) -> bool:
        if passage.title.casefold() == self.proof.title.casefold():
            return False
        shown = f"{passage.title}\n{passage.text}"
        numbers = set(answer_numbers(self.answer))
        return not contains_answer(shown, self.answer) and not numbers & set(answer_numbers(shown))

    def _prompt(self, others: Sequence[Passage], position: float, length: int) -> Prompt:
        place = round(position * len(others))
        messages = self._messages([*others[:place], self.proof, *others[place:]])
        return Prompt(
            item=self.look_up.item,
            messages=messages,
            gold=(self.answer,),
            length=length,
            num_tokens=self.meter.count_prompt(messages),
            cluster=self.look_up.cluster,
            kind=self.look_up.task,
            language=self.look_up.language,
            depth=position,
            max_answer_tokens=self.max_answer_tokens,
            proof=(self.look_up.evidence,),
        )

    def _messages(self, passages: Sequence[Passage]) -> tuple[Message, ...]:
        documents = "\n".join(self._document(number, passage) for number, passage in enumerate(passages, start=1))
        text = wordings_of(NAME, self.look_up.language)["prompt"].format(documents=documents, question=self.asked)
        return (Message(role="user", content=text),)

    def _document(self, number: int, passage: Passage) -> str:
        words = wordings_of(NAME, self.look_up.language)
        title = passage.title or words["untitled"]
        return words["document"].format(number=number, title=title, text=passage.text)


def _overlap(one: Passage, other: Passage) -> bool:
    """Return whether both begin alike, as beginnings of one passage do."""
    return one.text.startswith(other.text) or other.text.startswith(one.text)


def _notes(prompts: Sequence[Prompt], questions: Sequence[_Question], pool: DistractorPool) -> tuple[str, ...]:
    notes = []
    if not prompts:
        notes.append("No question has a short answer that one passage of a held-out document proves.")
    if unfit := sum(question.num_unfit for question in questions):
        notes.append(f"{unfit:,} distractors were left out because they have a question's answer, number or title.")
    if pool.num_scraps:
        notes.append(f"{pool.num_scraps:,} passages are no distractors because they are no prose.")
    if pool.num_untitled:
        notes.append(f"{pool.num_untitled:,} documents give no distractors because their titles do not name them.")
    return tuple(notes)


TASK = AnswerTask(
    name=NAME,
    title="Lost in the middle",
    about=(
        "Asks about one passage among passages of other documents of the same corpus, with the passage at several "
        "positions (arXiv 2307.03172)."
    ),
    options=PositionOptions,
    ask=ask,
    score=score,
    measure="accuracy",
    measures=("f1",),
)
