"""Orders questions so that every beginning of the order is spread over kinds and documents.

Pure; n log n.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import zip_longest
from typing import TypeVar

Item = TypeVar("Item")


def spread_order(
    items: Sequence[Item], *, groups: Sequence[Callable[[Item], Hashable]], chance: Callable[[Item], int]
) -> list[Item]:
    """Return all items, taken in turn from the groups of the first kind, in each of these from those of the second.

    The result does not depend on the order of the items.

    Args:
        items: the items.
        groups: functions that return an item's group, the most important kind of group first.
        chance: returns a number that is different for each item; within a group, the smaller one comes first.
    """
    ordered = sorted(items, key=chance)
    if not groups:
        return ordered
    by_group: dict[Hashable, list[Item]] = defaultdict(list)
    for item in ordered:
        by_group[groups[0](item)].append(item)
    queues = [spread_order(members, groups=groups[1:], chance=chance) for members in by_group.values()]
    return [
        item
        for taken in zip_longest(*([(item,) for item in queue] for queue in queues))
        for (item,) in filter(None, taken)
    ]
