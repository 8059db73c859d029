"""Chooses items from many contexts in a balanced way: no group gets more than its share, which may be raised.

An item is a candidate for a row. It weighs one turn, and the tokens that it is estimated to cost and to teach. Its
groups are, for example, its task, its language and its depth; each kind of group has a cap, in turns or in tokens. In
rounds, each context in turn contributes an item (see `contributor`). A group that has reached its share contributes no
more, nor does a context that has no room.

Shares refer to the final totals, which are unknown at first. The totals therefore start at the lowest bound that any
cap sets on its own, computed in closed form, and are lowered until a pass chooses that much. Caps that yield are raised
first, each on its own, just enough to keep what balancing must not drop. If the caps together still drop more, those
that yield first are raised step by step, then those that yield last.

The order of the items does not matter; their ranks decide ties. Used by `selection`. Cost: at most 12 passes over the
items, and as many again each time that caps are raised together.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.shares import Measure
from pipeline.export.capped import EVERYTHING, Cap, CappedItem, Floor, Yielding, base_name
from pipeline.export.contributor import Chosen, Pass, Totals
from pipeline.export.follow_ups import PARENT_DROPPED

_SLACK = 0.99
"""Factor on the shares of a large total, so that they also hold if one per cent less is chosen."""
_LARGE = 200
"""Smallest total to which `_SLACK` applies."""
_MAX_PASSES = 12
_RELIEF = 1.2
"""Factor by which yielding caps are raised in each step."""
_BISECTIONS = 20
_EPSILON = 1e-9
CONTEXT_FULL = "document_cap"
"""Reason for dropping an item whose context has no room left."""

_Supply = dict[str, dict[str, float]]
"""How much there is of each group of a cap, by the name of the total that the cap refers to."""
_Shares = list[dict[str, float]]
"""The share of each cap, by the name of the total that it refers to."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of the choice."""

    reasons: tuple[str, ...]
    """Why each item is dropped; empty if it is chosen."""
    shares: Mapping[str, Mapping[str, float]]
    """Final share of each cap, by the cap's reason and the name of the total that it refers to."""
    num_per_context: Mapping[str, int]
    """Number of items of each context, both chosen and dropped."""


def choose_balanced(
    items: Sequence[CappedItem],
    *,
    caps: Sequence[Cap],
    room: Mapping[str, int],
    max_loss: float,
    floors: Sequence[Floor] = (),
) -> Outcome:
    """Decide on every item. The order of the items does not matter.

    Args:
        items: all items, with distinct ranks.
        caps: the caps; if several drop an item, the first one is the reason.
        room: maximum number of items to choose from each context.
        max_loss: largest share that the caps that yield may drop, of the items that the room and the other caps allow.
            For a cap in tokens, it is a share of the tokens.
        floors: the groups whose items come first until they have their share.
    """
    num_per_context = Counter(item.context for item in items)
    supplies = [_supply(items, number, cap, room) for number, cap in enumerate(caps)]
    upper = _everything(items, caps, room)
    for cap, supply in zip(caps, supplies, strict=True):
        if cap.yielding is Yielding.NEVER:
            _lower(upper, cap, supply, dict.fromkeys(supply, cap.share))
    least = {key: float(int(total * (1 - max_loss) + _EPSILON)) for key, total in upper.items()}
    shares: _Shares = [
        {
            base: cap.share if cap.yielding is Yielding.NEVER else _raised(of_base, cap.share, least[base, cap.measure])
            for base, of_base in supply.items()
        }
        for cap, supply in zip(caps, supplies, strict=True)
    ]
    items_once = Pass(items, caps, floors, room)
    while True:
        chosen, quotas = _chosen(items_once, caps, shares, supplies, upper=upper, least=least)
        raisable = _raisable(caps, shares)
        if len(chosen.indices) >= least[EVERYTHING, Measure.TURNS] or not raisable:
            break
        # Each cap alone would keep enough items, but together they do not.
        for number in raisable:
            shares[number] = {base: min(1.0, share * _RELIEF) for base, share in shares[number].items()}
    of_context = Counter(items[index].context for index in chosen.indices)
    reasons = []
    for index, item in enumerate(items):
        if index in chosen.indices:
            reasons.append("")
        elif item.follows is not None and item.follows not in chosen.indices:
            reasons.append(PARENT_DROPPED)
        elif of_context[item.context] >= room[item.context]:
            reasons.append(CONTEXT_FULL)
        else:
            refusing = items_once.refusing_cap(index, chosen, items_once.quotas_of(item, quotas))
            assert refusing is not None, "an item was dropped although its context has room and no cap refuses it"
            reasons.append(caps[refusing].reason)
    return Outcome(
        reasons=tuple(reasons),
        shares={cap.reason: of_cap for cap, of_cap in zip(caps, shares, strict=True)},
        num_per_context=num_per_context,
    )


