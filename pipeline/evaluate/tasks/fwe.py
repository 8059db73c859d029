"""RULER's frequent words: made-up words whose frequencies follow a zeta distribution; asks for the three top ones.

The most frequent word is written as dots, which are to be ignored (Hsieh et al. 2024, arXiv 2404.06654, section 3 and
appendix B; NVIDIA/RULER). RULER adds words in steps of a 32nd of the length; here, prompts are filled to the word.
"""

from __future__ import annotations

import math
from collections import Counter
from string import ascii_lowercase
from typing import Literal

from pipeline.evaluate.haystacks.generated import (
    TOO_SHORT,
    GeneratedOptions,
    ask_at_lengths,
    drawn,
    item_id,
    share_found,
    user,
)
from pipeline.evaluate.haystacks.haystack import MakePrompt
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_WORD_LETTERS = 6
_TOKENS_PER_WORD_OF_VOCABULARY = 50
_NUM_ASKED = 3
_ZETA_2 = math.pi**2 / 6
"""The zeta function at RULER's exponent, 2: the sum of all 1 / rank²."""
_DOTS = "..."
_ANSWER_TOKENS = 50
_TEMPLATE = (
    "Read the following coded text and track the frequency of each coded word. "
    "Find the three most frequently appeared coded words. {context}\n"
    "Question: Do not provide any explanation. Please ignore the dots '....'. "
    "What are the three most frequently appeared words in the above coded text?"
)
_ANSWER = " Answer: According to the coded text above, the three most frequently appeared words are:"


class FweOptions(GeneratedOptions):
    """Options of the frequent words."""

    task: Literal["fwe"] = "fwe"


def _ask(asking: Asking) -> Asked:
    asked = ask_at_lengths(
        asking, lambda length: [_coded_prompt(asking.seed, sample, length) for sample in range(asking.options.samples)]
    )
    prompts = tuple(prompt for prompt in asked.prompts if _has_clear_ranks(prompt))
    num_too_short = asked.skipped.get(TOO_SHORT, 0) + len(asked.prompts) - len(prompts)
    return Asked(prompts, skipped={TOO_SHORT: num_too_short} if num_too_short else {})


def _has_clear_ranks(prompt: Prompt) -> bool:
    """Return whether each word that is asked for is more frequent than all others; not so in a short text."""
    counts = Counter(word for proof in prompt.proof for word in proof.split() if word != _DOTS)
    asked = [counts[word] for word in prompt.gold]
    others = (count for word, count in counts.items() if word not in prompt.gold)
    return min(asked) > max(others, default=0)


def _coded_prompt(seed: int, sample: int, length: int) -> MakePrompt:
    item = item_id("fwe", seed, sample)
    size = max((length - _ANSWER_TOKENS) // _TOKENS_PER_WORD_OF_VOCABULARY, _NUM_ASKED + 1)
    vocabulary = _vocabulary(item, size)

    def make(num_units: int) -> Prompt:
        words = [word for rank, word in enumerate(vocabulary, 1) for _ in range(int(num_units * rank**-2.0 / _ZETA_2))]
        drawn(item, "order", num_units).shuffle(words)
        coded = " ".join(words)
        return Prompt(
            item=item,
            messages=user(_TEMPLATE.format(context=coded)),
            gold=vocabulary[1 : _NUM_ASKED + 1],
            length=0,
            num_tokens=0,
            cluster=item,
            answer_start=_ANSWER,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(coded,),
        )

    return make


def _vocabulary(item: str, size: int) -> tuple[str, ...]:
    """Return words by rank; the first of a longer vocabulary are those of a shorter one."""
    source = drawn(item, "vocabulary")
    words = {_DOTS: None}
    while len(words) < size:
        words["".join(source.choices(ascii_lowercase, k=_WORD_LETTERS))] = None
    return tuple(words)


TASK = AnswerTask(
    name="fwe",
    title="Frequent words",
    about="Finds the three most frequent made-up words of a text (RULER fwe, arXiv 2404.06654).",
    options=FweOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
