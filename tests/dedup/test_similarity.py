import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.similarity import overlap

HASHES = st.sets(st.integers(0, 2**32 - 1) | st.integers(0, 40), max_size=60)


def array(values: set[int]) -> np.ndarray:
    return np.array(sorted(values), dtype=np.uint32)


@given(HASHES, HASHES)
def test_overlap_counts_what_sets_share(first: set[int], second: set[int]) -> None:
    found = overlap(array(first), array(second), first_bits=0, second_bits=0)
    assert (found.num_shared, found.num_first, found.num_second) == (len(first & second), len(first), len(second))
    if first | second:
        assert found.jaccard == pytest.approx(len(first & second) / len(first | second))
    if first:
        assert found.of_first == pytest.approx(len(first & second) / len(first))


@given(HASHES, HASHES, st.integers(0, 3), st.integers(0, 3))
def test_overlap_of_different_rates_is_that_of_the_coarser(
    first: set[int], second: set[int], first_bits: int, second_bits: int
) -> None:
    def sampled(values: set[int], bits: int) -> set[int]:
        return {value for value in values if value < 2 ** (32 - bits)}

    coarsest = max(first_bits, second_bits)
    found = overlap(
        array(sampled(first, first_bits)),
        array(sampled(second, second_bits)),
        first_bits=first_bits,
        second_bits=second_bits,
    )
    expected = sampled(first, coarsest), sampled(second, coarsest)
    assert (found.num_first, found.num_second) == (len(expected[0]), len(expected[1]))
    assert found.num_shared == len(expected[0] & expected[1])


def test_overlap_of_nothing_is_zero() -> None:
    nothing = overlap(array(set()), array(set()), first_bits=0, second_bits=0)
    assert (nothing.jaccard, nothing.of_first, nothing.of_second) == (0.0, 0.0, 0.0)
