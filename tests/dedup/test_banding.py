from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.banding import Banding, band_keys, candidate_probability, choose_banding


@pytest.mark.parametrize("similarity", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("banding", [Banding(1, 3), Banding(3, 1), Banding(2, 3), Banding(4, 2)])
def test_candidate_probability_equals_the_sum_over_all_outcomes(similarity: float, banding: Banding) -> None:
    size = banding.num_bands * banding.num_rows
    total = 0.0
    for agreements in product((True, False), repeat=size):
        bands = (agreements[start : start + banding.num_rows] for start in range(0, size, banding.num_rows))
        if any(all(band) for band in bands):
            total += float(np.prod([similarity if agrees else 1 - similarity for agrees in agreements]))
    assert candidate_probability(similarity, banding) == pytest.approx(total)


@given(
    threshold=st.floats(0.3, 0.95), target=st.floats(0.001, 0.2), num_permutations=st.sampled_from([64, 128, 200, 256])
)
def test_choose_banding_meets_the_target_with_the_most_rows(
    threshold: float, target: float, num_permutations: int
) -> None:
    chosen = choose_banding(threshold=threshold, false_negative_target=target, num_permutations=num_permutations)
    assert chosen.num_bands * chosen.num_rows <= num_permutations
    assert 1 - candidate_probability(threshold, chosen) <= target
    steeper = Banding(num_bands=num_permutations // (chosen.num_rows + 1), num_rows=chosen.num_rows + 1)
    assert 1 - candidate_probability(threshold, steeper) > target


def test_choose_banding_of_a_target_out_of_reach_takes_single_rows() -> None:
    chosen = choose_banding(threshold=0.01, false_negative_target=0.0001, num_permutations=64)
    assert chosen == Banding(num_bands=64, num_rows=1)


def test_band_keys_agree_where_all_rows_of_the_band_do() -> None:
    banding = Banding(num_bands=4, num_rows=3)
    first = np.arange(100, 113, dtype=np.uint64)
    second = first.copy()
    second[[4, 11, 12]] += np.uint64(1)
    same = band_keys(first, banding) == band_keys(second, banding)
    assert same.tolist() == [True, False, True, False]


def test_band_keys_of_equal_rows_in_different_bands_differ() -> None:
    keys = band_keys(np.full(12, 7, dtype=np.uint64), Banding(num_bands=4, num_rows=3))
    assert len(set(keys.tolist())) == 4


def test_band_keys_of_several_documents_are_those_of_each() -> None:
    hashes = np.random.default_rng(2).integers(0, 2**63, (5, 12)).astype(np.uint64)
    banding = Banding(num_bands=4, num_rows=3)
    together = band_keys(hashes, banding)
    assert together.shape == (5, 4)
    assert all(np.array_equal(together[row], band_keys(hashes[row], banding)) for row in range(5))
