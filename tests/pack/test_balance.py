"""The order packs are trained in, and how ranks divide a step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.finetune import StepOrder
from pipeline.pack.balance import balanced_ranks, training_steps

RUNS = {
    "costs": st.lists(st.integers(1, 10**12), min_size=1, max_size=30),
    "epochs": st.integers(1, 3),
    "per_step": st.integers(1, 9),
    "seed": st.integers(0, 9),
    "order": st.sampled_from(StepOrder),
}


def steps_of(costs, *, epochs=1, per_step=1, ranks=1, max_steps=None, seed=1, order=StepOrder.SHUFFLED):
    return training_steps(
        costs,
        epochs=epochs,
        packs_per_step=per_step,
        step_order=order,
        num_ranks=ranks,
        max_steps=max_steps,
        seed=seed,
    )


@given(**RUNS)
def test_steps_visit_every_pack_once_an_epoch(costs, epochs, per_step, seed, order):
    steps = steps_of(costs, epochs=epochs, per_step=per_step, seed=seed, order=order)
    per_epoch = -(-len(costs) // per_step)
    assert len(steps) == epochs * per_epoch
    for epoch in range(epochs):
        visited = [pack for (packs,) in steps[epoch * per_epoch : (epoch + 1) * per_epoch] for pack in packs]
        assert sorted(visited) == list(range(len(costs)))


@given(**RUNS, ranks=st.integers(1, 8))
def test_ranks_together_train_the_step_of_one_rank(costs, epochs, per_step, seed, order, ranks):
    alone = steps_of(costs, epochs=epochs, per_step=per_step, seed=seed, order=order)
    shared = steps_of(costs, epochs=epochs, per_step=per_step, seed=seed, order=order, ranks=ranks)
    assert len(alone) == len(shared) > 0
    for (packs,), step in zip(alone, shared, strict=True):
        assert len(step) == ranks
        assert sorted(pack for rank in step for pack in rank) == sorted(packs)
        sizes = [len(rank) for rank in step]
        assert max(sizes) - min(sizes) <= 1


@given(**RUNS, ranks=st.integers(1, 4), at=st.integers(0, 20))
def test_resuming_and_stopping_are_slices_of_one_sequence(costs, epochs, per_step, seed, order, ranks, at):
    whole = steps_of(costs, epochs=epochs, per_step=per_step, seed=seed, order=order, ranks=ranks)
    stopped = steps_of(costs, epochs=epochs, per_step=per_step, seed=seed, order=order, ranks=ranks, max_steps=at)
    assert stopped == whole[:at]
    assert stopped + whole[at:] == whole


def test_steps_depend_on_the_seed_and_differ_by_epoch():
    costs = [1] * 20
    first = steps_of(costs, epochs=2, seed=1)
    assert first == steps_of(costs, epochs=2, seed=1)
    assert first != steps_of(costs, epochs=2, seed=2)
    assert first[:20] != first[20:]


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
    steps = steps_of(costs, per_step=4, ranks=4, order=StepOrder.SIMILAR_COST)
    assert len(steps) == 12
    assert all(len({costs[pack] for rank in step for pack in rank}) == 1 for step in steps)
    firsts = [costs[step[0][0]] for step in steps]
    assert firsts != sorted(firsts)
    assert firsts != sorted(firsts, reverse=True)
