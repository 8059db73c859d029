"""Confidence intervals: Wilson's for shares, a block bootstrap for token losses, a cluster bootstrap for scores.

Takes counts, negative log likelihoods per token, or scores of answers by document. Returns 95% intervals. Used by
`estimates`, `train`, the forward tasks of `evaluate` and `benchmarks.rows`. Cost: 1,000 resamples of a few hundred
sums, which takes milliseconds; more sums are drawn in pieces of 8 MB.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.identity import stable_hash64

_Z_95 = 1.959963984540054
_BLOCK_TOKENS = 32
_RESAMPLES = 1000
_MAX_PICKS = 2_000_000
"""The most picks that are in memory at a time, and of draws that are kept: 8 MB each."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper end of a 95% interval."""

    low: float
    high: float


def wilson_interval(hits: int, trials: int) -> Interval:
    """Return Wilson's score interval for a share, which is reliable even for few trials.

    Sources: Wilson 1927; Brown, Cai, DasGupta 2001.

    Raises:
        ValueError: there are no trials, or the hits are negative or more than the trials.
    """
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(f"need 0 <= hits <= trials and trials >= 1, not {hits} of {trials}")
    share, z2 = hits / trials, _Z_95 * _Z_95
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return Interval(low=0.0 if hits == 0 else centre - half, high=1.0 if hits == trials else centre + half)


def mean_interval(windows: Sequence[Sequence[float]], *, seed: int) -> Interval:
    """Return a bootstrap interval for the mean over all tokens in all windows.

    Neighbouring tokens are correlated (Künsch 1989), so the bootstrap draws blocks of up to 32 consecutive tokens
    instead of single tokens. A block never spans two windows. The draws depend only on the seed and the number of
    blocks, so two models scored on the same tokens get the same draws.

    Args:
        windows: negative log likelihoods in nats, one sequence per window.
        seed: the recipe's seed.

    Raises:
        ValueError: the windows contain no tokens.
    """
    sums, sizes = _blocks(windows)
    return _resampled(sums, sizes, seed=seed)


def paired_difference_interval(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]], *, seed: int
) -> Interval:
    """Return the interval for mean(first) − mean(second), where both models scored the same tokens.

    It is usually narrower than the two separate intervals would suggest.

    Raises:
        ValueError: the models have different numbers of windows, a pair of windows differs in length, or there are no
            tokens.
    """
    differences = [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(first, second, strict=True)]
    return mean_interval(differences, seed=seed)


def clustered_interval(clusters: Sequence[Sequence[float]], *, seed: int) -> Interval:
    """Return a bootstrap interval for the mean over all scores in all clusters.

    The scores of one document depend on each other, so the bootstrap draws whole documents (Field and Welsh 2007). A
    document with more scores weighs more, as in the mean.

    Args:
        clusters: the scores of each document.
        seed: selects the draws, together with the number of documents that have scores.

    Raises:
        ValueError: there are no scores.
    """
    with_scores = [cluster for cluster in clusters if len(cluster)]
    if not with_scores:
        raise ValueError("there are no scores")
    sums = np.array([math.fsum(cluster) for cluster in with_scores])
    return _resampled(sums, np.array([float(len(cluster)) for cluster in with_scores]), seed=seed)


def weighted_interval(sums: Sequence[float], sizes: Sequence[int], *, seed: int) -> Interval:
    """Return a bootstrap interval for the mean over all tokens of all documents, drawing whole documents.

    Args:
        sums: the sum over the tokens of each document, for example of the differences of two models' losses.
        sizes: the number of tokens of each document.
        seed: selects the draws, together with the number of documents.

    Raises:
        ValueError: there are no tokens.
    """
    if not sum(sizes):
        raise ValueError("no tokens were scored")
    return _resampled(np.array(sums, dtype=np.float64), np.array(sizes, dtype=np.float64), seed=seed)


def clustered_difference_interval(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]], *, seed: int
) -> Interval:
    """Return the interval for mean(first) − mean(second), where both models answered the same questions.

    Raises:
        ValueError: the models have different numbers of documents or of scores for a document, or there are no scores.
    """
    differences = [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(first, second, strict=True)]
    return clustered_interval(differences, seed=seed)


def _resampled(sums: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64], *, seed: int) -> Interval:
    means = np.concatenate(
        [sums[picks].sum(axis=1) / sizes[picks].sum(axis=1) for picks in _draws(len(sums), seed=seed)]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(low=float(low), high=float(high))


def _blocks(windows: Sequence[Sequence[float]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    blocks = [window[i : i + _BLOCK_TOKENS] for window in windows for i in range(0, len(window), _BLOCK_TOKENS)]
    if not blocks:
        raise ValueError("no tokens were scored")
    return np.array([math.fsum(block) for block in blocks]), np.array([float(len(block)) for block in blocks])


def _draws(num_blocks: int, *, seed: int) -> Iterable[npt.NDArray[np.int32]]:
    """Return the numbers of the drawn blocks of all resamples, shape [resamples, blocks], several resamples a piece.

    How many are in a piece does not change the numbers, because one stream gives them all.
    """
    if num_blocks * _RESAMPLES <= _MAX_PICKS:
        return _kept_draws(num_blocks, seed=seed)
    return _pieces(num_blocks, seed)


@lru_cache(maxsize=16)
def _kept_draws(num_blocks: int, *, seed: int) -> tuple[npt.NDArray[np.int32], ...]:
    return tuple(_pieces(num_blocks, seed))


def _pieces(num_blocks: int, seed: int) -> Iterator[npt.NDArray[np.int32]]:
    generator = np.random.default_rng(stable_hash64("bootstrap", seed))
    most = max(1, _MAX_PICKS // num_blocks)
    for start in range(0, _RESAMPLES, most):
        rows = min(most, _RESAMPLES - start)
        yield generator.integers(0, num_blocks, size=(rows, num_blocks)).astype(np.int32)
