"""The assertions about growth fail for a function whose cost grows too fast, and for no other."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable

import pytest
from growth import assert_constant, assert_linear


def distinct_by_list(numbers: list[int]) -> list[int]:
    """Return the distinct numbers at quadratic cost: each is compared with all before it."""
    seen: list[int] = []
    for number in numbers:
        if number not in seen:
            seen.append(number)
    return seen


def up_to_the_last_x(text: str) -> re.Match[str] | None:
    """Search at quadratic cost: from each position, the pattern reads to the end and fails."""
    return re.search(r"a+x", text)


def distinct_by_set(numbers: list[int]) -> list[list[int]]:
    """Return the distinct numbers at linear cost, each in an object that the garbage collector follows."""
    return [[number] for number in set(numbers)]


def numbers(size: int) -> list[int]:
    return list(range(size))


@pytest.mark.parametrize(
    ("run", "make", "size"),
    [
        (distinct_by_list, numbers, 200),
        (up_to_the_last_x, lambda size: "a" * size, 500),
    ],
)
def test_assert_linear_quadratic_cost_fails_in_every_try(
    run: Callable[[object], object], make: Callable[[int], object], size: int
) -> None:
    with pytest.raises(AssertionError, match=rf"of size {16 * size:,} costs .* in each of 12 tries"):
        assert_linear(run, make, size=size)


@pytest.mark.parametrize("run", [distinct_by_set, sorted, sum, len])
def test_assert_linear_cost_that_grows_about_as_the_input_or_less_passes(run: Callable[[list[int]], object]) -> None:
    assert_linear(run, numbers, size=2_000)


def test_assert_constant_tells_constant_from_linear_cost() -> None:
    assert_constant(lambda found: sum(found[:1_000]), numbers, size=10_000)
    with pytest.raises(AssertionError, match=r"more than 0\.25, in each of 12 tries"):
        assert_constant(sum, numbers, size=10_000)


def test_assert_linear_of_a_function_that_changes_its_input_gets_a_new_one_for_each_run() -> None:
    def emptied(found: list[int]) -> None:
        assert found
        found.clear()

    assert_linear(emptied, numbers, size=500)


def test_assert_linear_collects_no_garbage_while_it_measures_and_goes_on_afterwards() -> None:
    """A function that makes garbage meets a collection that takes longer than the function itself."""
    is_enabled = []

    def run(found: list[int]) -> list[list[int]]:
        is_enabled.append(gc.isenabled())
        return distinct_by_set(found)

    assert_linear(run, numbers, size=2_000)
    assert is_enabled[0]
    assert len(is_enabled) > 16
    assert not any(is_enabled[1:])
    assert gc.isenabled()


def test_assert_linear_error_of_the_function_is_raised_and_collection_goes_on() -> None:
    def fails(found: list[int]) -> None:
        if len(found) > 100:
            raise ValueError("too many")

    with pytest.raises(ValueError, match="too many"):
        assert_linear(fails, numbers, size=100)
    assert gc.isenabled()
