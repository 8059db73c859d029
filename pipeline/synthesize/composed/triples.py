"""Chooses groups of three items of a document to be put in order, and names them in a question in another order.

Takes items in document order; returns triples spread over the document. Used by the tasks that ask for an order. Pure,
and without any chance but a hash of the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TypeVar

from pipeline.identity import stable_hash64

Item = TypeVar("Item")

SLOTS = ("one", "two", "three")
"""The placeholders of a question that names three items."""
_MAX_ITEMS = 15
"""Of more items, some are taken, spread over the document: 455 triples are tried."""
_MAX_USES = 2


def chosen_triples(
    items: Sequence[Item], most: int, is_fit: Callable[[Sequence[Item]], bool]
) -> list[tuple[Item, Item, Item]]:
    """Return at most `most` triples of items that fit, in document order inside, each item in two triples at most.

    Triples that reach over more of the document come first.
    """
    spread = _thinned(items)
    ranked = sorted(
        combinations(range(len(spread)), len(SLOTS)), key=lambda at: (-min(at[1] - at[0], at[2] - at[1]), at)
    )
    uses: Counter[int] = Counter()
    chosen: list[tuple[Item, Item, Item]] = []
    for places in ranked:
        if len(chosen) == most:
            break
        if any(uses[at] >= _MAX_USES for at in places):
            continue
        one, two, three = (spread[at] for at in places)
        if is_fit((one, two, three)):
            chosen.append((one, two, three))
            uses.update(places)
    return chosen


def _thinned(items: Sequence[Item]) -> list[Item]:
    """Return at most `_MAX_ITEMS` items, one from each equal part, at a place by hash.

    Equal distances would take every item from the same of two people who talk in turns.
    """
    count = min(_MAX_ITEMS, len(items))
    step = len(items) // max(1, count)
    return [items[at * len(items) // count + stable_hash64("thinned", at) % step] for at in range(count)]


def shuffled_slots(words: Sequence[str]) -> dict[str, str]:
    """Return three texts as the slots of a question, in an order by hash, which says nothing about the answer."""
    drawn = sorted(words, key=lambda text: (stable_hash64("triple", text), text))
    return dict(zip(SLOTS, drawn, strict=True))
