"""A point in the search space, and the operators that make new points from existing points.

Takes seeds from the methods of `train.rope`, parents and a seeded generator. Returns `Candidate`s whose divisors never
decrease from one frequency to the next and lie within [1, 1.25 s], as in the paper (arXiv 2402.13753, section 3.3 and
table 4). Used throughout the search. Does not import torch.
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
"""Number of decimals of a divisor. If two divisors agree to this many decimals, the angles differ by less than
0.01%."""
_MAX_CROSSING_ATTEMPTS = 64
_SEGMENT_SPREAD, _ATTENTION_SPREAD = 0.25, 0.02
"""Standard deviations, in log scale, of the random factors for a run of divisors and for the attention factor."""


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """The bounds of the candidates."""

    factor: float
    original_max_tokens: int
    half: int
    """Number of rotary frequencies, which is half the rotary dimension."""
    start_tokens: tuple[int, ...]
    """The values to try for `Candidate.start_tokens`."""

    @property
    def max_divisor(self) -> float:
        """The paper's upper bound, 1.25 s."""
        return round(1.25 * self.factor, _DIGITS)

    @property
    def max_attention_factor(self) -> float:
        """10% more than YaRN's attention factor; LongRoPE's attention factor is lower."""
        return round(1.1 * yarn_attention_factor(self.factor), _DIGITS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Divisors, the factor for cos and sin, and the number of first tokens that are not scaled (n̂ in the paper)."""

    divisors: tuple[float, ...]
    attention_factor: float
    start_tokens: int
    origin: str = field(compare=False)
    """A method's name, to which `, LongRoPE's attention factor` may be added, or `mutation` or `crossover`."""

    @property
    def key(self) -> str:
        """A hash of the numbers; equal candidates of different origins have the same key."""
        return content_id(*map(repr, self.divisors), repr(self.attention_factor), self.start_tokens)


def candidate(
    divisors: Sequence[float], attention_factor: float, start_tokens: int, origin: str, *, space: SearchSpace
) -> Candidate:
    """Return the numbers as a point in the space: clipped to the bounds, with no divisor below the previous one."""
    projected: list[float] = []
    for divisor in divisors:
        clipped = min(max(divisor, 1.0), space.max_divisor)
        projected.append(round(max(clipped, projected[-1] if projected else 1.0), _DIGITS))
    clipped_attention = min(max(attention_factor, 1.0), space.max_attention_factor)
    return Candidate(tuple(projected), round(clipped_attention, _DIGITS), start_tokens, origin)


def seeds(space: SearchSpace, *, theta: float) -> list[Candidate]:
    """Return known methods as candidates: YaRN, NTK and PI (`linear`) as in the paper, then Giraffe's two methods.

    Each method appears with its own attention factor and with LongRoPE's, unless these are equal.
    """
    paper = longrope_attention_factor(space.factor, space.original_max_tokens)
    rotary = Rotary(theta, 2 * space.half, space.original_max_tokens, Tables.SHARED)
    candidates = []
    for method in search_seeds(factor=space.factor):
        scaling = written_scaling(method, rotary)
        for attention_factor in dict.fromkeys((scaling.attention_factor, paper)):
            is_own = attention_factor == scaling.attention_factor
            name = method.method if is_own else f"{method.method}, LongRoPE's attention factor"
            candidates.append(candidate(scaling.divisors, attention_factor, 0, name, space=space))
    return candidates


def mutate(parent: Candidate, rng: random.Random, *, probability: float, space: SearchSpace) -> Candidate:
    """Return a neighbour of a candidate.

    Half of the mutations follow the paper: each divisor is redrawn with the given probability. Here, it is drawn from
    the range between its neighbours' divisors, so that the divisors never decrease. The other half multiply the
    divisors of a run of neighbouring frequencies by one random factor, because dozens of evaluations cannot find a
    common trend in 32 independent draws. In every mutation, the attention factor and the start tokens are each redrawn
    with the given probability.
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
        if stretch < 1.0:  # divisors before the run must not be above it
            ceiling = divisors[first]
            divisors = [min(value, ceiling) if i < first else value for i, value in enumerate(divisors)]
    attention = parent.attention_factor
    if rng.random() < probability:
        attention *= math.exp(rng.gauss(0.0, _ATTENTION_SPREAD))
    start_tokens = rng.choice(space.start_tokens) if rng.random() < probability else parent.start_tokens
    return candidate(divisors, attention, start_tokens, "mutation", space=space)


def cross(one: Candidate, other: Candidate, rng: random.Random, *, space: SearchSpace) -> Candidate:
    """Return a child with the divisors of one parent for fast frequencies and of the other parent for slow frequencies.

    If every cut that is tried would make the divisors decrease, each divisor is the geometric mean of the parents'.
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
