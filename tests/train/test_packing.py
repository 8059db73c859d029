"""Packs and the order they are trained in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.train.packing import pack_best_fit, training_steps


def _one_regime(_: int) -> int:
    return 0


def test_best_fit_fills_the_fullest_pack_with_room() -> None:
    # 6 opens a pack (4 left), 5 another (5 left); 4 goes where exactly 4 is left, 3 and 2 into the other.
    packs = pack_best_fit([2, 4, 6, 5, 3], max_tokens=10, regime_of=_one_regime)
    assert packs == ((1, 2), (0, 3, 4))


def test_row_longer_than_a_pack_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="row 1 has 11 tokens"):
        pack_best_fit([3, 11], max_tokens=10, regime_of=_one_regime)


def test_rows_of_different_regimes_never_share_a_pack() -> None:
    lengths = [3, 3, 6, 6, 2, 2]
    packs = pack_best_fit(lengths, max_tokens=12, regime_of=lambda n: int(n > 5))
    assert all(len({lengths[i] > 5 for i in pack}) == 1 for pack in packs)
    assert len(packs) == 2


@given(lengths=st.lists(st.integers(1, 100), min_size=1, max_size=80), room=st.integers(100, 300))
def test_packing_keeps_every_row_once_and_no_pack_overflows(lengths: list[int], room: int) -> None:
    packs = pack_best_fit(lengths, max_tokens=room, regime_of=_one_regime)
    assert sorted(index for pack in packs for index in pack) == list(range(len(lengths)))
    assert all(0 < sum(lengths[i] for i in pack) <= room for pack in packs)
    # No two packs could have been one: best fit would have put the later row into the earlier pack.
    sums = sorted(sum(lengths[i] for i in pack) for pack in packs)
    assert len(sums) == 1 or sums[0] + sums[1] > room


@given(
    num_packs=st.integers(1, 30),
    epochs=st.integers(1, 3),
    per_step=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_steps_visit_every_pack_once_an_epoch(num_packs: int, epochs: int, per_step: int, seed: int) -> None:
    steps = training_steps(num_packs, epochs=epochs, packs_per_step=per_step, max_steps=None, seed=seed)
    per_epoch = -(-num_packs // per_step)
    assert len(steps) == epochs * per_epoch
    for epoch in range(epochs):
        visited = [pack for step in steps[epoch * per_epoch : (epoch + 1) * per_epoch] for pack in step]
        assert sorted(visited) == list(range(num_packs))


def test_steps_depend_on_the_seed_and_differ_by_epoch() -> None:
    first = training_steps(20, epochs=2, packs_per_step=1, max_steps=None, seed=1)
    assert first == training_steps(20, epochs=2, packs_per_step=1, max_steps=None, seed=1)
    assert first != training_steps(20, epochs=2, packs_per_step=1, max_steps=None, seed=2)
    assert first[:20] != first[20:]


def test_max_steps_cuts_the_same_sequence() -> None:
    whole = training_steps(5, epochs=3, packs_per_step=2, max_steps=None, seed=1)
    assert training_steps(5, epochs=3, packs_per_step=2, max_steps=4, seed=1) == whole[:4]
