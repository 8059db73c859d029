"""Computes the similarity of two shingle sets: exact if both sets are complete, otherwise estimated from samples.

Used by `transforms.find_clusters` to verify candidates. Cost: one binary search for each hash of the smaller sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.dedup.signature import ShortHashes

_HASH_BITS = 32


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many shingles each of two documents has, and how many they share, counted at the lower sampling rate."""

    num_shared: int
    num_first: int
    num_second: int

    @property
    def jaccard(self) -> float:
        """Jaccard similarity (shared ÷ all distinct shingles), from 0 to 1; 0 if both documents are empty."""
        num_united = self.num_first + self.num_second - self.num_shared
        return self.num_shared / num_united if num_united else 0.0

    @property
    def of_first(self) -> float:
        """Share of the first document that the second contains; 0 if the first is empty."""
        return self.num_shared / self.num_first if self.num_first else 0.0

    @property
    def of_second(self) -> float:
        """Share of the second document that the first contains; 0 if the second is empty."""
        return self.num_shared / self.num_second if self.num_second else 0.0


def overlap(first: ShortHashes, second: ShortHashes, *, first_bits: int, second_bits: int) -> Overlap:
    """Return the overlap of two samples at the lower of their two sampling rates, at which both samples are complete.

    Args:
        first, second: ascending distinct hashes (upper halves of 64-bit hashes).
        first_bits, second_bits: the `sampling_bits` of each sample.
    """
    coarsest = max(first_bits, second_bits)
    if coarsest:
        limit = np.uint32(1 << (_HASH_BITS - coarsest))
        first = first[: np.searchsorted(first, limit)]
        second = second[: np.searchsorted(second, limit)]
    smaller, larger = (first, second) if len(first) <= len(second) else (second, first)
    if len(smaller) == 0:
        return Overlap(0, len(first), len(second))
    indices = np.minimum(np.searchsorted(larger, smaller), len(larger) - 1)
    num_shared = int(np.count_nonzero(larger[indices] == smaller))
    return Overlap(num_shared=num_shared, num_first=len(first), num_second=len(second))
