"""A balanced choice: items of many places in, those that are kept out, so that no group has more than its share.

Every place (a context) has room for some items. In rounds, each place in turn gives the item whose kind and depth have
been chosen least so far, in the build and in the place; a group that has its share gives no more. The share is one of
the total, which is not known before: the total is first bounded by each cap alone, in closed form, and then lowered
until a round of choosing reaches it. Caps that yield are raised before, each alone, to what keeps the rows that
balancing must not drop; where they drop more together, all are raised step by step. Deterministic; ties go by rank.
Cost: about ten passes, each linear in the items.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_SLACK = 0.99
"""Of a large total: shares are planned that much tighter, so that a choice one per cent short of it keeps them."""
_LARGE = 200
_MAX_PASSES = 12
_RELIEF = 1.2
_BISECTIONS = 20
PLACE_FULL = "document_cap"
"""Reason of an item whose place has no room left."""


@dataclass(frozen=True, slots=True)
class Cap:
    """Most of all chosen items that may be of one group."""

    reason: str
    """Of items that it drops."""
    share: float
    yields: bool
    """Whether it is raised where it cannot hold, or would drop too much."""


@dataclass(frozen=True, slots=True)
class CappedItem:
    """One item to choose or drop."""

    place: str
    kind: str
    """What a place should not give twice while it has another."""
    is_last_resort: bool
    """Taken only where the place has nothing else."""
    groups: tuple[str, ...]
    """One for each cap, the last of which is the depth; an empty one is not capped."""
    rank: int
    """Decides ties; the smaller is taken first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was chosen."""

    reasons: tuple[str, ...]
    """For each item; empty where it is chosen."""
    shares: Mapping[str, float]
    """What each cap was raised to, by its reason."""
    num_of_place: Mapping[str, int]


def choose_balanced(
    items: Sequence[CappedItem], *, caps: Sequence[Cap], room: Mapping[str, int], max_loss: float
) -> Outcome:
    """Decide about every item; independent of their order.

    Args:
        items: all of them; ranks are distinct.
        caps: in the order in which they are named as reasons.
        room: most items of each place.
        max_loss: most of the items with room that the caps that yield may drop.
    """
    num_of_place = Counter(item.place for item in items)
    total = sum(min(count, room[place]) for place, count in num_of_place.items())
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
        # Each cap alone would keep enough, together they do not.
        settled = [replace(cap, share=min(1.0, cap.share * _RELIEF)) if cap.yields else cap for cap in settled]
    quotas = [_quota(cap, total) for cap in settled]
    of_place = Counter(items[index].place for index in chosen)
    reasons = []
    for index, item in enumerate(items):
        if index in chosen:
            reasons.append("")
        elif of_place[item.place] >= room[item.place]:
            reasons.append(PLACE_FULL)
        else:
            reasons.append(
                next(
                    cap.reason
                    for number, cap in enumerate(settled)
                    if item.groups[number] and counts[number][item.groups[number]] >= quotas[number]
                )
            )
    return Outcome(reasons=tuple(reasons), shares={cap.reason: cap.share for cap in settled}, num_of_place=num_of_place)


def _chosen(
    plan: _Plan, caps: Sequence[Cap], supplies: Sequence[Mapping[str, int]], *, upper: int, least: int
) -> tuple[frozenset[int], list[Counter[str]], int]:
    """What fills the caps, how many of each group, and the total that the caps are shares of."""
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
    """Most items of a group; one at least where the cap yields, so that a small build is not emptied."""
    if cap.share >= 1:
        return sys.maxsize
    quota = int(_planned(cap.share, total) * total + 1e-9)
    return max(1, quota) if cap.yields else quota


def _planned(share: float, total: int) -> float:
    return share * _SLACK if total >= _LARGE and share < 1 else share


def _supply(items: Sequence[CappedItem], number: int, room: Mapping[str, int]) -> dict[str, int]:
    """How many items of each group could be chosen if there were no other group."""
    counts = Counter((item.groups[number], item.place) for item in items)
    supply: Counter[str] = Counter()
    for (group, place), count in counts.items():
        supply[group] += min(count, room[place])
    return dict(supply)


def _largest_total(supply: Mapping[str, int], share: float) -> int:
    """The largest number of items of which no capped group has more than a share; 0 if there is none."""
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
    """The cap, raised as far as it takes to keep the least number of items; 1 where too few groups share them."""
    if len(supply) * share < 1:
        return 1.0
    if _largest_total(supply, share * _SLACK) >= least:
        return share
    low, high = share, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _largest_total(supply, middle * _SLACK) >= least else (middle, high)
    return high


class _Stack:
    """The items of one place that no cap tells apart but by depth."""

    def __init__(self, first: CappedItem) -> None:
        self.groups = first.groups[:-1]
        self.kind = first.kind
        self.is_last_resort = first.is_last_resort
        self.by_depth: dict[str, list[int]] = defaultdict(list)


class _Plan:
    """The items sorted once, to be chosen from again and again."""

    def __init__(self, items: Sequence[CappedItem], room: Mapping[str, int]) -> None:
        places: dict[str, dict[tuple[object, ...], _Stack]] = defaultdict(dict)
        first_rank: dict[str, int] = {}
        for index in sorted(range(len(items)), key=lambda index: items[index].rank):
            item = items[index]
            first_rank.setdefault(item.place, item.rank)
            key = (item.groups[:-1], item.kind, item.is_last_resort)
            places[item.place].setdefault(key, _Stack(item)).by_depth[item.groups[-1]].append(index)
        self._num_caps = len(items[0].groups) if items else 0
        order = sorted(places, key=lambda place: first_rank[place])
        self._places = [(room[place], list(places[place].values())) for place in order]

    def fill(self, quotas: Sequence[int]) -> tuple[frozenset[int], list[Counter[str]]]:
        """Choose until every place is full or empty, or its groups are; with the counts of the groups of each cap."""
        counts: list[Counter[str]] = [Counter() for _ in range(self._num_caps)]
        kinds: Counter[str] = Counter()
        chosen: set[int] = set()
        waiting = [_Turn(room, stacks) for room, stacks in self._places if room]
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


class _Turn:
    """One place while it is chosen from."""

    def __init__(self, room: int, stacks: Sequence[_Stack]) -> None:
        self.room = room
        self._stacks = list(stacks)
        self._kinds: Counter[str] = Counter()
        self._depths: Counter[str] = Counter()
        self._taken: Counter[tuple[int, str]] = Counter()

    def take(self, quotas: Sequence[int], counts: Sequence[Counter[str]], kinds: Counter[str]) -> int | None:
        """Take the item whose kind, and then depth, is the rarest so far; None where nothing may be taken."""
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
