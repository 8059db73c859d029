"""Chooses items from many contexts in a balanced way: no group gets more than its share, which may be raised.

An item is a candidate for a row. Its groups are, for example, its task, its language and its depth; each kind of group
has a cap. In rounds, each context in turn contributes the item whose task and depth were chosen least so far, in the
build and in the context. A group that has reached its share contributes no more, nor does a context that has no room.

Shares refer to the final total, which is unknown at first. The total therefore starts at the lowest bound that any cap
sets on its own, computed in closed form, and is lowered until a pass chooses that many items. Caps that yield are
raised first, each on its own, just enough to keep the items that balancing must not drop. If the caps together still
drop more, all yielding caps are raised step by step.

The order of the items does not matter; their ranks decide ties. Used by `selection`. Cost: at most 12 passes over the
items, and as many again each time that all yielding caps are raised.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_SLACK = 0.99
"""Factor on the shares of a large total, so that they also hold if one per cent fewer items are chosen."""
_LARGE = 200
"""Smallest total to which `_SLACK` applies."""
_MAX_PASSES = 12
_RELIEF = 1.2
"""Factor by which yielding caps are raised in each step."""
_BISECTIONS = 20
CONTEXT_FULL = "document_cap"
"""Reason for dropping an item whose context has no room left."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The largest share of all chosen items that any single group, such as one language, may have."""

    reason: str
    """Reason for dropping an item because of this cap."""
    share: float
    yields: bool
    """Whether the cap may be raised, if it cannot be kept or would drop too many items."""


@dataclass(frozen=True, slots=True)
class CappedItem:
    """One item to choose or drop."""

    context: str
    """Id of the context."""
    kind: str
    """The task; a context prefers the kinds that it has contributed least."""
    is_last_resort: bool
    """Whether the item is taken only if the context has no other item to contribute."""
    groups: tuple[str, ...]
    """The item's group for each cap, in the order of the caps; the last is the depth. An empty group is not capped."""
    rank: int
    """Decides ties; items with smaller ranks are taken first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of the choice."""

    reasons: tuple[str, ...]
    """Why each item is dropped; empty if it is chosen."""
    shares: Mapping[str, float]
    """Final share of each cap, by the cap's reason."""
    num_per_context: Mapping[str, int]
    """Number of items of each context, both chosen and dropped."""


def choose_balanced(
    items: Sequence[CappedItem], *, caps: Sequence[Cap], room: Mapping[str, int], max_loss: float
) -> Outcome:
    """Decide on every item. The order of the items does not matter.

    Args:
        items: all items, with distinct ranks.
        caps: the caps; if several drop an item, the first one is the reason.
        room: maximum number of items to choose from each context.
        max_loss: largest share that the yielding caps may drop, of the items that the room and the other caps allow.
    """
    num_per_context = Counter(item.context for item in items)
    total = sum(min(count, room[context]) for context, count in num_per_context.items())
    supplies = [_supply(items, number, room) for number in range(len(caps))]
    for cap, supply in zip(caps, supplies, strict=True):
        if not cap.yields:
            total = min(total, _largest_total(supply, cap.share))
    least = int(total * (1 - max_loss))
    settled = [
        cap if not cap.yields else replace(cap, share=_raised(supply, cap.share, least))
        for cap, supply in zip(caps, supplies, strict=True)
    ]
    plan = _Plan(items, room)
    upper = total
    while True:
        chosen, counts, total = _chosen(plan, settled, supplies, upper=upper, least=least)
        if len(chosen) >= least or all(cap.share >= 1 for cap in settled if cap.yields):
            break
        # Each cap alone would keep enough items, but together they do not.
        settled = [replace(cap, share=min(1.0, cap.share * _RELIEF)) if cap.yields else cap for cap in settled]
    quotas = [_quota(cap, total) for cap in settled]
    of_context = Counter(items[index].context for index in chosen)
    reasons = []
    for index, item in enumerate(items):
        if index in chosen:
            reasons.append("")
        elif of_context[item.context] >= room[item.context]:
            reasons.append(CONTEXT_FULL)
        else:
            reasons.append(
                next(
                    cap.reason
                    for number, cap in enumerate(settled)
                    if item.groups[number] and counts[number][item.groups[number]] >= quotas[number]
                )
            )
    shares = {cap.reason: cap.share for cap in settled}
    return Outcome(reasons=tuple(reasons), shares=shares, num_per_context=num_per_context)


def _chosen(
    plan: _Plan, caps: Sequence[Cap], supplies: Sequence[Mapping[str, int]], *, upper: int, least: int
) -> tuple[frozenset[int], list[Counter[str]], int]:
    """Return the chosen items, the counts of each group for each cap, and the total that the shares refer to."""
    total = upper
    for cap, supply in zip(caps, supplies, strict=True):
        total = min(total, _largest_total(supply, _planned(cap.share, total)))
    for _ in range(_MAX_PASSES):
        chosen, counts = plan.fill([_quota(cap, total) for cap in caps])
        if len(chosen) >= total * (_SLACK if total >= _LARGE else 1) or total <= least:
            break
        total = max(len(chosen), least)
    return chosen, counts, total


