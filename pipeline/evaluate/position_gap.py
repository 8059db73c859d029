"""Measures how much the position of the proof matters: the gap between the best and the worst depth.

The largest mean of several depths is too high by chance and the smallest too low, so their difference is above zero
even where position does not matter. The gap here is therefore cross-fitted: the documents are dealt into five parts;
for each part, the other four choose the best and the worst depth, and the part only measures them. Its expectation is
the true gap of the chosen depths: zero where position does not matter, and never above the true gap of the best and the
worst. The interval resamples documents; the chosen depths stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.evaluate.estimates import (
    SMALLEST_WIDTH,
    Estimate,
    IntervalKind,
    difference_json,
    unvaried_interval,
)
from pipeline.identity import stable_hash64

_PARTS = 5
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, order=True)
class Placed:
    """One score, and where the proof was."""

    depth: float
    cluster: str
    score: float


def position_gap(placed: Sequence[Placed], *, seed: int) -> dict[str, Any] | None:
    """Return the best and the worst depth with their means, and the cross-fitted gap; None for a single depth.

    The gap is None if there are fewer than two documents, or if no document measures the depths that others chose.
    """
    means = _means(placed)
    if len(means) < 2:
        return None
    best, worst = _best(means), _worst(means)
    gap = _cross_fitted(placed, seed=seed)
    return {
        "best": {"depth": best, "value": round(means[best], 4)},
        "worst": {"depth": worst, "value": round(means[worst], 4)},
        "observed_gap": round(means[best] - means[worst], 4),
        "gap": None if gap is None else difference_json(gap),
    }


def _cross_fitted(placed: Sequence[Placed], *, seed: int) -> Estimate | None:
    clusters = sorted({one.cluster for one in placed})
    dealt = sorted(clusters, key=lambda cluster: stable_hash64("position", seed, cluster))
    part_of = {cluster: number % _PARTS for number, cluster in enumerate(dealt)}
    row_of = {cluster: row for row, cluster in enumerate(clusters)}
    table = np.zeros((len(clusters), 4))  # of each document: sum and count at the best depth, and at the worst
    num_used = 0
    for part in sorted(set(part_of.values())):
        means = _means([one for one in placed if part_of[one.cluster] != part])
        if len(means) < 2:
            continue
        best, worst = _best(means), _worst(means)
        for one in sorted(placed):  # a sum of floats depends on their order
            if part_of[one.cluster] == part and one.depth in (best, worst):
                num_used += 1
                if one.depth == best:
                    table[row_of[one.cluster], :2] += (one.score, 1.0)
                if one.depth == worst:
                    table[row_of[one.cluster], 2:] += (one.score, 1.0)
    measured = table[(table[:, 1] + table[:, 3]) > 0]
    total = measured.sum(axis=0)
    if len(measured) < 2 or not total[1] or not total[3]:
        return None
    value = float(total[0] / total[1] - total[2] / total[3])
    low, high, kind = _ends(measured, value, seed=seed)
    return Estimate(value, min(low, value), max(high, value), num_used, len(measured), kind)


def _ends(table: npt.NDArray[np.float64], value: float, *, seed: int) -> tuple[float, float, IntervalKind]:
    generator = np.random.default_rng(stable_hash64("position", seed))
    sums = table[generator.integers(0, len(table), size=(_RESAMPLES, len(table)))].sum(axis=1)
    sums = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]
    gaps = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
    low, high = (float(end) for end in np.quantile(gaps, [0.025, 0.975]))
    if high - low > SMALLEST_WIDTH:
        return low, high, IntervalKind.BOOTSTRAP
    unvaried = unvaried_interval(value, len(table), lowest=-1.0)
    return unvaried.low, unvaried.high, IntervalKind.UNVARIED


def _means(placed: Sequence[Placed]) -> Mapping[float, float]:
    by_depth: dict[float, list[float]] = {}
    for one in placed:
        by_depth.setdefault(one.depth, []).append(one.score)
    return {depth: math.fsum(scores) / len(scores) for depth, scores in sorted(by_depth.items())}


def _best(means: Mapping[float, float]) -> float:
    return max(means, key=lambda depth: means[depth])


def _worst(means: Mapping[float, float]) -> float:
    return min(means, key=lambda depth: means[depth])
