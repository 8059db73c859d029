"""Deals the requests about a document to the written tasks: by weight, as far as each task has something to ask about.

A document without sections has nothing to summarise; its summaries go to questions. Used by `written_plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Task = TypeVar("Task", bound=str)


def deal(count: int, supplies: Mapping[Task, int], weights: Mapping[Task, float]) -> dict[Task, int]:
    """Return how many of `count` requests each task gets, in the order of `supplies`.

    Requests are dealt one by one to the task that is furthest behind its share (Sainte-Laguë), and no task gets more
    than its supply, so what one task cannot use goes to the others in proportion to their weights. Of equal tasks, the
    first is served first.

    Args:
        count: the number of requests to deal; fewer are dealt if the supplies are smaller.
        supplies: how many requests each task can make.
        weights: the weight of each task; a task of weight 0 gets nothing.

    Raises:
        ValueError: a weight is negative or missing, or the count or a supply is negative.
    """
    for task, supply in supplies.items():
        if task not in weights or weights[task] < 0:
            raise ValueError(f"the task {task} has the weight {weights.get(task)}; give it a weight of 0 or more")
        if supply < 0:
            raise ValueError(f"the task {task} has a supply of {supply}; a supply is 0 or more")
    if count < 0:
        raise ValueError(f"the number of requests is {count}; it is 0 or more")
    dealt = dict.fromkeys(supplies, 0)
    for _ in range(count):
        open_tasks = [task for task in supplies if dealt[task] < supplies[task] and weights[task] > 0]
        if not open_tasks:
            break
        # `max` returns the first of equal tasks.
        dealt[max(open_tasks, key=lambda task: weights[task] / (2 * dealt[task] + 1))] += 1
    return dealt
