"""Means and paired differences: which interval they get, and what it promises."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.scoring.estimates import (
    MIN_DOCUMENTS,
    IntervalKind,
    difference_estimate,
    is_clear,
    mean_estimate,
)
from pipeline.scoring.intervals import clustered_interval, wilson_interval

_SCORES = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])), min_size=1, max_size=30
)


def test_mean_of_independent_hits_has_wilsons_interval() -> None:
    estimate = mean_estimate([(str(n), float(n < 3)) for n in range(4)], seed=1)
    wilson = wilson_interval(3, 4)
    assert (estimate.value, estimate.low, estimate.high) == (0.75, wilson.low, wilson.high)
    assert (estimate.n, estimate.documents, estimate.interval) == (4, 4, IntervalKind.WILSON)


def test_mean_of_several_answers_a_document_resamples_documents() -> None:
    scores = [("a", 1.0), ("a", 0.0), ("b", 1.0), ("c", 0.0)]
    estimate = mean_estimate(scores, seed=3)
    expected = clustered_interval([[1.0, 0.0], [1.0], [0.0]], seed=3)
    assert (estimate.low, estimate.high, estimate.interval) == (expected.low, expected.high, IntervalKind.BOOTSTRAP)
    assert (estimate.n, estimate.documents) == (4, 3)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_mean_of_equal_scores_counts_documents_and_is_not_certain(score: float) -> None:
    estimate = mean_estimate([(cluster, score) for cluster in "aabb"], seed=1)
    hits = 2 if score else 0
    wilson = wilson_interval(hits, 2)
    assert (estimate.low, estimate.high) == (pytest.approx(wilson.low), pytest.approx(wilson.high))
    assert estimate.interval is IntervalKind.UNVARIED and estimate.high - estimate.low > 0.5


def test_mean_over_one_document_says_nothing_about_others() -> None:
    estimate = mean_estimate([("a", 0.4), ("a", 0.6)], seed=1)
    assert (estimate.value, estimate.low, estimate.high, estimate.interval) == (0.5, 0.0, 1.0, IntervalKind.NONE)
    difference = difference_estimate([("a", 0.4)], seed=1)
    assert (difference.low, difference.high) == (-1.0, 1.0)


def test_estimates_of_nothing_raise() -> None:
    for estimate in (mean_estimate, difference_estimate):
        with pytest.raises(ValueError, match="no scores"):
            estimate([], seed=1)


def test_difference_without_differing_pairs_is_not_certainly_zero() -> None:
    estimate = difference_estimate([(str(n), 0.0) for n in range(10)], seed=1)
    assert estimate.low == -estimate.high and 0.2 < estimate.high < 0.4


@pytest.mark.parametrize(("num_documents", "clear"), [(MIN_DOCUMENTS - 1, False), (MIN_DOCUMENTS, True)])
def test_difference_is_clear_from_six_documents_that_agree(num_documents: int, clear: bool) -> None:
    for sign in (1.0, -1.0):
        estimate = difference_estimate([(str(n), sign) for n in range(num_documents)], seed=1)
        assert is_clear(estimate) is clear and -1 <= estimate.low <= estimate.value <= estimate.high <= 1
        smaller = difference_estimate([(str(n), sign * (0.5 + n / 100)) for n in range(num_documents)], seed=1)
        assert is_clear(smaller) is clear


def test_difference_that_is_the_same_in_every_document_is_not_certain() -> None:
    """Each question is answered better at one of two lengths, so every document's mean is one half."""
    estimate = difference_estimate([(str(n), value) for n in range(12) for value in (0.0, 1.0)], seed=1)
    assert (estimate.value, estimate.interval) == (0.5, IntervalKind.UNVARIED)
    assert 0.0 < estimate.low < 0.3 and 0.5 < estimate.high < 0.7


def test_difference_within_the_noise_is_not_clear() -> None:
    assert not is_clear(difference_estimate([(str(n), 0.5 if n % 2 else -0.4) for n in range(40)], seed=1))


@given(_SCORES, st.randoms(use_true_random=False))
def test_mean_is_within_its_interval_and_independent_of_order(
    scores: list[tuple[str, float]], shuffler: random.Random
) -> None:
    estimate = mean_estimate(scores, seed=5)
    assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
    assert estimate.value == pytest.approx(math.fsum(score for _, score in scores) / len(scores))
    shuffled = list(scores)
    shuffler.shuffle(shuffled)
    assert mean_estimate(shuffled, seed=5) == estimate


@given(_SCORES, _SCORES)
def test_difference_is_within_its_interval_and_changes_sign_with_its_sides(
    first: list[tuple[str, float]], second: list[tuple[str, float]]
) -> None:
    pairs = [(cluster, ours - theirs) for (cluster, ours), (_, theirs) in zip(first, second, strict=False)]
    estimate = difference_estimate(pairs, seed=5)
    assert -1.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
    other = difference_estimate([(cluster, -value) for cluster, value in pairs], seed=5)
    assert other.value == -estimate.value
    assert is_clear(other) is is_clear(estimate)
