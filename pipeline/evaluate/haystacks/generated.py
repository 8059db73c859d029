"""What the generated tasks share: their options, their random questions, and the loop over lengths and questions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.haystacks.haystack import MOST_UNITS, MakePrompt, fitted_with_units
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import Asked, Asking
from pipeline.identity import content_id, seeded_random
from pipeline.records import Message

TOO_SHORT, TOO_LONG = "length_too_short", "length_too_long"
"""The reasons for which a question is left out at a length: its own words do not fit, or there is not enough filler."""
_FULL_SHARE = 0.99


class GeneratedOptions(EvaluationTaskOptions):
    """The options that generated tasks share."""

    samples: PositiveInt = 10
    """The number of questions of each kind at each length; the same questions at all lengths."""


def item_id(task: str, seed: int, *parts: str | int) -> str:
    """Return the id of a question. It does not depend on the length."""
    return content_id("generated", task, seed, *parts)


def drawn(item: str, *parts: str | int) -> random.Random:
    """Return the random numbers of one thing in a question, such as its filler."""
    return seeded_random("generated", item, *parts)


def user(text: str) -> tuple[Message, ...]:
    """Return a conversation of one question."""
    return (Message("user", text),)


def ask_at_lengths(
    asking: Asking, makers: Callable[[int], Iterable[MakePrompt]], *, max_units: int = MOST_UNITS
) -> Asked:
    """Return the prompts of each length, filled up to it.

    Args:
        asking: what the task makes its prompts from.
        makers: returns, for a length, a function for each question that makes its prompt with a number of units.
        max_units: the number of units that exist; a prompt that has them all and is not full is left out.
    """
    prompts: list[Prompt] = []
    skipped: Counter[str] = Counter()
    for length in asking.lengths:
        for make in makers(length):
            found = fitted_with_units(make, meter=asking.meter, length=length, max_units=max_units)
            if found is None:
                skipped[TOO_SHORT] += 1
                continue
            prompt, num_units = found
            if num_units == max_units and prompt.num_tokens + prompt.max_answer_tokens < _FULL_SHARE * length:
                skipped[TOO_LONG] += 1
            else:
                prompts.append(prompt)
    return Asked(tuple(prompts), skipped=dict(skipped))


def share_found(prompt: Prompt, answer: str) -> Scores:
    """Return the share of the gold answers that the answer contains, in any case: RULER's `string_match_all`."""
    spoken = answer.lower()
    return {"found": sum(gold.lower() in spoken for gold in prompt.gold) / len(prompt.gold)}
