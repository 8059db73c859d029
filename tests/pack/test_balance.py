"""The order packs are trained in, and how ranks divide a step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.finetune import StepOrder
from pipeline.identity import seeded_random
from pipeline.pack.balance import balanced_ranks, epoch_steps

RUNS = {
    "costs": st.lists(st.integers(1, 10**12), min_size=1, max_size=30),
    "per_step": st.integers(1, 9),
    "seed": st.integers(0, 9),
    "order": st.sampled_from(StepOrder),
}


def steps_of(costs, *, per_step=1, seed=1, order=StepOrder.SHUFFLED):
    return epoch_steps(costs, packs_per_step=per_step, step_order=order, random=seeded_random(seed))


@given(**RUNS)
def test_steps_of_an_epoch_visit_every_pack_once(costs, per_step, seed, order):
    steps = steps_of(costs, per_step=per_step, seed=seed, order=order)
    assert len(steps) == -(-len(costs) // per_step)
    assert [len(step) for step in steps[:-1]] == [per_step] * (len(steps) - 1)
    assert sorted(pack for step in steps for pack in step) == list(range(len(costs)))


@given(**RUNS, ranks=st.integers(1, 8))
def test_ranks_together_train_the_step_of_one_rank(costs, per_step, seed, order, ranks):
    for packs in steps_of(costs, per_step=per_step, seed=seed, order=order):
        shared = balanced_ranks(packs, costs=costs, num_ranks=ranks)
        assert len(shared) == ranks
        assert sorted(pack for rank in shared for pack in rank) == sorted(packs)
        sizes = [len(rank) for rank in shared]
        assert max(sizes) - min(sizes) <= 1
        assert balanced_ranks(packs, costs=costs, num_ranks=1) == (tuple(packs),)


def test_steps_depend_on_the_seed():
    costs = [1] * 20
    assert steps_of(costs, seed=1) == steps_of(costs, seed=1) != steps_of(costs, seed=2)


def test_costliest_packs_go_to_different_ranks():
    # Longest first, two packs a rank: 10 | 9, then 8 to the lighter one, and 1 to the rank with room.
    assert balanced_ranks([0, 1, 2, 3], costs=[10, 1, 9, 8], num_ranks=2) == ((0, 1), (2, 3))


@given(costs=st.lists(st.integers(1, 1000), min_size=1, max_size=40), ranks=st.integers(1, 6))
def test_no_two_ranks_differ_by_more_than_one_pack_of_the_costliest(costs, ranks):
    step = balanced_ranks(range(len(costs)), costs=costs, num_ranks=ranks)
    loads = [sum(costs[pack] for pack in rank) for rank in step]
    assert max(loads) - min(loads) <= 2 * max(costs)


def test_ranks_without_a_pack_get_none():
    assert balanced_ranks([4, 2], costs=[1] * 5, num_ranks=3) == ((4,), (2,), ())


def test_steps_of_similar_cost_are_even_and_in_no_order_of_cost():
    costs = [10**index for index in range(12)] * 4
    steps = steps_of(costs, per_step=4, order=StepOrder.SIMILAR_COST)
    assert len(steps) == 12
    assert all(len({costs[pack] for pack in step}) == 1 for step in steps)
    firsts = [costs[step[0]] for step in steps]
    assert firsts != sorted(firsts)
    assert firsts != sorted(firsts, reverse=True)
