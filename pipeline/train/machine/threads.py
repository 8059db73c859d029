"""Chooses how many CPU threads torch uses, by measured speed, so that a busy machine does not slow a run down.

Torch's threads wait for each other many times in a forward pass, and use the CPU while they wait. Alone on a machine, a
thread per core is fastest. Beside another busy process, each wait lasts until the system runs the slowest thread, and
the same pass takes up to ten times as long as with fewer threads.

`choose_threads` takes a limit and a function that measures, and returns a `ThreadChoice`. `threads_of_run` adds what a
training run knows: its recipe and its last checkpoint. Results with different numbers of threads differ by rounding, so
a resumed run keeps the number. Used by training and evaluation. Cost: about half a second for each candidate.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch
from torch.nn import functional

Measure = Callable[[int], float]
"""Takes a number of threads; returns the seconds of a fixed amount of work with them."""

_ROUNDS = 3
_MIN_GAIN = 1.05
"""How many times as fast more threads must be to be chosen. Fewer threads leave cores to other processes, and suffer
less if the machine becomes busy later."""

_MIN_SECONDS = 0.1
"""The minimum duration of a measurement: many time slices of the system, so that it meets other busy processes."""
_TOKENS, _HIDDEN, _INNER, _LAYERS = 128, 512, 1536, 2
"""The size of the measured work: a forward and a backward pass of small MLPs, as a model of 135M parameters has them.
Small operations suffer most if threads wait for each other."""


@dataclass(frozen=True, slots=True)
class ThreadChoice:
    """A number of threads, and the measured speeds that led to it."""

    threads: int
    seconds: tuple[tuple[int, float], ...] = ()
    """(threads, seconds of the measured work); empty if nothing was measured."""
    warning: str = ""
    """Why the results may differ from those of the run's earlier part; empty if they do not."""

    @property
    def described(self) -> str:
        """The choice in words, such as `2 threads (1: 31 ms, 2: 18 ms)`."""
        name = _threads(self.threads)
        speeds = ", ".join(f"{threads}: {seconds * 1000:.0f} ms" for threads, seconds in self.seconds)
        return f"{name} ({speeds})" if speeds else name


def available_threads(*, processes: int = 1) -> int:
    """Return how many threads a process may use: torch's own default, at most its share of the cores.

    Torch's default follows `OMP_NUM_THREADS`. The cores are those that the system lets this process run on.

    Args:
        processes: number of processes on this machine that train together and share the cores.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(torch.get_num_threads(), cores // processes))


def choose_threads(limit: int, *, measure: Measure) -> ThreadChoice:
    """Return the smallest number of threads that is nearly as fast as the fastest.

    The candidates are the powers of two below the limit, and the limit. They are measured in turn, several times, and
    the median counts, so that a short burst of other work does not decide. If there is one candidate, nothing is
    measured.

    Args:
        limit: the highest number of threads to consider, at least 1.
        measure: measures one candidate.
    """
    candidates = _candidates(limit)
    if len(candidates) == 1:
        return ThreadChoice(candidates[0])
    rounds = [[measure(threads) for threads in candidates] for _ in range(_ROUNDS)]
    seconds = [median(times) for times in zip(*rounds, strict=True)]
    chosen, best = candidates[0], seconds[0]
    for threads, duration in zip(candidates[1:], seconds[1:], strict=True):
        if duration * _MIN_GAIN < best:
            chosen, best = threads, duration
    return ThreadChoice(chosen, tuple(zip(candidates, seconds, strict=True)))


def threads_of_run(
    *, fixed: int | None, saved: int | None, limit: int, measure: Measure, setting: str = "finetune.threads"
) -> ThreadChoice:
    """Return the number of threads for a training run.

    The recipe's number counts first, then the number of the checkpoint that the run resumes from, then measured speed.

    Args:
        fixed: the recipe's number; None if it leaves the choice to a measurement.
        saved: the number that the checkpoint was computed with; None for a new run, or if it was not recorded.
        limit: the highest number of threads that this machine has cores for.
        measure: measures one candidate.
        setting: the recipe key of `fixed`, for the warning.
    """
    if fixed is not None:
        differs = saved is not None and saved != fixed
        warning = f"{setting} is {fixed}, but the run so far used {_threads(saved)}." if differs else ""
        return ThreadChoice(fixed, warning=warning and f"{warning} {_BITS}")
    if saved is None:
        return choose_threads(limit, measure=measure)
    if saved <= limit:
        return ThreadChoice(saved)
    chosen = choose_threads(limit, measure=measure)
    warning = f"The run so far used {_threads(saved)}, and this process has cores for {limit}."
    return ThreadChoice(chosen.threads, chosen.seconds, f"{warning} {_BITS} To keep them, set {setting} to {saved}.")


_BITS = "From here on, results may differ in their last bits from those of an uninterrupted run."


def measure_step(dtype: torch.dtype) -> Measure:
    """Return a function that measures the seconds of a small forward and backward pass on the CPU.

    Args:
        dtype: the data type of the model's activations.
    """
    generator = torch.Generator().manual_seed(0)
    x_TH = torch.randn(_TOKENS, _HIDDEN, generator=generator).to(dtype)
    up_IH = (torch.randn(_INNER, _HIDDEN, generator=generator) * _HIDDEN**-0.5).to(dtype).requires_grad_()
    down_HI = (torch.randn(_HIDDEN, _INNER, generator=generator) * _INNER**-0.5).to(dtype).requires_grad_()

    def work() -> None:
        hidden_TH = x_TH
        for _ in range(_LAYERS):
            hidden_TH = hidden_TH + functional.linear(
                functional.silu(functional.linear(functional.rms_norm(hidden_TH, (_HIDDEN,)), up_IH)), down_HI
            )
        torch.autograd.grad(hidden_TH.float().square().mean(), (up_IH, down_HI))

    def measure(threads: int) -> float:
        with restored_threads():
            torch.set_num_threads(threads)
            work()  # starts the threads
            passes, started = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - started) < _MIN_SECONDS:
                work()
                passes += 1
        return elapsed / passes

    return measure


@contextmanager
def restored_threads() -> Iterator[None]:
    """Give torch as many threads after the block as before it."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _candidates(limit: int) -> list[int]:
    powers = [2**exponent for exponent in range(limit.bit_length()) if 2**exponent < limit]
    return [*powers, limit]


def _threads(count: int | None) -> str:
    return f"{count} thread{'s' if count != 1 else ''}"
