"""RULER's common words: a long numbered list of words, in which ten words appear much more often than the others.

After one worked example, as published (Hsieh et al. 2024, arXiv 2404.06654, section 3 and appendix B; NVIDIA/RULER).
The words differ: they come from an own list, and from made-up words where a list needs more than 1,172 different ones,
which is the case from about 32,768 tokens on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, drawn, item_id, share_found, user
from pipeline.evaluate.haystacks.haystack import MakePrompt
from pipeline.evaluate.haystacks.word_list import coined_words, distinct_words
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_NUM_COMMON = 10
_ANSWER_TOKENS = 120
_TEMPLATE = (
    "Below is a numbered list of words. In these words, some appear more often than others. "
    "Memorize the ones that appear most often.\n{context}\n"
    "Question: What are the 10 most common words in the above list?"
)
_ANSWER = " Answer: The top 10 words that appear most often in the list are:"


class CweOptions(GeneratedOptions):
    """Options of the common words."""

    task: Literal["cwe"] = "cwe"


@dataclass(frozen=True, slots=True)
class _Repeats:
    """How often words appear."""

    common: int
    uncommon: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """The list of a question, and that of its worked example."""

    asked: _Repeats
    example: _Repeats
    num_example_words: int


_LONG = _Shape(_Repeats(30, 3), _Repeats(10, 3), num_example_words=40)
_SHORT = _Shape(_Repeats(6, 1), _Repeats(3, 1), num_example_words=20)
_LONG_FROM = 4096
"""The length from which lists are long ones, in tokens."""


def _ask(asking: Asking) -> Asked:
    return ask_at_lengths(
        asking,
        lambda length: [
            _list_prompt(asking.seed, sample, _LONG if length >= _LONG_FROM else _SHORT)
            for sample in range(asking.options.samples)
        ],
    )


def _list_prompt(seed: int, sample: int, shape: _Shape) -> MakePrompt:
    item = item_id("cwe", seed, sample)
    example = _worked_example(item, shape)

    def make(num_units: int) -> Prompt:
        words = _words_of(item, _NUM_COMMON + num_units)
        listed = _listed(words, shape.asked, drawn(item, "order", num_units))
        return Prompt(
            item=item,
            messages=user(f"{example}\n{_TEMPLATE.format(context=listed)}"),
            gold=words[:_NUM_COMMON],
            length=0,
            num_tokens=0,
            cluster=item,
            answer_start=_ANSWER,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(listed,),
        )

    return make


def _worked_example(item: str, shape: _Shape) -> str:
    source = drawn(item, "example")
    words = source.sample(distinct_words(), shape.num_example_words)
    answer = " ".join(f"{number}. {word}" for number, word in enumerate(words[:_NUM_COMMON], 1))
    return f"{_TEMPLATE.format(context=_listed(words, shape.example, source))}{_ANSWER} {answer}"


def _listed(words: list[str] | tuple[str, ...], repeats: _Repeats, source: random.Random) -> str:
    occurrences = [*words[:_NUM_COMMON] * repeats.common, *words[_NUM_COMMON:] * repeats.uncommon]
    source.shuffle(occurrences)
    return " ".join(f"{number}. {word}" for number, word in enumerate(occurrences, 1))


def _words_of(item: str, number: int) -> tuple[str, ...]:
    words = _shuffled_words(item)
    return words[:number] if number <= len(words) else (*words, *islice(coined_words(), number - len(words)))


@lru_cache(maxsize=8)
def _shuffled_words(item: str) -> tuple[str, ...]:
    words = list(distinct_words())
    drawn(item, "words").shuffle(words)
    return tuple(words)


TASK = AnswerTask(
    name="cwe",
    title="Common words",
    about="Finds the ten most common words of a long list (RULER cwe, arXiv 2404.06654; from an own list of words).",
    options=CweOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
