"""Applies the recipe's caps and repeats by bucket, domain and language.

Takes the length, bucket, domain and language of each document and joined row; returns how often training sees each. The
result does not depend on their order. Used by `stages.grouped` and `stages.placement`, which hold only
numbers and ids of items under a cap. Cost: O(n log n).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.config.pack import MixRule
from pipeline.identity import unit_interval


@dataclass(frozen=True, slots=True)
class MixItem:
    """A document, including all its parts, or a row joined from several documents."""

    item_id: str
    bucket: int
    """The bucket of the longest part."""
    domain: str
    language: str
    num_tokens: int
    """Total number of tokens of all parts."""


CAPPED = 0
"""The number of repeats of an item that a cap excludes."""


def mix_items(items: Iterable[MixItem], *, rules: Sequence[MixRule], seed: int) -> dict[str, int]:
    """Return how often training sees each item, by id; `CAPPED` if a cap excludes the item.

    Under a cap, items are drawn in a random order that depends on the seed and the ids. An item that does not fit under
    the cap any more is skipped, and the next one is tried. A fractional `repeat` is rounded up or down at random for
    each item.

    Args:
        items: all documents and joined rows that have a bucket.
        rules: the recipe's rules. The first rule that matches an item decides; an item without a rule is seen once.
        seed: the recipe's seed.
    """
    repeats: dict[str, int] = {}
    under_cap: dict[int, list[MixItem]] = defaultdict(list)
    for item in items:
        number = rule_of(item, rules)
        repeats[item.item_id] = repeats_under(rules, number, item.item_id, seed)
        if number is not None and rules[number].max_tokens is not None:
            under_cap[number].append(item)
    for number, matching in under_cap.items():
        drawn = sorted(matching, key=lambda item: (cap_unit(item.item_id, seed), item.item_id))
        fits = fitting(np.array([item.num_tokens for item in drawn]), rules[number].max_tokens or 0)
        repeats |= {item.item_id: CAPPED for item, is_in in zip(drawn, fits.tolist(), strict=True) if not is_in}
    return repeats


def rule_of(item: MixItem, rules: Sequence[MixRule]) -> int | None:
    """Return the number of the rule that decides about an item; None if there is none."""
    return next((number for number, rule in enumerate(rules) if _matches(item, rule)), None)


def repeats_under(rules: Sequence[MixRule], number: int | None, item_id: str, seed: int) -> int:
    """Return how often training sees an item that no cap excludes.

    Args:
        rules: the recipe's rules.
        number: the number of the rule that decides about the item, or None.
        item_id: the item.
        seed: the recipe's seed.
    """
    if number is None:
        return 1
    whole, rest = divmod(rules[number].repeat, 1.0)
    return int(whole) + (unit_interval(seed, "repeat", item_id) < rest)


def cap_unit(item_id: str, seed: int) -> float:
    """Return the random number that decides the order in which items are drawn under a cap."""
    return unit_interval(seed, "cap", item_id)


def fitting(num_tokens_I: npt.NDArray[np.int64], max_tokens: int) -> npt.NDArray[np.bool_]:
    """Return which items fit under a cap, one after the other; an item that does not fit is skipped.

    Args:
        num_tokens_I: the number of tokens of each item, in the order in which they are drawn.
        max_tokens: the cap.
    """
    fits_I = np.zeros(num_tokens_I.size, dtype=np.bool_)
    left, room = np.flatnonzero(num_tokens_I <= max_tokens), max_tokens
    while left.size:
        sums = np.cumsum(num_tokens_I[left])
        number = int(np.searchsorted(sums, room, side="right"))
        fits_I[left[:number]] = True
        room -= int(sums[number - 1]) if number else 0
        left = left[number:]
        left = left[num_tokens_I[left] <= room]  # the room only shrinks, so what does not fit now never will
    return fits_I


def _matches(item: MixItem, rule: MixRule) -> bool:
    return (
        rule.bucket in (None, item.bucket)
        and rule.domain in (None, item.domain)
        and rule.language in (None, item.language)
    )
