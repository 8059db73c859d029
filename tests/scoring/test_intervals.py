"""Intervals against published values and their own laws."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity import stable_hash64
from pipeline.scoring import intervals
from pipeline.scoring.intervals import (
    clustered_difference_interval,
    clustered_interval,
    mean_interval,
    paired_difference_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (5, 10, 0.2366, 0.7634),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_known_counts_gives_published_ends(hits: int, trials: int, low: float, high: float) -> None:
    interval = wilson_interval(hits, trials)
    assert interval.low == pytest.approx(low, abs=6e-5)
    assert interval.high == pytest.approx(high, abs=6e-5)


@given(st.integers(1, 400).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_wilson_interval_any_count_holds_the_share_and_narrows_with_trials(counts: tuple[int, int]) -> None:
    hits, trials = counts
    interval = wilson_interval(hits, trials)
    assert 0.0 <= interval.low <= hits / trials <= interval.high <= 1.0
    more = wilson_interval(hits * 4, trials * 4)
    assert more.high - more.low < interval.high - interval.low


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (3, 2), (-1, 4)])
def test_wilson_interval_impossible_counts_raises(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        wilson_interval(hits, trials)


def _correlated_windows(num_windows: int, seed: int) -> list[list[float]]:
    """Runs of 32 alike values, as losses of neighbouring tokens are; the true mean is 2."""
    rng = random.Random(seed)
    return [[level for _ in range(8) for level in [rng.gauss(2.0, 1.0)] * 32] for _ in range(num_windows)]


def test_mean_interval_correlated_tokens_covers_the_true_mean_about_95_times_in_100() -> None:
    intervals = [mean_interval(_correlated_windows(8, seed), seed=seed) for seed in range(200)]
    covered = sum(interval.low <= 2.0 <= interval.high for interval in intervals)
    assert 180 <= covered <= 198  # drawing single tokens would cover about half


def test_mean_interval_same_seed_gives_the_same_ends() -> None:
    windows = _correlated_windows(2, seed=1)
    assert mean_interval(windows, seed=17) == mean_interval(windows, seed=17) != mean_interval(windows, seed=18)


def test_paired_difference_same_tokens_is_far_narrower_than_the_models_apart() -> None:
    base = _correlated_windows(4, seed=3)
    tuned = [[nll - 0.1 for nll in window] for window in base]
    difference, alone = paired_difference_interval(tuned, base, seed=1), mean_interval(base, seed=1)
    assert difference.low == pytest.approx(-0.1) and difference.high == pytest.approx(-0.1)
    assert alone.high - alone.low > 0.2


def test_paired_difference_other_lengths_raises() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired_difference_interval([[1.0, 2.0]], [[1.0]], seed=1)


def test_mean_interval_no_tokens_raises() -> None:
    with pytest.raises(ValueError, match="no tokens"):
        mean_interval([[]], seed=1)


@pytest.mark.parametrize("length", [33, 40, 63])
def test_mean_interval_is_of_the_tokens_and_not_of_the_blocks(length: int) -> None:
    """The last block of each window is short and high: as one of two blocks it would count for half."""
    rng = random.Random(length)
    windows = [[rng.gauss(1.0, 0.1)] * 32 + [rng.gauss(5.0, 0.1)] * (length - 32) for _ in range(60)]
    tokens = [value for window in windows for value in window]
    mean = sum(tokens) / len(tokens)
    interval = mean_interval(windows, seed=1)
    assert interval.low < mean < interval.high
    assert interval.high - interval.low < 0.3 * mean


@given(st.lists(st.integers(1, 70), min_size=1, max_size=6), st.floats(-3, 9), st.integers(0, 3))
def test_mean_interval_of_equal_tokens_is_their_value(lengths: list[int], value: float, seed: int) -> None:
    interval = mean_interval([[value] * length for length in lengths], seed=seed)
    assert interval.low == pytest.approx(value) and interval.high == pytest.approx(value)


def _drawn_by_hand(windows: list[list[float]], seed: int) -> tuple[float, float]:
    """The same bootstrap in plain loops: blocks of 32 tokens, the mean over all tokens of each draw."""
    blocks = [window[at : at + 32] for window in windows for at in range(0, len(window), 32)]
    picks = np.random.default_rng(stable_hash64("bootstrap", seed)).integers(0, len(blocks), size=(1000, len(blocks)))
    means = []
    for draw in picks.tolist():
        tokens = [value for pick in draw for value in blocks[pick]]
        means.append(sum(tokens) / len(tokens))
    means.sort()
    # Linear interpolation between the order statistics.
    return tuple(  # type: ignore[return-value]
        means[int(at)] + (at - int(at)) * (means[int(at) + 1] - means[int(at)]) for at in (0.025 * 999, 0.975 * 999)
    )


def test_mean_interval_weighs_every_token_alike_whatever_the_length_of_its_block() -> None:
    rng = random.Random(4)
    windows = [[rng.gauss(level, 0.2) for _ in range(size)] for level, size in ((1, 70), (9, 33), (3, 5), (2, 32))]
    interval = mean_interval(windows, seed=11)
    assert (interval.low, interval.high) == pytest.approx(_drawn_by_hand(windows, 11))


def test_paired_difference_is_of_the_first_less_the_second_token_by_token() -> None:
    first, second = [[3.0] * 40, [5.0] * 3], [[1.0] * 40, [6.0] * 3]
    interval = paired_difference_interval(first, second, seed=2)
    assert (interval.low, interval.high) == pytest.approx(_drawn_by_hand([[2.0] * 40, [-1.0] * 3], 2))
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired_difference_interval(first, second[:1], seed=2)


def test_wilson_interval_says_what_was_wrong() -> None:
    with pytest.raises(ValueError, match=r"^need 0 <= hits <= trials and trials >= 1, not 3 of 2$"):
        wilson_interval(3, 2)


def _documents(num_documents: int, seed: int) -> list[list[float]]:
    """Scores that are alike within a document; the true mean is 0.5."""
    rng = random.Random(seed)
    return [[min(1.0, max(0.0, rng.gauss(0.5, 0.2)))] * rng.randrange(2, 12) for _ in range(num_documents)]


def test_clustered_interval_alike_scores_covers_the_true_mean_about_95_times_in_100() -> None:
    intervals = [clustered_interval(_documents(40, seed), seed=seed) for seed in range(200)]
    covered = sum(interval.low <= 0.5 <= interval.high for interval in intervals)
    assert 178 <= covered <= 198


def test_clustered_interval_is_wider_than_that_of_independent_scores() -> None:
    documents = _documents(30, seed=2)
    alone = [[score] for document in documents for score in document]
    clustered, independent = clustered_interval(documents, seed=1), clustered_interval(alone, seed=1)
    assert clustered.high - clustered.low > 1.5 * (independent.high - independent.low)


@given(st.lists(st.lists(st.floats(0, 1), max_size=5), min_size=1, max_size=8).filter(any), st.integers(0, 3))
def test_clustered_interval_any_scores_lies_between_the_least_and_the_greatest_document(
    documents: list[list[float]], seed: int
) -> None:
    interval = clustered_interval(documents, seed=seed)
    means = [sum(document) / len(document) for document in documents if document]
    assert min(means) - 1e-9 <= interval.low <= interval.high <= max(means) + 1e-9
    assert clustered_interval([*documents, []], seed=seed) == interval


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=4), min_size=1, max_size=6), st.floats(-1, 1))
def test_clustered_difference_of_a_constant_gain_is_the_gain(documents: list[list[float]], gain: float) -> None:
    better = [[score + gain for score in document] for document in documents]
    interval = clustered_difference_interval(better, documents, seed=4)
    assert interval.low == pytest.approx(gain, abs=1e-9) and interval.high == pytest.approx(gain, abs=1e-9)
    other = clustered_difference_interval(documents, better, seed=4)
    assert other.low == pytest.approx(-gain, abs=1e-9)


def test_clustered_intervals_of_nothing_or_of_other_questions_raise() -> None:
    with pytest.raises(ValueError, match="no scores"):
        clustered_interval([[], []], seed=1)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        clustered_difference_interval([[1.0]], [[1.0, 0.0]], seed=1)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        clustered_difference_interval([[1.0]], [], seed=1)


def test_many_scores_are_resampled_in_pieces_with_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = [[random.Random(number).random()] * (1 + number % 3) for number in range(300)]
    whole = clustered_interval(clusters, seed=5)
    generator = np.random.default_rng(stable_hash64("bootstrap", 5))
    picks = generator.integers(0, 300, size=(1000, 300))
    sums, sizes = np.array([sum(cluster) for cluster in clusters]), np.array([len(cluster) for cluster in clusters])
    low, high = np.quantile(sums[picks].sum(axis=1) / sizes[picks].sum(axis=1), [0.025, 0.975])
    assert (whole.low, whole.high) == (pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))
    for most in (1, 7 * 300, 299_999):
        monkeypatch.setattr(intervals, "_MAX_PICKS", most)
        assert clustered_interval(clusters, seed=5) == whole
