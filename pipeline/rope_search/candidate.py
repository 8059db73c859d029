"""A point of the search space, and how new ones are made from old ones.

In: seeds from the methods of `train.rope`, parents, a seeded generator. Out: `Candidate`s whose divisors never fall
from one frequency to the next and stay within [1, 1.25 s], as in the paper (arXiv 2402.13753, section 3.3 and table 4).
Used by `evolution`. Pure Python.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.identity import content_id
from pipeline.train.rope.method import Rotary, Tables
from pipeline.train.rope.methods import search_seeds
from pipeline.train.rope.methods.longrope import longrope_attention_factor
from pipeline.train.rope.methods.yarn import yarn_attention_factor
from pipeline.train.rope.parameters import written_scaling

_DIGITS = 4
"""Decimals of a divisor: two candidates that agree in them rotate 10⁵ positions within 1 % of a turn alike."""
_MAX_CROSSING_ATTEMPTS = 64
_SEGMENT_SPREAD, _ATTENTION_SPREAD = 0.25, 0.02
"""Standard deviations of the logarithm of what a segment, or the attention factor, is multiplied by."""


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """What candidates may be."""

    factor: float
    original_max_tokens: int
    half: int
    """Rotary frequencies."""
    start_tokens: tuple[int, ...]

    @property
    def max_divisor(self) -> float:
        """The paper's upper bound, 1.25 s."""
        return round(1.25 * self.factor, _DIGITS)

    @property
    def max_attention_factor(self) -> float:
        """A tenth above YaRN's; LongRoPE's own is lower."""
        return round(1.1 * yarn_attention_factor(self.factor), _DIGITS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Divisors, the scale of cos and sin, and how many first tokens stay unscaled (n̂)."""

    divisors: tuple[float, ...]
    attention_factor: float
    start_tokens: int
    origin: str = field(compare=False)
    """Where it came from: a method's name, `mutation` or `crossover`."""

    @property
    def key(self) -> str:
        """A hash of the numbers; equal candidates of different origin share it."""
        return content_id(*map(repr, self.divisors), repr(self.attention_factor), self.start_tokens)


def candidate(
    divisors: Sequence[float], attention_factor: float, start_tokens: int, origin: str, *, space: SearchSpace
) -> Candidate:
    """The nearest point of the space: clipped to its bounds, and no divisor below the one before it."""
    projected: list[float] = []
    for divisor in divisors:
        clipped = min(max(divisor, 1.0), space.max_divisor)
        projected.append(round(max(clipped, projected[-1] if projected else 1.0), _DIGITS))
    clipped_attention = min(max(attention_factor, 1.0), space.max_attention_factor)
    return Candidate(tuple(projected), round(clipped_attention, _DIGITS), start_tokens, origin)


def seeds(space: SearchSpace, *, theta: float) -> list[Candidate]:
    """Return the known methods as candidates, YaRN first: PI, NTK and YaRN as in the paper, and Giraffe's two."""
    paper = longrope_attention_factor(space.factor, space.original_max_tokens)
    rotary = Rotary(theta, 2 * space.half, space.original_max_tokens, Tables.SHARED)
    found = []
    for method in search_seeds(factor=space.factor):
        scaling = written_scaling(method, rotary)
        for attention_factor in dict.fromkeys((scaling.attention_factor, paper)):
            is_own = attention_factor == scaling.attention_factor
            name = method.method if is_own else f"{method.method}, LongRoPE's attention factor"
            found.append(candidate(scaling.divisors, attention_factor, 0, name, space=space))
    return found


def mutate(parent: Candidate, rng: random.Random, *, probability: float, space: SearchSpace) -> Candidate:
    """A neighbour of a candidate.

    Half of the mutations are the paper's: each divisor is drawn anew with a probability, here between its neighbours',
    which is what remains of a draw from the whole range once falling lists are rejected. The other half stretch a run
    of neighbouring frequencies together, because dozens of evaluations cannot find a common trend of 32 independent
    draws.
    """
    divisors = list(parent.divisors)
    if rng.random() < 0.5:
        for i in range(space.half):
            if rng.random() < probability:
                low = divisors[i - 1] if i else 1.0
                high = divisors[i + 1] if i + 1 < space.half else space.max_divisor
                divisors[i] = rng.uniform(low, max(low, high))
    else:
        first, last = sorted(rng.sample(range(space.half + 1), 2))
        stretch = math.exp(rng.gauss(0.0, _SEGMENT_SPREAD))
        divisors = [value * stretch if first <= i < last else value for i, value in enumerate(divisors)]
        if stretch < 1.0:  # what comes before the run may not stand above it
            ceiling = divisors[first]
            divisors = [min(value, ceiling) if i < first else value for i, value in enumerate(divisors)]
    attention = parent.attention_factor
    if rng.random() < probability:
        attention *= math.exp(rng.gauss(0.0, _ATTENTION_SPREAD))
    start_tokens = rng.choice(space.start_tokens) if rng.random() < probability else parent.start_tokens
    return candidate(divisors, attention, start_tokens, "mutation", space=space)


def cross(one: Candidate, other: Candidate, rng: random.Random, *, space: SearchSpace) -> Candidate:
    """A child that has its fast frequencies from one parent and its slow ones from the other.

    Where no cut gives a list that never falls, each divisor is the geometric mean of the parents'.
    """
    divisors = [math.sqrt(a * b) for a, b in zip(one.divisors, other.divisors, strict=True)]
    for _ in range(_MAX_CROSSING_ATTEMPTS):
        cut = rng.randrange(1, space.half)
        if one.divisors[cut - 1] <= other.divisors[cut]:
            divisors = [*one.divisors[:cut], *other.divisors[cut:]]
            break
    attention = rng.choice((one.attention_factor, other.attention_factor))
    start_tokens = rng.choice((one.start_tokens, other.start_tokens))
    return candidate(divisors, attention, start_tokens, "crossover", space=space)
