"""Asserts how the cost of a function grows with its input, so that a quadratic cost fails and a busy machine does not.

    assert_linear(read_markdown, lambda size: "> " * size, size=2_000)

A test must not ask how long something takes: other processes, a slow core or one garbage collection of a worker that
holds the remains of 15,000 tests can make anything 30 times as long. What is asserted here is a ratio: the cost of one
input of 16 parts, over the cost of those 16 parts one by one. The ratio is 1 if the cost is linear, 16 if it is
quadratic and 1/16 if it does not depend on the input's length; the bounds lie in the middle. Five things keep accidents
out of it:

- It counts the time that this thread computes, so waiting for a core does not count.
- No garbage is collected meanwhile.
- Both sides do the same work in a linear function, so what slows one down slows down the other.
- They are measured in turns, and one try within the bound passes. Only a function that is out of it in all tries fails.
- The first run, which compiles patterns and fills caches, is not measured.

Cost: about three runs of the whole if the first try passes. The function must not remember its inputs. `size` must be
so large that the growing part of the cost outweighs the fixed part; beyond that, smaller is better.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Input = TypeVar("Input")

_PARTS = 16
_TRIES = 12
_MOST_IF_LINEAR = 4.0
_MOST_IF_CONSTANT = 0.25


def assert_linear(run: Callable[[Input], object], make: Callable[[int], Input], *, size: int) -> None:
    """Assert that a function's cost grows about as its input does, and not with its square.

    Args:
        run: the function.
        make: returns an input of so many parts, of any unit; called for each run, so `run` may change it.
        size: the size of the small inputs; the large one has 16 times as much.

    Raises:
        AssertionError: in each of 12 tries, the large input cost more than 4 times as much as 16 small ones.
    """
    _assert_ratio(run, make, size=size, most=_MOST_IF_LINEAR)


def assert_constant(run: Callable[[Input], object], make: Callable[[int], Input], *, size: int) -> None:
    """Assert that a function's cost does not grow with an input of at least this size; see `assert_linear`.

    Raises:
        AssertionError: in each of 12 tries, the large input cost more than 4 times as much as one small one.
    """
    _assert_ratio(run, make, size=size, most=_MOST_IF_CONSTANT)


def _assert_ratio(run: Callable[[Input], object], make: Callable[[int], Input], *, size: int, most: float) -> None:
    run(make(size))
    ratios = []
    with _no_collection():
        for _ in range(_TRIES):
            parts = _seconds(run, [make(size) for _ in range(_PARTS)])
            whole = _seconds(run, [make(_PARTS * size)])
            if whole <= most * parts:
                return
            ratios.append(whole / parts if parts else float("inf"))
    tried = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    raise AssertionError(
        f"An input of size {_PARTS * size:,} costs {min(ratios):.2f} times as much as {_PARTS} of size {size:,}, "
        f"more than {most:g}, in each of {_TRIES} tries: {tried}."
    )


def _seconds(run: Callable[[Input], object], inputs: Sequence[Input]) -> float:
    started = time.thread_time()
    for each in inputs:
        run(each)
    return time.thread_time() - started


@contextmanager
def _no_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
