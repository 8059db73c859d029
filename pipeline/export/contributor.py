"""One pass of `balance`: contexts contribute items in turn until none may contribute more.

Takes the items and the quota of each cap. A context prefers items of a group that has less than its floor, then those
whose task and depth were chosen least so far, in the build and in the context; ranks decide ties. An item that follows
another one is available from the moment that one is chosen. Items that a quota refuses stay refused for the rest of the
pass, because what is chosen only grows. Cost: each item is looked at once a pass.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.config.shares import Measure
from pipeline.export.capped import EVERYTHING, Cap, CappedItem, Floor, Yielding, base_name

Totals = dict[tuple[str, Measure], float]
"""How much there is of each measure, in all and in each bucket."""
Quotas = Sequence[Mapping[str, float]]
"""For each cap, the maximum of a group, by the name of the total that the cap refers to."""


@dataclass(slots=True)
class Chosen:
    """What was chosen so far."""

    counts: list[Counter[str]]
    """For each cap, how much of each group was chosen, in the cap's measure."""
    in_floors: list[int]
    """For each floor, how much of its group was chosen, in the floor's measure."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Number of items of each kind."""
    totals: Totals = field(default_factory=lambda: defaultdict(float))
    indices: set[int] = field(default_factory=set)


class Pass:
    """All items, sorted once, to choose from repeatedly."""

    def __init__(
        self, items: Sequence[CappedItem], caps: Sequence[Cap], floors: Sequence[Floor], room: Mapping[str, int]
    ) -> None:
        self._items = items
        self._caps = caps
        self._floors = floors
        self._weights = [tuple(item.weight.of(cap.measure) for cap in caps) for item in items]
        """The weight of each item in the measure of each cap."""
        contexts: dict[str, dict[tuple[object, ...], _Stack]] = defaultdict(dict)
        self._followers: dict[int, list[_Stack]] = defaultdict(list)
        for index in sorted(range(len(items)), key=lambda index: items[index].rank):
            item = items[index]
            if item.follows is not None:
                follower = _Stack(item)
                follower.by_depth[item.groups[-1]].append(index)
                self._followers[item.follows].append(follower)
                continue
            key = (item.groups[:-1], item.floors, item.kind, item.is_last_resort)
            contexts[item.context].setdefault(key, _Stack(item)).by_depth[item.groups[-1]].append(index)
        # The first item of a context has its lowest rank, so the contexts are in the order of their lowest ranks.
        self._contexts = [(room[context], list(stacks.values())) for context, stacks in contexts.items()]

    def choose(self, quotas: Quotas) -> Chosen:
        """Choose items until no context can contribute more."""
        chosen = Chosen([Counter() for _ in self._caps], [0 for _ in self._floors])
        waiting = [_Contributor(self, room, stacks, quotas) for room, stacks in self._contexts if room]
        while waiting:
            waiting = [contributor for contributor in waiting if contributor.take(chosen) and contributor.room]
        return chosen

    def refusing_cap(self, index: int, chosen: Chosen, quotas: Sequence[float]) -> int | None:
        """Return the number of the first cap that refuses an item; None if the item may be chosen.

        A cap that may be raised refuses no group that has nothing yet, so that a small build is not emptied.
        """
        weights = self._weights[index]
        for number, group in enumerate(self._items[index].groups):
            if not group:
                continue
            count = chosen.counts[number].get(group, 0)
            is_capped = count or self._caps[number].yielding is Yielding.NEVER
            if is_capped and count + weights[number] > quotas[number]:
                return number
        return None

    def quotas_of(self, item: CappedItem, quotas: Quotas) -> list[float]:
        """Return the maximum for an item's group under each cap."""
        return [of_cap[base_name(cap, item.bucket)] for cap, of_cap in zip(self._caps, quotas, strict=True)]

    def item(self, index: int) -> CappedItem:
        """Return an item by its number."""
        return self._items[index]

    def followers(self, index: int) -> Sequence[_Stack]:
        """Return the items that become available once an item is chosen, each in a stack of its own."""
        return self._followers.get(index, ())

    def short_floors(self, chosen: Chosen) -> list[int]:
        """Return the numbers of the floors whose groups have less than their share."""
        return [
            number
            for number, floor in enumerate(self._floors)
            if chosen.in_floors[number] < floor.share * chosen.totals[EVERYTHING, floor.measure]
        ]

    def add(self, index: int, chosen: Chosen) -> None:
        """Count an item as chosen."""
        item = self._items[index]
        chosen.indices.add(index)
        chosen.kinds[item.kind] += 1
        for counts, group, weight in zip(chosen.counts, item.groups, self._weights[index], strict=True):
            counts[group] += weight
        for number, (floor, belongs) in enumerate(zip(self._floors, item.floors, strict=True)):
            chosen.in_floors[number] += belongs * item.weight.of(floor.measure)
        for measure in Measure:
            chosen.totals[EVERYTHING, measure] += item.weight.of(measure)
            if item.bucket != EVERYTHING:
                chosen.totals[item.bucket, measure] += item.weight.of(measure)


class _Stack:
    """Items of one context that differ only in depth, weight and rank."""

    def __init__(self, first: CappedItem) -> None:
        self.kind = first.kind
        self.is_last_resort = first.is_last_resort
        self.floors = first.floors
        self.by_depth: dict[str, list[int]] = defaultdict(list)


class _Contributor:
    """The state of one context during a pass."""

    def __init__(self, items: Pass, room: int, stacks: Sequence[_Stack], quotas: Quotas) -> None:
        self.room = room
        self._items = items
        self._stacks = list(stacks)
        self._quotas = items.quotas_of(items.item(next(iter(stacks[0].by_depth.values()))[0]), quotas)
        self._kinds: Counter[str] = Counter()
        self._depths: Counter[str] = Counter()
        self._passed: Counter[tuple[int, str]] = Counter()
        """Number of items of each stack and depth that were taken or refused."""

    def take(self, chosen: Chosen) -> bool:
        """Take an item, and return whether there was one to take."""
        short = self._items.short_floors(chosen)
        in_short = {floors: sum(floors[number] for number in short) for floors in {one.floors for one in self._stacks}}
        in_all, in_context = chosen.kinds.get, self._kinds.get
        keys = [
            (one.is_last_resort, -in_short[one.floors], (in_all(one.kind, 0) + 1) * (in_context(one.kind, 0) + 1))
            for one in self._stacks
        ]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        for stack in [self._stacks[number] for number in order]:
            index = self._next(stack, chosen)
            if index is not None:
                self._items.add(index, chosen)
                self._kinds[stack.kind] += 1
                self._depths[self._items.item(index).groups[-1]] += 1
                self._stacks += self._items.followers(index)
                self.room -= 1
                return True
            self._stacks.remove(stack)
        return False

    def _next(self, stack: _Stack, chosen: Chosen) -> int | None:
        """Return the next item of a stack that no quota refuses, at the depth that was chosen least; None if none."""
        depths = chosen.counts[-1]
        for depth in sorted(stack.by_depth, key=lambda one: ((depths[one] + 1) * (self._depths[one] + 1), one)):
            own = stack.by_depth[depth]
            while (number := self._passed[id(stack), depth]) < len(own):
                self._passed[id(stack), depth] += 1
                index = own[number]
                if self._items.refusing_cap(index, chosen, self._quotas) is None:
                    return index
        return None