def _quota(cap: Cap, total: int) -> int:
    """Return the maximum number of items of a group.

    A cap that yields allows at least one, so that a small build is not emptied.
    """
    if cap.share >= 1:
        return sys.maxsize
    quota = int(_planned(cap.share, total) * total + 1e-9)
    return max(1, quota) if cap.yields else quota


def _planned(share: float, total: int) -> float:
    """Return a share to plan with, reduced by `_SLACK` if the total is large."""
    return share * _SLACK if total >= _LARGE and share < 1 else share


def _supply(items: Sequence[CappedItem], number: int, room: Mapping[str, int]) -> dict[str, int]:
    """Return how many items of each group the room of the contexts allows, without regard to other groups."""
    counts = Counter((item.groups[number], item.context) for item in items)
    supply: Counter[str] = Counter()
    for (group, context), count in counts.items():
        supply[group] += min(count, room[context])
    return dict(supply)


def _largest_total(supply: Mapping[str, int], share: float) -> int:
    """Return the largest total in which no capped group has more than a share; 0 if no total is possible."""
    free = supply.get("", 0)
    capped = sorted((count for group, count in supply.items() if group), reverse=True)
    rest = free + sum(capped)
    for number, count in enumerate([*capped, 0]):
        left = 1 - number * share
        if left <= 1e-9:
            return 0
        if count <= share * rest / left + 1e-9:
            return int(rest / left + 1e-9)
        rest -= count
    return 0


def _raised(supply: Mapping[str, int], share: float, least: int) -> float:
    """Return a share, raised just enough to keep at least `least` items; 1 if all groups are capped and too few."""
    if "" not in supply and len(supply) * share < 1:
        return 1.0
    if _largest_total(supply, share * _SLACK) >= least:
        return share
    low, high = share, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _largest_total(supply, middle * _SLACK) >= least else (middle, high)
    return high


class _Stack:
    """Items of one context that differ only in depth and rank."""

    def __init__(self, first: CappedItem) -> None:
        self.groups = first.groups[:-1]
        self.kind = first.kind
        self.is_last_resort = first.is_last_resort
        self.by_depth: dict[str, list[int]] = defaultdict(list)


class _Plan:
    """All items, sorted once, to choose from repeatedly."""

    def __init__(self, items: Sequence[CappedItem], room: Mapping[str, int]) -> None:
        contexts: dict[str, dict[tuple[object, ...], _Stack]] = defaultdict(dict)
        first_rank: dict[str, int] = {}
        for index in sorted(range(len(items)), key=lambda index: items[index].rank):
            item = items[index]
            first_rank.setdefault(item.context, item.rank)
            key = (item.groups[:-1], item.kind, item.is_last_resort)
            contexts[item.context].setdefault(key, _Stack(item)).by_depth[item.groups[-1]].append(index)
        self._num_caps = len(items[0].groups) if items else 0
        order = sorted(contexts, key=lambda context: first_rank[context])
        self._contexts = [(room[context], list(contexts[context].values())) for context in order]

    def fill(self, quotas: Sequence[int]) -> tuple[frozenset[int], list[Counter[str]]]:
        """Choose items until no context can contribute more; return their indices and the group counts for each cap."""
        counts: list[Counter[str]] = [Counter() for _ in range(self._num_caps)]
        kinds: Counter[str] = Counter()
        chosen: set[int] = set()
        waiting = [_Contributor(room, stacks) for room, stacks in self._contexts if room]
        while waiting:
            going_on = []
            for turn in waiting:
                index = turn.take(quotas, counts, kinds)
                if index is not None:
                    chosen.add(index)
                    if turn.room:
                        going_on.append(turn)
            waiting = going_on
        return frozenset(chosen), counts


class _Contributor:
    """The state of one context while items are chosen."""

    def __init__(self, room: int, stacks: Sequence[_Stack]) -> None:
        self.room = room
        self._stacks = list(stacks)
        self._kinds: Counter[str] = Counter()
        self._depths: Counter[str] = Counter()
        self._taken: Counter[tuple[int, str]] = Counter()

    def take(self, quotas: Sequence[int], counts: Sequence[Counter[str]], kinds: Counter[str]) -> int | None:
        """Take an item of the kind that was chosen least so far, and within it of the depth that was chosen least.

        Return the index of the item; None if no item may be taken.
        """
        depths, most = counts[-1], quotas[-1]
        order = sorted(
            self._stacks,
            key=lambda stack: (stack.is_last_resort, (kinds[stack.kind] + 1) * (self._kinds[stack.kind] + 1)),
        )
        for stack in order:
            if any(group and counts[number][group] >= quotas[number] for number, group in enumerate(stack.groups)):
                self._stacks.remove(stack)
                continue
            open_depths = [
                depth
                for depth, own in stack.by_depth.items()
                if self._taken[id(stack), depth] < len(own) and depths[depth] < most
            ]
            if not open_depths:
                self._stacks.remove(stack)
                continue
            depth = min(open_depths, key=lambda depth: ((depths[depth] + 1) * (self._depths[depth] + 1), depth))
            index = stack.by_depth[depth][self._taken[id(stack), depth]]
            self._taken[id(stack), depth] += 1
            self._kinds[stack.kind] += 1
            self._depths[depth] += 1
            kinds[stack.kind] += 1
            self.room -= 1
            for number, group in enumerate(stack.groups):
                counts[number][group] += 1
            depths[depth] += 1
            return index
        return None
