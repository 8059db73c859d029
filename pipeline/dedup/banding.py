"""Locality-sensitive hashing: how many bands of how many rows, and the band keys of a MinHash.

Two documents become candidates when all rows of at least one band agree (Leskovec, Rajaraman, Ullman, "Mining of
Massive Datasets", 3.4). Used by `stages.dedup`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.dedup.items import Hashes
from pipeline.dedup.shingles import mixed

_ROW_BASE = 0xA0761D6478BD642F


@dataclass(frozen=True, slots=True)
class Banding:
    """How a MinHash is cut; `num_bands × num_rows` of its values are used."""

    num_bands: int
    num_rows: int


def candidate_probability(similarity: float, banding: Banding) -> float:
    """The S-curve 1 − (1 − s^rows)^bands: chance that a pair of this Jaccard similarity shares a band."""
    return float(1.0 - (1.0 - similarity**banding.num_rows) ** banding.num_bands)


def candidate_curve(banding: Banding) -> list[tuple[float, float]]:
    """The S-curve for a plot: similarity from 0 to 1 in hundredths, and the chance of becoming candidates."""
    return [(percent / 100, candidate_probability(percent / 100, banding)) for percent in range(101)]


def choose_banding(*, threshold: float, false_negative_target: float, num_permutations: int) -> Banding:
    """The most rows (fewest false candidates) that miss at most the target share of pairs at the threshold.

    Where no banding reaches the target, bands of one row come closest to it.
    """
    for num_rows in range(num_permutations, 1, -1):
        banding = Banding(num_bands=num_permutations // num_rows, num_rows=num_rows)
        if 1.0 - candidate_probability(threshold, banding) <= false_negative_target:
            return banding
    return Banding(num_bands=num_permutations, num_rows=1)


def band_keys(minhash: Hashes, banding: Banding) -> Hashes:
    """One 64-bit key per band; keys of different bands differ even where their rows agree.

    Args:
        minhash: shape [..., num_permutations].
        banding: of the recipe.

    Returns:
        Shape [..., num_bands].
    """
    used = minhash[..., : banding.num_bands * banding.num_rows]
    rows = used.reshape(*minhash.shape[:-1], banding.num_bands, banding.num_rows)
    keys = np.arange(1, banding.num_bands + 1, dtype=np.uint64)
    for column in range(banding.num_rows):
        keys = mixed(keys * np.uint64(_ROW_BASE) + rows[..., column])
    return keys
