"""Estimates a mean score, or a mean difference of paired scores, with a 95% interval over documents.

Takes scores with the cluster that each belongs to: the document that the question is about, or the question itself if
it has none. Returns an `Estimate`, which says how its interval was made. The order of the scores does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.scoring.intervals import Interval, clustered_interval, wilson_interval

MIN_DOCUMENTS = 6
"""The number of documents that a difference needs before it is called clear. If all of five documents differ in the
same direction, a two-sided sign test still gives p = 0.06; with six it gives p = 0.03."""
SMALLEST_WIDTH = 1e-12
"""An interval that is narrower than this has a width from rounding only."""
_DIGITS = 4

Clustered = tuple[str, float]
"""The cluster of a score, and the score."""


class IntervalKind(StrEnum):
    """How an interval was made."""

    WILSON = "wilson"
    """Wilson's interval: scores of 0 or 1, one from each document."""
    BOOTSTRAP = "bootstrap"
    """Resamples of whole documents."""
    UNVARIED = "unvaried"
    """All documents have the same mean, so resamples cannot vary; see `unvaried_interval`."""
    NONE = "none"
    """One document with several scores, or with one that is neither 0 nor 1: the interval is all that is possible."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval."""

    value: float
    low: float
    high: float
    n: int
    """The number of scores, or of pairs."""
    documents: int
    """The number of clusters."""
    interval: IntervalKind

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as JSON, rounded to four decimals."""
        return {
            "value": round(self.value, _DIGITS),
            "low": round(self.low, _DIGITS),
            "high": round(self.high, _DIGITS),
            "n": self.n,
            "documents": self.documents,
            "interval": self.interval.value,
        }


def is_clear(difference: Estimate) -> bool:
    """Return whether a difference is clear: its interval leaves out 0, and there are enough documents."""
    return (difference.low > 0 or difference.high < 0) and difference.documents >= MIN_DOCUMENTS


def difference_json(difference: Estimate) -> dict[str, Any]:
    """Return a difference as JSON, with whether it is clear."""
    return {**difference.as_json(), "is_clear": is_clear(difference)}


def mean_estimate(scores: Sequence[Clustered], *, seed: int) -> Estimate:
    """Return the mean of scores from 0 to 1.

    Raises:
        ValueError: there are no scores.
    """
    clusters = _clusters(scores)
    values = [score for _, score in scores]
    if set(values) <= {0.0, 1.0} and len(clusters) == len(values):
        wilson = wilson_interval(round(math.fsum(values)), len(values))
        return _estimate(values, wilson, num_documents=len(clusters), kind=IntervalKind.WILSON)
    return _resampled(values, clusters, lowest=0.0, seed=seed)


def difference_estimate(differences: Sequence[Clustered], *, seed: int) -> Estimate:
    """Return the mean of paired differences of scores, each from −1 to 1.

    Raises:
        ValueError: there are no differences.
    """
    return _resampled([value for _, value in differences], _clusters(differences), lowest=-1.0, seed=seed)


def unvaried_interval(value: float, num_documents: int, *, lowest: float) -> Interval:
    """Return an interval for a mean that is the same in all documents, where resamples cannot vary.

    Documents that nobody saw may have any score, from `lowest` to 1. Their share is at most the upper end of Wilson's
    interval for none of `num_documents`.
    """
    unseen = wilson_interval(0, num_documents).high
    return Interval(value - unseen * (value - lowest), value + unseen * (1.0 - value))


def _resampled(values: Sequence[float], clusters: Sequence[Sequence[float]], *, lowest: float, seed: int) -> Estimate:
    num_documents = len(clusters)
    if num_documents == 1:
        return _estimate(values, Interval(lowest, 1.0), num_documents=1, kind=IntervalKind.NONE)
    interval = clustered_interval(clusters, seed=seed)
    if interval.high - interval.low > SMALLEST_WIDTH:
        return _estimate(values, interval, num_documents=num_documents, kind=IntervalKind.BOOTSTRAP)
    unvaried = unvaried_interval(math.fsum(values) / len(values), num_documents, lowest=lowest)
    return _estimate(values, unvaried, num_documents=num_documents, kind=IntervalKind.UNVARIED)


def _estimate(values: Sequence[float], interval: Interval, *, num_documents: int, kind: IntervalKind) -> Estimate:
    mean = math.fsum(values) / len(values)
    # Quantiles of a few resamples can miss the mean, by rounding or because one document has most of the scores.
    return Estimate(mean, min(interval.low, mean), max(interval.high, mean), len(values), num_documents, kind)


def _clusters(scores: Sequence[Clustered]) -> list[list[float]]:
    """Return the scores of each cluster, in an order that does not depend on the order of the scores."""
    if not scores:
        raise ValueError("there are no scores")
    by_cluster: dict[str, list[float]] = {}
    for cluster, score in scores:
        by_cluster.setdefault(cluster, []).append(score)
    return [by_cluster[cluster] for cluster in sorted(by_cluster)]
