"""Locality-sensitive hashing: chooses the number of bands and rows, and computes the band keys of a MinHash.

A MinHash is cut into bands of several values (rows). Two documents can become candidates if all rows of at least one
band agree (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4). Used by `transforms.find_clusters`, the
report and the command `build`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.config.build import DedupRecipe
from pipeline.dedup.items import Hashes
from pipeline.dedup.shingles import mixed

_ROW_BASE = 0xA0761D6478BD642F


@dataclass(frozen=True, slots=True)
class Banding:
    """How a MinHash is cut into bands; the first `num_bands × num_rows` values are used."""

    num_bands: int
    num_rows: int


def candidate_probability(similarity: float, banding: Banding) -> float:
    """Return the probability that a pair with this Jaccard similarity shares a band: 1 − (1 − s^rows)^bands."""
    return float(1.0 - (1.0 - similarity**banding.num_rows) ** banding.num_bands)


def candidate_curve(banding: Banding) -> list[tuple[float, float]]:
    """Return the points of a plot: each similarity from 0 to 1 in steps of 0.01, with its candidate probability."""
    return [(percent / 100, candidate_probability(percent / 100, banding)) for percent in range(101)]


def banding_of(recipe: DedupRecipe) -> Banding:
    """Return the banding that a recipe asks for."""
    return choose_banding(
        threshold=recipe.threshold,
        false_negative_target=recipe.false_negative_target,
        num_permutations=recipe.num_permutations,
    )


def choose_banding(*, threshold: float, false_negative_target: float, num_permutations: int) -> Banding:
    """Return the banding with the most rows that still misses at most a target share of the pairs at the threshold.

    More rows give fewer false candidates. If no banding reaches the target, return bands of one row: they come closest.
    """
    for num_rows in range(num_permutations, 1, -1):
        banding = Banding(num_bands=num_permutations // num_rows, num_rows=num_rows)
        if 1.0 - candidate_probability(threshold, banding) <= false_negative_target:
            return banding
    return Banding(num_bands=num_permutations, num_rows=1)


def band_keys(minhash: Hashes, banding: Banding) -> Hashes:
    """Return one 64-bit key per band. Two different bands have different keys even if their rows are equal.

    Args:
        minhash: MinHash values, shape [..., num_permutations].
        banding: the banding to use.

    Returns:
        Shape [..., num_bands].
    """
    used = minhash[..., : banding.num_bands * banding.num_rows]
    rows = used.reshape(*minhash.shape[:-1], banding.num_bands, banding.num_rows)
    keys = np.arange(1, banding.num_bands + 1, dtype=np.uint64)
    for column in range(banding.num_rows):
        keys = mixed(keys * np.uint64(_ROW_BASE) + rows[..., column])
    return keys
