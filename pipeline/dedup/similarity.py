"""Similarity of two shingle sets, exact where both are kept whole and sampled alike where they are not.

Used by `stages.dedup` to verify candidates. Cost: a merge of two sorted arrays of at most `MAX_SKETCH_HASHES`.
"""

from __future__ import annotations

import numpy as np

from pipeline.dedup.shingles import Hashes


def jaccard(first: Hashes, second: Hashes, *, first_bits: int, second_bits: int) -> float:
    """Shared ÷ united shingles, 0 to 1; 0 where both are empty.

    Sets sampled at different rates are compared at the coarser one, of which both hold every hash.

    Args:
        first, second: ascending unique hashes.
        first_bits, second_bits: their `sampling_bits`.
    """
    coarsest = max(first_bits, second_bits)
    if coarsest:
        limit = np.uint64(1 << (64 - coarsest))
        first = first[: np.searchsorted(first, limit)]
        second = second[: np.searchsorted(second, limit)]
    num_shared = len(np.intersect1d(first, second, assume_unique=True))
    num_united = len(first) + len(second) - num_shared
    return num_shared / num_united if num_united else 0.0