def _chosen(
    items: Pass,
    caps: Sequence[Cap],
    shares: _Shares,
    supplies: Sequence[_Supply],
    *,
    upper: Mapping[tuple[str, Measure], float],
    least: Mapping[tuple[str, Measure], float],
) -> tuple[Chosen, list[dict[str, float]]]:
    """Return the chosen items and the quotas that they keep."""
    totals = dict(upper)
    limited = {
        (base, cap.measure)
        for cap, of_cap in zip(caps, shares, strict=True)
        for base, share in of_cap.items()
        if share < 1
    }
    for cap, of_cap, supply in zip(caps, shares, supplies, strict=True):
        planned = {base: _planned(share, totals[base, cap.measure]) for base, share in of_cap.items()}
        _lower(totals, cap, supply, planned)
    for _ in range(_MAX_PASSES):
        quotas = [
            {base: _quota(share, totals[base, cap.measure]) for base, share in of_cap.items()}
            for cap, of_cap in zip(caps, shares, strict=True)
        ]
        chosen = items.choose(quotas)
        short = [
            key
            for key in limited
            if chosen.totals[key] < (total := totals[key]) * (_SLACK if total >= _LARGE else 1) - _EPSILON
            and total > least[key]
        ]
        if not short:
            break
        for key in short:
            totals[key] = max(chosen.totals[key], least[key])
    return chosen, quotas


def _raisable(caps: Sequence[Cap], shares: _Shares) -> list[int]:
    """Return the numbers of the caps to raise next, which are below 1; empty if there are none."""
    for yielding in (Yielding.FIRST, Yielding.LAST):
        numbers = [number for number, cap in enumerate(caps) if cap.yielding is yielding]
        if below := [number for number in numbers if any(share < 1 for share in shares[number].values())]:
            return below
    return []


def _quota(share: float, total: float) -> float:
    """Return the maximum of a group."""
    return sys.maxsize if share >= 1 else _planned(share, total) * total + _EPSILON


def _planned(share: float, total: float) -> float:
    """Return a share to plan with, reduced by `_SLACK` if the total is large."""
    return share * _SLACK if total >= _LARGE and share < 1 else share


def _everything(items: Sequence[CappedItem], caps: Sequence[Cap], room: Mapping[str, int]) -> Totals:
    """Return how much the room of the contexts allows, for each total that a cap refers to."""
    keys = {(base_name(cap, bucket), cap.measure) for cap in caps for bucket in {item.bucket for item in items}}
    totals = {}
    for base, measure in keys | {(EVERYTHING, Measure.TURNS)}:
        of_base = [item for item in items if base in (EVERYTHING, item.bucket)]
        totals[base, measure] = sum(_allowed(of_base, measure, room, lambda item: "").values())
    return totals


def _supply(items: Sequence[CappedItem], number: int, cap: Cap, room: Mapping[str, int]) -> _Supply:
    """Return how much of each group the room of the contexts allows, without regard to other groups."""
    members: dict[str, list[CappedItem]] = {}
    for item in items:
        members.setdefault(base_name(cap, item.bucket), []).append(item)
    return {
        base: _allowed(of_base, cap.measure, room, lambda item: item.groups[number])
        for base, of_base in members.items()
    }


def _allowed(
    items: Sequence[CappedItem], measure: Measure, room: Mapping[str, int], group_of: Callable[[CappedItem], str]
) -> dict[str, float]:
    """Return how much of each group the room of the contexts allows.

    If a context has more items of a group than room, they count in proportion: it is not known yet which of them fit.
    """
    counts: Counter[tuple[str, str]] = Counter()
    weights: Counter[tuple[str, str]] = Counter()
    for item in items:
        key = (group_of(item), item.context)
        counts[key] += 1
        weights[key] += item.weight.of(measure)
    allowed: dict[str, float] = {}
    for group, context in sorted(counts):  # a fixed order, because the sum of fractions depends on it
        count = counts[group, context]
        part = weights[group, context] * min(count, room[context]) / count
        allowed[group] = allowed.get(group, 0.0) + part
    return allowed


def _lower(totals: Totals, cap: Cap, supply: _Supply, shares: Mapping[str, float]) -> None:
    """Lower the totals that a cap refers to, to the largest at which the cap holds."""
    for base, of_base in supply.items():
        key = (base, cap.measure)
        totals[key] = min(totals[key], _largest_total(of_base, shares[base]))


def _largest_total(supply: Mapping[str, float], share: float) -> int:
    """Return the largest total in which no capped group has more than a share; 0 if no total is possible."""
    free = supply.get("", 0.0)
    capped = sorted((count for group, count in supply.items() if group), reverse=True)
    rest = free + sum(capped)
    for number, count in enumerate([*capped, 0.0]):
        left = 1 - number * share
        if left <= _EPSILON:
            return 0
        if count <= share * rest / left + _EPSILON:
            return int(rest / left + _EPSILON)
        rest -= count
    return 0


def _raised(supply: Mapping[str, float], share: float, least: float) -> float:
    """Return a share, raised just enough to keep at least `least`; 1 if all groups are capped and too few."""
    if "" not in supply and len(supply) * share < 1:
        return 1.0
    if _largest_total(supply, share * _SLACK) >= least:
        return share
    low, high = share, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _largest_total(supply, middle * _SLACK) >= least else (middle, high)
    return high
