"""Perplexities and their ratios, with intervals, from the losses of windows of held-out text. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.scoring.intervals import Interval, paired_difference_interval

Windows = Sequence[Sequence[float]]
"""Negative log likelihoods in nats of the scored tokens, by window."""


def mean_loss(windows: Windows) -> float:
    """Return the mean loss of a token."""
    return math.fsum(nll for window in windows for nll in window) / sum(len(window) for window in windows)


def perplexity_of(mean: float, interval: Interval) -> dict[str, float]:
    """Return `perplexity` with the ends of its interval, `low` and `high`, for a mean loss with its interval."""
    return {
        "perplexity": round(math.exp(mean), 3),
        "low": round(math.exp(interval.low), 3),
        "high": round(math.exp(interval.high), 3),
    }


def perplexity_ratio(first: Windows, second: Windows, *, seed: int) -> dict[str, float]:
    """Return the `ratio` of two perplexities of the same tokens, with `low` and `high` of its paired 95% interval."""
    interval = paired_difference_interval(first, second, seed=seed)
    return {
        "ratio": round(math.exp(mean_loss(first) - mean_loss(second)), 5),
        "low": round(math.exp(interval.low), 5),
        "high": round(math.exp(interval.high), 5),
    }
