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

from pipeline.evaluate.intervals import Interval, clustered_interval, wilson_interval

MIN_DOCUMENTS = 6
"""The number of documents that a difference needs before it is called clear. If all of five documents differ in the
same direction, a two-sided sign test still gives p = 0.06; with six it gives p = 0.03."""
_DIGITS = 4

Clustered = tuple[str, float]
"""The cluster of a score, and the score."""


class IntervalKind(StrEnum):
    """How an interval was made."""

    WILSON = "wilson"
    """Wilson's interval: scores of 0 or 1, one from each document."""
    BOOTSTRAP = "bootstrap"
    """Resamples of whole documents."""
    WILSON_DOCUMENTS = "wilson_documents"
    """All scores are equal, so resamples cannot vary: Wilson's interval as if each document had one score."""
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
    is_binary = set(values) <= {0.0, 1.0}
    if is_binary and len(clusters) == len(values):
        interval, kind = wilson_interval(round(math.fsum(values)), len(values)), IntervalKind.WILSON
    elif len(clusters) == 1:
        interval, kind = Interval(0.0, 1.0), IntervalKind.NONE
    elif is_binary and len(set(values)) == 1:
        hits = len(clusters) if values[0] else 0
        interval, kind = wilson_interval(hits, len(clusters)), IntervalKind.WILSON_DOCUMENTS
    else:
        interval, kind = clustered_interval(clusters, seed=seed), IntervalKind.BOOTSTRAP
    return _estimate(values, interval, num_documents=len(clusters), kind=kind)


def difference_estimate(differences: Sequence[Clustered], *, seed: int) -> Estimate:
    """Return the mean of paired differences of scores, each from −1 to 1.

    If no pair differs, the interval is that of the share of documents that may differ, in both directions.

    Raises:
        ValueError: there are no differences.
    """
    clusters = _clusters(differences)
    values = [difference for _, difference in differences]
    if len(clusters) == 1:
        interval, kind = Interval(-1.0, 1.0), IntervalKind.NONE
    elif set(values) in ({0.0}, {1.0}, {-1.0}):
        interval, kind = _equal_differences(values[0], len(clusters)), IntervalKind.WILSON_DOCUMENTS
    else:
        interval, kind = clustered_interval(clusters, seed=seed), IntervalKind.BOOTSTRAP
    return _estimate(values, interval, num_documents=len(clusters), kind=kind)


def _equal_differences(value: float, num_documents: int) -> Interval:
    if value == 0.0:
        end = wilson_interval(0, num_documents).high
        return Interval(-end, end)
    end = 2 * wilson_interval(num_documents, num_documents).low - 1
    return Interval(end, 1.0) if value > 0 else Interval(-1.0, -end)


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
