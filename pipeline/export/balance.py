"""A balanced choice of items from many places: no group gets more than its share.

Every place (a context) has room for some items. In rounds, each place in turn gives the item whose kind and depth were
chosen least so far, in the build and in the place. A group that has reached its share gives no more. Shares are of the
final total, which is unknown at first. The total therefore starts at the lowest bound that any cap sets on its own, in
closed form, and is lowered until a round of choosing reaches it. Caps that yield are first raised, each on its own, far
enough to keep the rows that balancing must not drop. If the caps together still drop more, all that yield are raised
step by step. Deterministic; ties go by rank. Used by `selection`. Cost: about ten passes, each linear in the items.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_SLACK = 0.99
"""Shares of a large total are planned tighter by this factor, so a choice one per cent short of it still keeps them."""
_LARGE = 200
_MAX_PASSES = 12
_RELIEF = 1.2
_BISECTIONS = 20
PLACE_FULL = "document_cap"
"""Reason for an item whose place has no room left."""


@dataclass(frozen=True, slots=True)
class Cap:
    """Largest share of all chosen items that one group may have."""

    reason: str
    """Reason for items that it drops."""
    share: float
    yields: bool
    """Whether the cap is raised if it cannot hold or would drop too much."""


@dataclass(frozen=True, slots=True)
class CappedItem:
    """One item to choose or drop."""

    place: str
    kind: str
    """A place should not give the same kind twice while it has another."""
    is_last_resort: bool
    """Taken only if the place has nothing else."""
    groups: tuple[str, ...]
    """One group per cap; the last is the depth. An empty group is not capped."""
    rank: int
    """Decides ties; smaller ranks are taken first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of the choice."""

    reasons: tuple[str, ...]
    """Why each item is dropped; empty if it is chosen."""
    shares: Mapping[str, float]
    """Final share of each cap, by its reason."""
    num_of_place: Mapping[str, int]


def choose_balanced(
    items: Sequence[CappedItem], *, caps: Sequence[Cap], room: Mapping[str, int], max_loss: float
) -> Outcome:
    """Decide on every item. The order of the items does not matter.

    Args:
        items: all items; ranks are distinct.
        caps: in the order in which they are named as reasons.
        room: most items of each place.
        max_loss: largest share of the items with room that the yielding caps may drop.
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
        # Each cap alone would keep enough items, but together they do not.
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
    """Return the items that fill the caps, the counts of each group, and the total that the shares refer to."""
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
    """Return the most items of a group; at least one if the cap yields, so that a small build is not emptied."""
    if cap.share >= 1:
        return sys.maxsize
    quota = int(_planned(cap.share, total) * total + 1e-9)
    return max(1, quota) if cap.yields else quota


def _planned(share: float, total: int) -> float:
    return share * _SLACK if total >= _LARGE and share < 1 else share


def _supply(items: Sequence[CappedItem], number: int, room: Mapping[str, int]) -> dict[str, int]:
    """Return how many items of each group could be chosen if it were the only group."""
    counts = Counter((item.groups[number], item.place) for item in items)
    supply: Counter[str] = Counter()
    for (group, place), count in counts.items():
        supply[group] += min(count, room[place])
    return dict(supply)


def _largest_total(supply: Mapping[str, int], share: float) -> int:
    """Return the largest total in which no capped group has more than a share; 0 if there is none."""
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
    """Return the share, raised just enough to keep the least number of items; 1 if there are too few groups."""
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
    """Items of one place that all caps treat alike, except for their depth."""

    def __init__(self, first: CappedItem) -> None:
        self.groups = first.groups[:-1]
        self.kind = first.kind
        self.is_last_resort = first.is_last_resort
        self.by_depth: dict[str, list[int]] = defaultdict(list)


class _Plan:
    """All items, sorted once, to choose from repeatedly."""

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
        """Choose until no place can give more; return the choice and the group counts of each cap."""
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
    """One place during a round of choosing."""

    def __init__(self, room: int, stacks: Sequence[_Stack]) -> None:
        self.room = room
        self._stacks = list(stacks)
        self._kinds: Counter[str] = Counter()
        self._depths: Counter[str] = Counter()
        self._taken: Counter[tuple[int, str]] = Counter()

    def take(self, quotas: Sequence[int], counts: Sequence[Counter[str]], kinds: Counter[str]) -> int | None:
        """Take the item with the rarest kind so far, and then depth; return None if nothing may be taken."""
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
