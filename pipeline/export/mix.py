"""Compares the mix that the recipe asks for with the mix of the finished rows.

Takes the recipe's limits and the tally of the rows; returns one line for each share, with what is missing. The report
page and the dataset card show these lines. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.shares import Measure
from pipeline.export.capped import Base
from pipeline.export.limits import Groups, Limit
from pipeline.export.tally import Tally

_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class MixLine:
    """A share that the recipe asks for, and the share of the finished rows."""

    title: str
    measure: Measure
    least: float
    most: float
    share: float

    @property
    def missing(self) -> float:
        """How far the share is above the maximum (positive) or below the minimum (negative); 0 if it is met."""
        if self.share > self.most + _EPSILON:
            return self.share - self.most
        return self.share - self.least if self.share < self.least - _EPSILON else 0.0


def mix_lines(limits: Sequence[Limit], tally: Tally) -> list[MixLine]:
    """Return the lines of all limits, in the order of the limits.

    A limit of several groups has one line for each group that exceeds it; if none does, one for the largest group.
    """
    return [line for limit in limits if limit.most < 1 or limit.least for line in _lines(limit, tally)]


def _lines(limit: Limit, tally: Tally) -> Iterator[MixLine]:
    totals = tally.mix_totals.get(limit.name, {})
    amounts = tally.mix.get(limit.name, {})
    if limit.groups is Groups.ONE:
        total = sum(totals.values())
        if total:
            group = next(iter(amounts), "")
            yield _line(limit, group, sum(amounts.values()) / total)
        return
    shares = {group: amount / totals[_base(limit, group)] for group, amount in amounts.items()}
    largest_first = sorted(shares, key=lambda group: (-shares[group], group))
    over = [group for group in largest_first if shares[group] > limit.most + _EPSILON]
    for group in over or largest_first[:1]:
        yield _line(limit, group, shares[group])


def _line(limit: Limit, group: str, share: float) -> MixLine:
    return MixLine(limit.title.format(group=group), limit.measure, limit.least, limit.most, share)


def _base(limit: Limit, group: str) -> str:
    """Return the name of the total that the share of a group refers to."""
    return group.partition("/")[0] if limit.base is Base.BUCKET else Base.ALL.value
