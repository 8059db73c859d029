"""The number of threads follows measured speed, and a resumed run keeps its number."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.train.machine.threads import (
    ThreadChoice,
    available_threads,
    choose_threads,
    measure_step,
    restored_threads,
    threads_of_run,
)

BUSY = {1: 1.0, 2: 8.0, 4: 11.0, 6: 12.0, 8: 14.0}
"""Another process uses a core: every thread more waits for it."""
IDLE = {1: 1.0, 2: 0.55, 4: 0.3, 6: 0.25, 8: 0.2}


class Clock:
    """Measures from tables, one for each round, and keeps what was asked."""

    def __init__(self, *rounds: Mapping[int, float]) -> None:
        self.asked: list[int] = []
        self._rounds = rounds

    def __call__(self, threads: int) -> float:
        seconds = self._rounds[min(self.asked.count(threads), len(self._rounds) - 1)][threads]
        self.asked.append(threads)
        return seconds


def _unused(threads: int) -> float:
    raise AssertionError(f"{threads} threads were measured")


def test_idle_machine_gets_a_thread_per_core() -> None:
    choice = choose_threads(8, measure=Clock(IDLE))
    assert choice.threads == 8
    assert choice.described == "8 threads (1: 1000 ms, 2: 550 ms, 4: 300 ms, 8: 200 ms)"


def test_busy_machine_gets_one_thread() -> None:
    assert choose_threads(8, measure=Clock(BUSY)).threads == 1


def test_limit_that_is_no_power_of_two_is_a_candidate() -> None:
    clock = Clock(IDLE)
    assert choose_threads(6, measure=clock).threads == 6
    assert clock.asked == [1, 2, 4, 6] * 3


def test_burst_of_other_work_in_one_round_does_not_decide() -> None:
    assert choose_threads(2, measure=Clock(IDLE, BUSY, IDLE)).threads == 2
    assert choose_threads(2, measure=Clock(BUSY, IDLE, BUSY)).threads == 1


def test_gain_within_the_noise_keeps_fewer_threads() -> None:
    assert choose_threads(4, measure=Clock({1: 1.0, 2: 0.97, 4: 0.96})).threads == 1


def test_slow_number_between_two_fast_ones_is_passed_over() -> None:
    assert choose_threads(4, measure=Clock({1: 1.0, 2: 1.5, 4: 0.4})).threads == 4


def test_only_candidate_is_not_measured() -> None:
    assert choose_threads(1, measure=_unused) == ThreadChoice(1)


@given(st.integers(1, 300), st.data())
def test_chosen_number_is_within_the_limit_and_nearly_the_fastest(limit: int, data: st.DataObject) -> None:
    seconds: dict[int, float] = {}

    def measure(threads: int) -> float:
        return seconds.setdefault(threads, data.draw(st.floats(0.001, 10.0)))

    choice = choose_threads(limit, measure=measure)
    assert 1 <= choice.threads <= limit
    if limit > 1:
        assert seconds[choice.threads] <= 1.05 * min(seconds.values())


def test_number_in_the_recipe_needs_no_measurement() -> None:
    assert threads_of_run(fixed=6, saved=None, limit=2, measure=_unused) == ThreadChoice(6)
    assert threads_of_run(fixed=6, saved=6, limit=2, measure=_unused) == ThreadChoice(6)


def test_resumed_run_keeps_its_number_without_a_measurement() -> None:
    assert threads_of_run(fixed=None, saved=2, limit=8, measure=_unused) == ThreadChoice(2)


def test_resumed_run_on_fewer_cores_measures_again_and_warns() -> None:
    choice = threads_of_run(fixed=None, saved=8, limit=2, measure=Clock(IDLE))
    assert choice.threads == 2
    assert choice.warning == (
        "The run so far used 8 threads, and this process has cores for 2. From here on, results may differ in their "
        "last bits from those of an uninterrupted run. To keep them, set finetune.threads to 8."
    )


def test_recipe_that_changes_the_number_of_a_resumed_run_warns() -> None:
    choice = threads_of_run(fixed=2, saved=1, limit=2, measure=_unused)
    assert (choice.threads, choice.warning) == (
        2,
        "finetune.threads is 2, but the run so far used 1 thread. From here on, results may differ in their last bits "
        "from those of an uninterrupted run.",
    )


def test_threads_are_restored_after_the_block_and_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), restored_threads():
        torch.set_num_threads(before + 1)
        raise ZeroDivisionError
    assert torch.get_num_threads() == before


def test_processes_of_a_machine_share_its_cores() -> None:
    with restored_threads():
        torch.set_num_threads(1000)
        alone = available_threads()
        assert 1 <= alone < 1000
        assert available_threads(processes=2) == max(1, alone // 2)
        assert available_threads(processes=10_000) == 1
        torch.set_num_threads(1)
        assert available_threads() == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_measured_work_takes_time_and_leaves_the_threads_as_they_were(dtype: torch.dtype) -> None:
    before = torch.get_num_threads()
    assert measure_step(dtype)(1) > 0
    assert torch.get_num_threads() == before
