import numpy as np
import pytest

from pipeline.pack.nearest import similar_pairs

NUM_BINS = 128


def family(similarity: float, size: int, seed: int) -> np.ndarray:
    """MinHashes that agree pairwise in about a share of their bins: each bin is the family's with chance √s."""
    generator = np.random.default_rng(seed)
    base = generator.integers(0, 2**63, size=NUM_BINS, dtype=np.uint64)
    own = generator.integers(0, 2**63, size=(size, NUM_BINS), dtype=np.uint64)
    return np.where(generator.random((size, NUM_BINS)) < np.sqrt(similarity), base, own)


@pytest.mark.parametrize(("similarity", "least"), [(0.1, 0.9), (0.3, 0.99)])
def test_similar_pairs_finds_nearly_all_pairs_of_small_families(similarity: float, least: float) -> None:
    families = [family(similarity, 4, seed) for seed in range(60)]
    stacked = np.concatenate(families)
    found = similar_pairs(stacked, min_similarity=0.04)
    assert all(pair.first // 4 == pair.second // 4 for pair in found), "strangers share no bin"
    assert len(found) >= least * 60 * 6
    estimates = np.array([pair.similarity for pair in found])
    assert abs(estimates.mean() - similarity) < 0.03


def test_similar_pairs_come_most_similar_first_and_as_similar_as_they_are() -> None:
    stacked = np.concatenate([family(0.2, 3, 1), family(0.8, 3, 2)])
    found = similar_pairs(stacked, min_similarity=0.05)
    assert [pair.similarity for pair in found] == sorted((pair.similarity for pair in found), reverse=True)
    assert {(pair.first, pair.second) for pair in found[:3]} == {(3, 4), (3, 5), (4, 5)}
    for pair in found:
        assert pair.similarity == (stacked[pair.first] == stacked[pair.second]).mean()


def test_similar_pairs_of_many_alike_documents_are_bounded() -> None:
    found = similar_pairs(np.repeat(family(1.0, 1, 1), 500, axis=0), min_similarity=0.5)
    assert 500 <= len(found) <= 500 * 8


def test_similar_pairs_of_fewer_than_two_documents_are_none() -> None:
    assert similar_pairs(family(0.5, 1, 1), min_similarity=0.1) == []


@pytest.mark.parametrize(("size", "num_pairs"), [(2, 1), (3, 3), (9, 36), (10, 44)])
def test_similar_pairs_of_equal_documents_are_each_ones_next_eight(size: int, num_pairs: int) -> None:
    found = similar_pairs(np.repeat(family(1.0, 1, 1), size, axis=0), min_similarity=0.5)
    assert len(found) == num_pairs
    assert {pair.second - pair.first for pair in found} == set(range(1, min(8, size - 1) + 1))
