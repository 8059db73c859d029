"""Takes a few items of a long list, evenly spread, where a task finds more facts than a document needs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def spread_over(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most `most` of the items, in order, at equal distances from each other."""
    count = min(most, len(items))
    return [items[at * len(items) // count] for at in range(count)]
