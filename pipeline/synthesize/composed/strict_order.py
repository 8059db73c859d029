"""Puts values in order, if their order is certain: no two are equal, and none cannot be compared.

Takes values and a function that orders two of them; used by the tasks that order dates and periods. A pure function;
time is quadratic in the number of values, which are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from itertools import combinations
from typing import TypeVar

from pipeline.languages.calendar_dates import Order

Value = TypeVar("Value")


def strict_order(values: Sequence[Value], order: Callable[[Value, Value], Order | None]) -> list[int] | None:
    """Return the indexes of the values from the first to the last; None if the order of any two is not certain."""
    if any(order(one, other) in (None, Order.SAME) for one, other in combinations(values, 2)):
        return None

    def compared(one: int, other: int) -> int:
        return -1 if order(values[one], values[other]) is Order.BEFORE else 1

    return sorted(range(len(values)), key=cmp_to_key(compared))
