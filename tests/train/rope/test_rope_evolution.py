"""The evolution of RoPE factors: what candidates may be, what is measured, and in which order."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.rope import RopeSearchRecipe
from pipeline.identity import seeded_random
from pipeline.train.rope.search.candidate import Candidate, SearchSpace, candidate, cross, mutate, seeds
from pipeline.train.rope.search.evolution import Evolution, Sizes, evolve, sizes_within

SPACE = SearchSpace(factor=4.0, original_max_tokens=512, half=16, start_tokens=(0,))
SIZES = Sizes(population=12, iterations=10, mutations=4, crossovers=4, parents=6)


def _is_in_the_space(one: Candidate, space: SearchSpace) -> bool:
    rising = all(a <= b for a, b in zip(one.divisors, one.divisors[1:], strict=False))
    within = one.divisors[0] >= 1.0 and one.divisors[-1] <= space.max_divisor
    return rising and within and len(one.divisors) == space.half and one.start_tokens in space.start_tokens


def _evolve(measured: list[Candidate] | None = None) -> Evolution:
    """Search for divisors near 2; fitness is the distance to them."""
    calls = [] if measured is None else measured

    def distance(one: Candidate) -> float:
        calls.append(one)
        return math.sqrt(sum((value - 2.0) ** 2 for value in one.divisors)) + abs(one.attention_factor - 1.05)

    return evolve(seeds(SPACE, theta=10000.0), distance, sizes=SIZES, space=SPACE, probability=0.3, seed=7)


def test_seeds_are_yarn_first_and_the_other_known_methods() -> None:
    found = seeds(SPACE, theta=10000.0)
    names = [one.origin for one in found]
    assert names[0] == "yarn"
    assert {"ntk", "linear", "giraffe_power", "giraffe_truncated"} <= set(names)
    assert all(_is_in_the_space(one, SPACE) for one in found)
    assert found[names.index("linear")].divisors == (4.0,) * 16
    assert found[0].attention_factor == round(0.1 * math.log(4) + 1, 4)


@given(
    divisors=st.lists(st.floats(0.1, 1e30), min_size=16, max_size=16),
    attention=st.floats(0.5, 2.0),
    seed=st.integers(0, 2**32),
)
def test_mutations_and_crossings_stay_in_the_space(divisors: list[float], attention: float, seed: int) -> None:
    space = SearchSpace(factor=4.0, original_max_tokens=512, half=16, start_tokens=(0, 4, 64))
    rng = seeded_random(seed)
    parent = candidate(divisors, attention, 0, "test", space=space)
    other = mutate(parent, rng, probability=0.3, space=space)
    child = cross(parent, other, rng, space=space)
    for one in (parent, other, child):
        assert _is_in_the_space(one, space)
        assert 1.0 <= one.attention_factor <= space.max_attention_factor


def test_crossing_takes_each_divisor_from_a_parent_where_a_cut_allows_it() -> None:
    fast = candidate([1.0] * 8 + [2.0] * 8, 1.0, 0, "test", space=SPACE)
    slow = candidate([1.5] * 8 + [4.0] * 8, 1.1, 0, "test", space=SPACE)
    child = cross(fast, slow, seeded_random(3), space=SPACE)
    assert all(value in (a, b) for value, a, b in zip(child.divisors, fast.divisors, slow.divisors, strict=True))
    assert child.divisors not in (fast.divisors, slow.divisors)


def test_every_seed_is_measured_and_nothing_twice() -> None:
    measured: list[Candidate] = []
    _evolve(measured)
    keys = [one.key for one in measured]
    assert len(keys) == len(set(keys)) == SIZES.num_evaluations
    assert {one.key for one in seeds(SPACE, theta=10000.0)} <= set(keys)


def test_search_improves_on_its_seeds_and_never_loses_its_best() -> None:
    evolution = _evolve()
    best_seed = min(
        entry.perplexity for entry in evolution.measured if entry.candidate.origin not in ("mutation", "crossover")
    )
    assert evolution.measured[0].perplexity < 0.9 * best_seed
    assert list(evolution.best_by_iteration) == sorted(evolution.best_by_iteration, reverse=True)
    assert evolution.best_by_iteration[-1] == evolution.measured[0].perplexity


def test_the_same_seed_gives_the_same_search() -> None:
    assert _evolve() == _evolve()


def test_start_tokens_are_searched_where_they_are_given() -> None:
    space = SearchSpace(factor=4.0, original_max_tokens=512, half=16, start_tokens=(0, 8))
    evolution = evolve(
        seeds(space, theta=10000.0),
        lambda one: 1.0 - 0.1 * (one.start_tokens == 8),
        sizes=SIZES,
        space=space,
        probability=0.3,
        seed=7,
    )
    assert evolution.measured[0].candidate.start_tokens == 8


def test_sizes_are_the_papers_without_a_budget_and_shrink_within_one() -> None:
    full = sizes_within(RopeSearchRecipe(), num_seeds=10)
    assert full == Sizes(population=64, iterations=40, mutations=16, crossovers=16, parents=32)
    assert full.num_evaluations == 1344


@given(budget=st.integers(20, 2000))
def test_sizes_never_exceed_the_budget(budget: int) -> None:
    sizes = sizes_within(RopeSearchRecipe(max_evaluations=budget), num_seeds=10)
    assert 10 <= sizes.num_evaluations <= max(budget, 10)
    assert sizes.num_evaluations > 0.6 * min(budget, 1344)
    assert sizes.parents >= 2


def test_equal_numbers_of_different_origin_share_a_key() -> None:
    one = candidate([1.0] * 16, 1.1, 0, "yarn", space=SPACE)
    same = candidate([1.00000001] * 16, 1.1, 0, "mutation", space=SPACE)
    other = candidate([1.0] * 16, 1.1001, 0, "yarn", space=SPACE)
    assert one.key == same.key != other.key


@pytest.mark.parametrize(
    "change", [{"divisors": (1.0,) * 15 + (2.0,)}, {"attention_factor": 1.01}, {"start_tokens": 4}]
)
def test_candidates_that_differ_in_one_number_are_measured_apart(change: dict[str, object]) -> None:
    one = Candidate((1.0,) * 16, 1.0, 0, "test")
    other = replace(one, **change)
    assert one.key != other.key and one != other
    space = replace(SPACE, start_tokens=(0, 4))
    sizes = Sizes(population=2, iterations=0, mutations=1, crossovers=1, parents=2)
    evolution = evolve(
        [one, other],
        lambda found: 1.0 if found == other else 2.0,
        sizes=sizes,
        space=space,
        probability=0.3,
        seed=7,
    )
    measured = {entry.candidate.key: entry.perplexity for entry in evolution.measured}
    assert (measured[one.key], measured[other.key]) == (2.0, 1.0)
