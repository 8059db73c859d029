"""Applies the recipe's caps and repeats by bucket, domain and language.

Takes the length, bucket, domain and language of each document and joined row; returns how often training sees each. The
result does not depend on their order. Used by `stages.placement`. Cost: O(n log n).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    of_rule: dict[int, list[MixItem]] = defaultdict(list)
    for item in items:
        number = next((number for number, rule in enumerate(rules) if _matches(item, rule)), None)
        if number is None:
            repeats[item.item_id] = 1
        else:
            of_rule[number].append(item)
    for number, matching in of_rule.items():
        rule, num_tokens = rules[number], 0
        for item in sorted(matching, key=lambda i: (unit_interval(seed, "cap", i.item_id), i.item_id)):
            if rule.max_tokens is not None and num_tokens + item.num_tokens > rule.max_tokens:
                repeats[item.item_id] = CAPPED
                continue
            num_tokens += item.num_tokens
            whole, rest = divmod(rule.repeat, 1.0)
            repeats[item.item_id] = int(whole) + (unit_interval(seed, "repeat", item.item_id) < rest)
    return repeats


def _matches(item: MixItem, rule: MixRule) -> bool:
    return (
        rule.bucket in (None, item.bucket)
        and rule.domain in (None, item.domain)
        and rule.language in (None, item.language)
    )
