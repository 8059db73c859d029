"""Passkey retrieval: a five-digit key in filler, at chosen depths.

The protocol of Landmark attention and LongLoRA (arXiv 2305.16300, section 4.2; arXiv 2309.12307, section 4.2), in the
words that the probe during training uses too (`passkey_words`). All models get plain text, which they continue.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from pipeline.config.evaluate import Depth, EvaluationTaskOptions
from pipeline.evaluate.haystacks.generated import ask_at_lengths, drawn, item_id, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, interleaved
from pipeline.evaluate.prompt import Prompt, PromptForm, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.passkey_words import FILLER, INTRODUCTION, KEYS, NEEDLE, QUESTION

_ANSWER_TOKENS = 12
"""Enough for five digits, with one token each, and some words before them."""


class PasskeyOptions(EvaluationTaskOptions):
    """Options of the passkey."""

    task: Literal["passkey"] = "passkey"
    depths: Annotated[tuple[Depth, ...], Field(min_length=1)] = (0.0, 0.25, 0.5, 0.75, 1.0)
    """Where the key stands: 0 before all filler, 1 after it."""
    samples: PositiveInt = 4
    """The number of keys; the same keys at all lengths and depths."""


def _ask(asking: Asking) -> Asked:
    makers = [
        _passkey_prompt(asking.seed, sample, depth)
        for depth in asking.options.depths
        for sample in range(asking.options.samples)
    ]
    return ask_at_lengths(asking, lambda _: makers)


def _passkey_prompt(seed: int, sample: int, depth: float) -> MakePrompt:
    item = item_id("passkey", seed, sample)
    key = str(drawn(item, "key").randint(*KEYS))
    needle = NEEDLE.format(key=key)

    def make(num_units: int) -> Prompt:
        rounds, rest = divmod(num_units, len(FILLER))
        sentences = [*FILLER * rounds, *FILLER[:rest]]
        return Prompt(
            item=item,
            messages=user("".join([INTRODUCTION, *interleaved(sentences, [Needle(depth, needle)]), QUESTION])),
            gold=(key,),
            length=0,
            num_tokens=0,
            cluster=item,
            depth=depth,
            form=PromptForm.TEXT,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(needle.strip(),),
        )

    return make


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return whether the first number in the answer is exactly the key."""
    first = re.search(r"\d+", answer)
    return {"found": float(first is not None and first.group() in prompt.gold)}


TASK = AnswerTask(
    name="passkey",
    title="Passkey",
    about="Finds a five-digit key in filler (arXiv 2305.16300, section 4.2; arXiv 2309.12307, section 4.2).",
    options=PasskeyOptions,
    ask=_ask,
    score=_score,
    measure="found",
    needs_build=False,
)
