"""How much of what the corpus takes: caps and repeats by bucket, domain and language. Used by `stages.placement`.

Sees lengths and labels only. What is taken depends on ids and seed, never on order. Cost: O(n log n).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.config.pack import MixRule
from pipeline.identity import unit_interval


@dataclass(frozen=True, slots=True)
class MixItem:
    """A document, whole or in all its parts, or a row joined of several."""

    item_id: str
    bucket: int
    """Of its longest part."""
    domain: str
    language: str
    num_tokens: int
    """Of all its parts."""


CAPPED = 0
"""In place of a number of repeats: the item is not taken."""


def mix_items(items: Iterable[MixItem], *, rules: Sequence[MixRule], seed: int) -> dict[str, int]:
    """How often training sees each item, by id; `CAPPED` where a cap leaves no room for it.

    Under a cap, items are drawn in an order that depends on seed and id; one that does not fit any more is passed over.

    Args:
        items: everything that has a bucket.
        rules: the first that matches an item decides; an item without one is seen once.
        seed: of the recipe.
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
