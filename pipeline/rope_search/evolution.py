"""Decides which candidates to measure, and in which order, until the budget is spent.

Takes seeds, sizes, and a function that measures a candidate's perplexity. Returns every measured candidate with its
perplexity, and the lowest perplexity after the first population and after each iteration (arXiv 2402.13753, algorithm
1). Used by `run`. The same seed and the same measurements lead to the same candidates. So a search that was killed can
run again: it finds its earlier measurements in the store.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.rope import RopeSearchRecipe
from pipeline.identity import seeded_random
from pipeline.rope_search.candidate import Candidate, SearchSpace, cross, mutate

Measure = Callable[[Candidate], float]

_MAX_REJECTED = 1000
"""Number of duplicates in a row after which the space counts as exhausted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Number of candidates of each kind, and of iterations."""

    population: int
    iterations: int
    mutations: int
    crossovers: int
    parents: int

    @property
    def num_evaluations(self) -> int:
        """Number of candidates that are measured, unless there are more seeds than `population` or too few new
        candidates."""
        return self.population + self.iterations * (self.mutations + self.crossovers)


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate and its perplexity."""

    candidate: Candidate
    perplexity: float


@dataclass(frozen=True, slots=True)
class Evolution:
    """The measurements of a search."""

    measured: tuple[Measured, ...]
    """All measured candidates, best first."""
    best_by_iteration: tuple[float, ...]
    """Lowest perplexity after the first population and after each iteration."""


def sizes_within(recipe: RopeSearchRecipe, *, num_seeds: int) -> Sizes:
    """Return the recipe's sizes, reduced if they need more than `max_evaluations` measurements.

    The population, the parents and the children of an iteration shrink by the square root of the share that the budget
    allows. There are as many iterations as the rest of the budget allows. The seeds are always measured.
    """
    population = max(num_seeds, recipe.population)
    full = Sizes(population, recipe.iterations, recipe.mutations, recipe.crossovers, recipe.parents)
    budget = recipe.max_evaluations
    if budget is None or budget >= full.num_evaluations:
        return full
    share = math.sqrt(budget / full.num_evaluations)
    population = max(num_seeds, round(full.population * share))
    mutations, crossovers = max(1, round(full.mutations * share)), max(1, round(full.crossovers * share))
    return Sizes(
        population=population,
        iterations=max(0, budget - population) // (mutations + crossovers),
        mutations=mutations,
        crossovers=crossovers,
        parents=max(2, round(full.parents * share)),
    )


def evolve(
    seeds: Sequence[Candidate], measure: Measure, *, sizes: Sizes, space: SearchSpace, probability: float, seed: int
) -> Evolution:
    """Measure the seeds, then mutations of the seeds, then children of the best candidates so far; none of them twice.

    Args:
        seeds: the initial candidates; all are measured.
        measure: returns the perplexity of a candidate; lower is better.
        sizes: the size of the population and of each iteration.
        space: the bounds of the candidates.
        probability: see `candidate.mutate`.
        seed: the seed for all random draws.
    """
    measured: dict[str, Measured] = {}

    def add(candidate: Candidate) -> None:
        measured[candidate.key] = Measured(candidate, measure(candidate))

    rng = seeded_random("rope search", seed, "population")
    for candidate in seeds:
        if candidate.key not in measured:
            add(candidate)
    missing = sizes.population - len(measured)
    for candidate in _distinct(
        lambda: mutate(rng.choice(seeds), rng, probability=probability, space=space), missing, measured
    ):
        add(candidate)
    best = [_ranked(measured)[0].perplexity]
    for iteration in range(sizes.iterations):
        rng = seeded_random("rope search", seed, iteration)
        parents = [entry.candidate for entry in _ranked(measured)[: sizes.parents]]
        for candidate in _children(parents, rng, sizes, space, probability, measured):
            add(candidate)
        best.append(_ranked(measured)[0].perplexity)
    return Evolution(tuple(_ranked(measured)), tuple(best))


def _children(
    parents: Sequence[Candidate],
    rng: random.Random,
    sizes: Sizes,
    space: SearchSpace,
    probability: float,
    measured: dict[str, Measured],
) -> Iterator[Candidate]:
    yield from _distinct(
        lambda: mutate(rng.choice(parents), rng, probability=probability, space=space), sizes.mutations, measured
    )
    yield from _distinct(lambda: _cross_two(parents, rng, space), sizes.crossovers, measured)


def _cross_two(parents: Sequence[Candidate], rng: random.Random, space: SearchSpace) -> Candidate:
    one, other = rng.sample(parents, 2)
    return cross(one, other, rng, space=space)


def _distinct(draw: Callable[[], Candidate], count: int, measured: dict[str, Measured]) -> Iterator[Candidate]:
    """Yield up to `count` unmeasured candidates. The caller measures each candidate before it requests the next one."""
    rejected = 0
    while count > 0 and rejected < _MAX_REJECTED:
        drawn = draw()
        if drawn.key in measured:
            rejected += 1
            continue
        rejected = 0
        count -= 1
        yield drawn


def _ranked(measured: dict[str, Measured]) -> list[Measured]:
    return sorted(measured.values(), key=lambda entry: (entry.perplexity, entry.candidate.key))
