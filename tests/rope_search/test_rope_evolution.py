"""The evolution of RoPE factors: what candidates may be, what is measured, and in which order."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.config.rope import RopeSearchRecipe
from pipeline.identity import seeded_random
from pipeline.rope_search.candidate import Candidate, SearchSpace, candidate, cross, mutate, seeds
from pipeline.rope_search.evolution import Evolution, Sizes, evolve, sizes_within

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


def test_sizes_of_a_small_population_count_all_seeds_within_the_budget() -> None:
    recipe = RopeSearchRecipe(population=2, mutations=1, crossovers=1, iterations=2, parents=2, max_evaluations=12)
    sizes = sizes_within(recipe, num_seeds=10)
    assert sizes.num_evaluations <= 12
    assert sizes.population == 10


def test_search_with_a_single_parent_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        RopeSearchRecipe(parents=1)


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


def test_key_of_a_candidate_follows_each_of_its_numbers() -> None:
    base = Candidate((1.0, 2.0), 1.1, 0, "yarn")
    others = [
        Candidate((1.0, 2.0001), 1.1, 0, "yarn"),
        Candidate((2.0, 1.0), 1.1, 0, "yarn"),
        Candidate((1.0, 2.0), 1.1001, 0, "yarn"),
        Candidate((1.0, 2.0), 1.1, 4, "yarn"),
        Candidate((1.0, 2.0), 1.1, 8, "yarn"),
    ]
    assert len({base.key, *(one.key for one in others)}) == 6
    assert Candidate((1.0, 2.0), 1.1, 0, "mutation").key == base.key


def test_candidate_is_clipped_raised_and_rounded_into_its_space() -> None:
    space = SearchSpace(factor=4.0, original_max_tokens=512, half=5, start_tokens=(0, 4))
    # 1.25 · 4, and 1.1 · (0.1 ln 4 + 1).
    assert (space.max_divisor, space.max_attention_factor) == (5.0, round(1.1 * (0.1 * math.log(4) + 1), 4))
    one = candidate([0.9, 1.23456, 1.2, 4.99999, 5.1], 0.7, 4, "made", space=space)
    assert one == Candidate((1.0, 1.2346, 1.2346, 5.0, 5.0), 1.0, 4, "made") and one.origin == "made"
    assert candidate([1.0] * 5, 9.0, 0, "made", space=space).attention_factor == space.max_attention_factor
    assert candidate([1.0] * 5, 1.05555, 0, "made", space=space).attention_factor in (1.0555, 1.0556)


def test_seeds_are_each_method_under_its_own_and_the_papers_attention_factor() -> None:
    found = seeds(SPACE, theta=10000.0)
    yarn, paper = round(0.1 * math.log(4) + 1, 4), round(math.sqrt(1 + math.log(4) / math.log(512)), 4)
    names = [(one.origin, one.attention_factor, one.start_tokens) for one in found]
    assert names == [
        (f"{method}{suffix}", factor, 0)
        for method, own in (
            ("yarn", yarn),
            ("ntk", 1.0),
            ("linear", 1.0),
            ("giraffe_power", 1.0),
            ("giraffe_truncated", 1.0),
        )
        for suffix, factor in (("", own), (", LongRoPE's attention factor", paper))
    ]
    by_name = {one.origin: one.divisors for one in found}
    assert by_name["ntk"] == tuple(round(4.0 ** (i / 15), 4) for i in range(16))
    assert by_name["giraffe_power"] == tuple(round(min((1 - i / 16) ** -0.1, 5.0), 4) for i in range(16))


def test_mutation_without_probability_changes_divisors_of_a_run_alone() -> None:
    parent = candidate([1.0 + 0.1 * i for i in range(16)], 1.1, 4, "made", space=SPACE)
    kinds = set()
    for seed in range(40):
        child = mutate(parent, seeded_random(seed), probability=0.0, space=SPACE)
        assert (child.attention_factor, child.start_tokens, child.origin) == (1.1, 4, "mutation")
        changed = [i for i in range(16) if child.divisors[i] != parent.divisors[i]]
        if not changed:
            kinds.add("same")
            continue
        kinds.add("longer" if child.divisors[changed[-1]] > parent.divisors[changed[-1]] else "shorter")
    assert kinds == {"same", "longer", "shorter"}


def test_mutation_with_probability_draws_divisors_between_neighbours_and_the_other_numbers() -> None:
    space = SearchSpace(factor=4.0, original_max_tokens=512, half=16, start_tokens=(2, 8))
    parent = candidate([1.0 + 0.1 * i for i in range(16)], 1.1, 0, "made", space=space)
    children = [mutate(parent, seeded_random(seed), probability=1.0, space=space) for seed in range(30)]
    assert {child.start_tokens for child in children} == {2, 8}
    assert len({child.attention_factor for child in children}) > 10
    assert all(abs(math.log(child.attention_factor / 1.1)) < 0.1 for child in children)
    free = [
        child for child in children if sum(a != b for a, b in zip(child.divisors, parent.divisors, strict=True)) > 12
    ]
    assert len(free) > 5


def test_child_has_numbers_of_both_parents_or_their_geometric_means() -> None:
    one = candidate([1.0] * 8 + [4.0] * 8, 1.0, 0, "test", space=SPACE)
    other = candidate([2.0] * 16, 1.1, 8, "test", space=SPACE)
    children = [cross(one, other, seeded_random(seed), space=SPACE) for seed in range(20)]
    assert {child.attention_factor for child in children} == {1.0, 1.1}
    assert {child.start_tokens for child in children} == {0, 8}
    assert {child.origin for child in children} == {"crossover"}
    cuts = {child.divisors.count(1.0) for child in children}
    assert cuts <= set(range(1, 9)) and len(cuts) > 2
    # Fast ones of 4 above slow ones of 2 would fall at every cut.
    high, low = (candidate([value] * 16, 1.0, 0, "test", space=SPACE) for value in (4.0, 1.0))
    assert cross(high, low, seeded_random(1), space=SPACE).divisors == (2.0,) * 16


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (1344, Sizes(64, 40, 16, 16, 32)),
        (1343, Sizes(64, 39, 16, 16, 32)),
        (336, Sizes(32, 19, 8, 8, 16)),  # a quarter: half of each
        (84, Sizes(16, 8, 4, 4, 8)),
        (10, Sizes(10, 0, 1, 1, 3)),
        (4, Sizes(10, 0, 1, 1, 2)),
    ],
)
def test_sizes_shrink_with_the_square_root_of_the_budget(budget: int, expected: Sizes) -> None:
    assert sizes_within(RopeSearchRecipe(max_evaluations=budget), num_seeds=10) == expected
    assert expected.num_evaluations == expected.population + expected.iterations * (
        expected.mutations + expected.crossovers
    )


def test_another_seed_and_probability_give_another_search() -> None:
    def keys(seed: int, probability: float) -> tuple[str, ...]:
        found = evolve(seeds(SPACE, theta=1e4), lambda one: sum(one.divisors), sizes=SIZES, space=SPACE,
                       probability=probability, seed=seed)  # fmt: skip
        return tuple(entry.candidate.key for entry in found.measured)

    assert len({keys(7, 0.3), keys(8, 0.3), keys(7, 0.6)}) == 3


def test_evolution_ranks_all_it_measured_and_notes_the_best_after_each_iteration() -> None:
    measured: list[Candidate] = []
    evolution = _evolve(measured)

    def distance(one: Candidate) -> float:
        return math.sqrt(sum((value - 2.0) ** 2 for value in one.divisors)) + abs(one.attention_factor - 1.05)

    ranked = sorted(measured, key=lambda one: (distance(one), one.key))
    assert [entry.candidate for entry in evolution.measured] == ranked
    assert [entry.perplexity for entry in evolution.measured] == [distance(one) for one in ranked]
    ends = [SIZES.population + n * (SIZES.mutations + SIZES.crossovers) for n in range(SIZES.iterations + 1)]
    assert evolution.best_by_iteration == tuple(min(map(distance, measured[:end])) for end in ends)
    origins = [one.origin for one in measured]
    assert set(origins[len(seeds(SPACE, theta=1e4)) : SIZES.population]) == {"mutation"}
    of_iteration = origins[SIZES.population : SIZES.population + 8]
    assert (of_iteration.count("mutation"), of_iteration.count("crossover")) == (4, 4)


def test_child_is_never_wholly_one_parents() -> None:
    one, other = (candidate([value] * 16, 1.0, 0, "test", space=SPACE) for value in (1.0, 2.0))
    children = {cross(one, other, seeded_random(seed), space=SPACE).divisors for seed in range(120)}
    assert {child.count(1.0) for child in children} == set(range(1, 16))


def test_mutation_may_stretch_a_single_frequency() -> None:
    space = SearchSpace(factor=4.0, original_max_tokens=512, half=2, start_tokens=(0,))
    parent = candidate([1.5, 4.0], 1.0, 0, "made", space=space)
    children = [mutate(parent, seeded_random(seed), probability=0.0, space=space).divisors for seed in range(60)]
    moved = {(a != 1.5, b != 4.0) for a, b in children}
    assert moved == {(False, False), (True, False), (False, True), (True, True)}


def test_children_of_an_iteration_come_from_the_best_parents_alone() -> None:
    sizes = Sizes(population=12, iterations=1, mutations=3, crossovers=5, parents=2)
    measured: list[Candidate] = []

    def measure(one: Candidate) -> float:
        measured.append(one)
        return abs(sum(one.divisors) - 40.0) + abs(one.attention_factor - 1.05)

    evolve(seeds(SPACE, theta=1e4), measure, sizes=sizes, space=SPACE, probability=0.3, seed=5)
    calls = list(measured)
    first, second = sorted(calls[:12], key=lambda one: (measure(one), one.key))[:2]
    children = calls[12:]
    assert [one.origin for one in children] == ["mutation"] * 3 + ["crossover"] * 5
    possible = [{a, b, round(math.sqrt(a * b), 4)} for a, b in zip(first.divisors, second.divisors, strict=True)]
    for child in children[3:]:
        assert all(value in choices for value, choices in zip(child.divisors, possible, strict=True))


def test_draws_of_an_iteration_follow_the_seed() -> None:
    known = seeds(SPACE, theta=1e4)
    sizes = Sizes(population=len(known), iterations=1, mutations=4, crossovers=2, parents=4)

    def found(seed: int) -> set[str]:
        evolution = evolve(known, lambda one: sum(one.divisors), sizes=sizes, space=SPACE, probability=0.3, seed=seed)
        return {entry.candidate.key for entry in evolution.measured}

    assert len(found(1)) == len(known) + 6 and found(1) != found(2)
