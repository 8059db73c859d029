"""Fills prompts with units of filler, such as lines, up to a length in a model's tokens.

Takes a function that makes the prompt with a given number of units; returns the longest prompt that fits, measured.
Used by the generated tasks. Cost: four or five counts of the whole prompt, 5 ms each at 16,384 tokens.

A task draws its units and the places of its needles for the longest prompt. A shorter prompt has the first of the same
units, and its needles at the same share of its length, so that the lengths are compared on the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count as steps_from
from typing import Generic, TypeVar

from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt

Unit = TypeVar("Unit")
MakePrompt = Callable[[int], Prompt]
"""Returns the prompt with a number of units of filler. More units never make fewer tokens."""

MOST_UNITS = 2**24
_PROBE_UNITS = 32
_STEPS_BEFORE_HALVING = 8


@dataclass(frozen=True, slots=True)
class Needle(Generic[Unit]):
    """What is hidden in filler: a text, or whatever else the units of filler are."""

    share: float
    """Where it stands: 0 before all filler, 1 after it."""
    unit: Unit


@dataclass(frozen=True, slots=True)
class Filled:
    """A number of units, and the number of tokens of the prompt and its answer with them."""

    num_units: int
    num_tokens: int


def fitted(make: MakePrompt, *, meter: Meter, length: int, max_units: int = MOST_UNITS) -> Prompt | None:
    """Return the longest prompt that fits into a length with its longest answer; None if no prompt does.

    Args:
        make: makes the prompt with a number of units, without its `num_tokens`.
        meter: the subject's tokens.
        length: in tokens, of the prompt and its answer.
        max_units: the number of units that exist.
    """
    found = fitted_with_units(make, meter=meter, length=length, max_units=max_units)
    return None if found is None else found[0]


def fitted_with_units(
    make: MakePrompt, *, meter: Meter, length: int, max_units: int = MOST_UNITS
) -> tuple[Prompt, int] | None:
    """Return the longest prompt that fits and its number of units; see `fitted`."""

    def count(num_units: int) -> int:
        prompt = make(num_units)
        return prompt.max_answer_tokens + meter.count_prompt(
            prompt.messages, form=prompt.form, answer_start=prompt.answer_start
        )

    filled = fill(count, room=length, max_units=max_units)
    if filled is None:
        return None
    prompt = make(filled.num_units)
    return replace(prompt, length=length, num_tokens=filled.num_tokens - prompt.max_answer_tokens), filled.num_units


def fill(count: Callable[[int], int], *, room: int, max_units: int = MOST_UNITS) -> Filled | None:
    """Return the number of units whose tokens fit into a room; None if not even zero units fit.

    Less room is left than an average unit needs. Interpolates between a number of units that fits and one that does
    not; halves if that takes long, as with units of very different lengths.
    """
    start = fits = Filled(0, count(0))
    if fits.num_tokens > room:
        return None
    exceeds: Filled | None = None
    for step in steps_from(0):
        guess = min(max_units, fits.num_units + _units_more(start, fits, exceeds, room=room, step=step))
        if guess == fits.num_units:
            break
        tried = Filled(guess, count(guess))
        fits, exceeds = (tried, exceeds) if tried.num_tokens <= room else (fits, tried)
    return fits


def interleaved(units: Sequence[Unit], needles: Sequence[Needle[Unit]]) -> list[Unit]:
    """Return the units with each needle inserted at its share of them. Needles at the same place keep their order."""
    places = sorted(
        ((round(needle.share * len(units)), order) for order, needle in enumerate(needles)),
        key=lambda place: place[0],
    )
    parts: list[Unit] = []
    start = 0
    for place, order in places:
        parts += [*units[start:place], needles[order].unit]
        start = place
    return [*parts, *units[start:]]


def _units_more(start: Filled, fits: Filled, exceeds: Filled | None, *, room: int, step: int) -> int:
    """Return how many units to try beyond those that fit; 0 if there is room for none."""
    left = room - fits.num_tokens
    if exceeds is None:
        if fits.num_tokens == start.num_tokens:
            return max(_PROBE_UNITS, fits.num_units)
        return left * fits.num_units // (fits.num_tokens - start.num_tokens)
    span = exceeds.num_units - fits.num_units
    if step >= _STEPS_BEFORE_HALVING:
        return span // 2
    return left * span // (exceeds.num_tokens - fits.num_tokens)
