"""Finds pairs of similar documents by their MinHashes. Used by `pack.joining`.

Two documents are compared if they agree in one of the first `_SEARCHED_BINS` bins of their MinHash. A pair with
similarity s is found with probability 1 − (1 − s)^bins (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4,
with bands of one row): 0.73 for s = 0.04, and 0.97 for s = 0.1. If many documents agree in a bin, each is compared only
with its next neighbours. The estimated similarity is the share of all bins that agree, with a standard error of
√(s(1−s) ÷ bins). Cost: `_SEARCHED_BINS` sorts of the documents, O(n log n); at most bins × neighbours pairs per
document.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_SEARCHED_BINS = 32
_NEIGHBOURS = 8
"""Maximum number of later documents, in index order, with which a document is compared for one bin."""
_PAIRS_AT_ONCE = 2**15


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Indices of two documents, `first < second`, and their estimated Jaccard similarity."""

    first: int
    second: int
    similarity: float


def similar_pairs(minhashes_DB: Hashes, *, min_similarity: float) -> list[SimilarPair]:
    """Return the pairs with at least the given similarity, most similar first, then ordered by index.

    Args:
        minhashes_DB: MinHashes of D documents with B bins, see `dedup.sketch`. The result depends on the order of the
            documents.
        min_similarity: minimum estimated similarity, above 0.
    """
    pairs = _pairs_to_compare(minhashes_DB)
    num_documents = len(minhashes_DB)
    found: list[SimilarPair] = []
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        firsts, seconds = np.divmod(pairs[start : start + _PAIRS_AT_ONCE], num_documents)
        similarities = (minhashes_DB[firsts] == minhashes_DB[seconds]).mean(axis=1)
        enough = similarities >= min_similarity
        found += map(SimilarPair, *(column[enough].tolist() for column in (firsts, seconds, similarities)))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _pairs_to_compare(minhashes_DB: Hashes) -> Indices:
    """Return the distinct pairs in ascending order, each as first × number of documents + second."""
    num_documents, num_bins = minhashes_DB.shape
    pairs: list[Indices] = [np.empty(0, dtype=np.int64)]
    for column in range(min(num_bins, _SEARCHED_BINS)):
        values = minhashes_DB[:, column]
        order = np.argsort(values, kind="stable")
        for distance in range(1, min(_NEIGHBOURS, num_documents - 1) + 1):
            agree = values[order[:-distance]] == values[order[distance:]]
            # A stable sort keeps the indices of equal values ascending.
            pairs.append(order[:-distance][agree] * num_documents + order[distance:][agree])
    return np.unique(np.concatenate(pairs))
