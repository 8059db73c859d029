"""RULER's needles in a haystack (Hsieh et al. 2024, arXiv 2404.06654, section 3 and appendix B; NVIDIA/RULER).

Takes the kinds of a task's needles; returns its prompts, in the words of the published ones. Used by the `niah_…`
tasks. Two things differ from RULER. Keys come from an own list of words. The multi-value and multi-query tasks hide
their needles in noise instead of essays, which would have to be downloaded.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pipeline.evaluate.haystacks.generated import drawn, item_id, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, interleaved
from pipeline.evaluate.haystacks.word_list import ADJECTIVES, NOUNS
from pipeline.evaluate.prompt import Prompt
from pipeline.passkey_words import FILLER

ANSWER_TOKENS = 128
NOISE = "".join(FILLER).strip()
"""A line of noise."""
_NEEDLE = "One of the special magic {kind} for {key} is: {value}."
_ONE = (
    "A special magic {kind} is hidden within the following text. Make sure to memorize it. "
    "I will quiz you about the {kind} afterwards.\n{context}\n"
    "What is the special magic {kind} for {query} mentioned in the provided text?"
)
_ONE_ANSWER = " The special magic {kind} for {query} mentioned in the provided text is"
_SEVERAL = (
    "Some special magic {kind} are hidden within the following text. Make sure to memorize it. "
    "I will quiz you about the {kind} afterwards.\n{context}\n"
    "What are all the special magic {kind} for {query} mentioned in the provided text?"
)
_SEVERAL_ANSWER = " The special magic {kind} for {query} mentioned in the provided text are"


class NeedleKind(StrEnum):
    """What a key or a value is. The prompts use these names."""

    NUMBERS = "numbers"
    """Seven digits."""
    WORDS = "words"
    """An adjective and a noun, joined by a hyphen."""
    UUIDS = "uuids"


class Haystack(StrEnum):
    """What the needles are hidden in."""

    NOISE = "noise"
    """A line of five short sentences, repeated."""
    NEEDLES = "needles"
    """Other needles of the same kind."""


@dataclass(frozen=True, slots=True)
class NeedleTask:
    """The needles of a task and what is asked about them."""

    name: str
    """RULER's name of it."""
    haystack: Haystack
    keys: NeedleKind = NeedleKind.WORDS
    values: NeedleKind = NeedleKind.NUMBERS
    num_keys: int = 1
    num_values: int = 1
    """For each key."""
    num_queries: int = 1
    """How many of the keys are asked for."""


def needle_prompt(task: NeedleTask, *, seed: int, sample: int) -> MakePrompt:
    """Return the function that makes the prompt of one question with a number of lines of haystack."""
    item = item_id(task.name, seed, sample)
    own = drawn(item, "needles")
    keys = _distinct(task.keys, task.num_keys, own)
    values = {key: tuple(_drawn_one(task.values, own) for _ in range(task.num_values)) for key in keys}
    texts = [_needle(task, key, value) for key in keys for value in values[key]]
    own.shuffle(texts)
    needles = [Needle(own.random(), text) for text in texts]
    asked = own.sample(keys, task.num_queries)
    query = _listed(asked)
    gold = tuple(value for key in asked for value in values[key])
    proof = tuple(_needle(task, key, value) for key in asked for value in values[key])
    depth = min(needle.share for needle in needles if needle.unit in proof)
    is_one = len(gold) == 1
    kind = task.values.value.removesuffix("s") if is_one else task.values.value
    template, answer_start = (_ONE, _ONE_ANSWER) if is_one else (_SEVERAL, _SEVERAL_ANSWER)

    def make(num_units: int) -> Prompt:
        lines = interleaved(_haystack(task, item, tuple(keys), num_units), needles)
        return Prompt(
            item=item,
            messages=user(template.format(kind=kind, query=query, context="\n".join(lines))),
            gold=gold,
            length=0,
            num_tokens=0,
            cluster=item,
            kind=task.name,
            depth=depth,
            answer_start=answer_start.format(kind=kind, query=query),
            max_answer_tokens=ANSWER_TOKENS,
            proof=proof,
        )

    return make


def _haystack(task: NeedleTask, item: str, keys: tuple[str, ...], num_lines: int) -> tuple[str, ...]:
    if task.haystack is Haystack.NOISE:
        return (NOISE,) * num_lines
    # Rounded up, so that the guesses of one search share their lines.
    return _other_needles(task, item, keys, -(-num_lines // _LINES_AT_ONCE) * _LINES_AT_ONCE)[:num_lines]


_LINES_AT_ONCE = 1024


@lru_cache(maxsize=8)
def _other_needles(task: NeedleTask, item: str, keys: tuple[str, ...], num_lines: int) -> tuple[str, ...]:
    """Return the first lines of a question's haystack of needles. None has a key that the question has."""
    source = drawn(item, "haystack")
    lines: list[str] = []
    while len(lines) < num_lines:
        key, value = _drawn_one(task.keys, source), _drawn_one(task.values, source)
        if key not in keys:
            lines.append(_needle(task, key, value))
    return tuple(lines)


def _needle(task: NeedleTask, key: str, value: str) -> str:
    return _NEEDLE.format(kind=task.values.value, key=key, value=value)


def _distinct(kind: NeedleKind, number: int, source: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < number:
        found[_drawn_one(kind, source)] = None
    return list(found)


def _drawn_one(kind: NeedleKind, source: random.Random) -> str:
    match kind:
        case NeedleKind.NUMBERS:
            return str(source.randint(1_000_000, 9_999_999))
        case NeedleKind.WORDS:
            return f"{source.choice(ADJECTIVES)}-{source.choice(NOUNS)}"
        case NeedleKind.UUIDS:
            return str(uuid.UUID(int=source.getrandbits(128), version=4))


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])}, and {keys[-1]}"
