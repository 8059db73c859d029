"""Finds the documents that share a band key or an anchor, in blocks of many keys.

A `KeyBlock` holds the keys of some documents that fall in one range; a range is a remainder of the key, so the equal
keys of all documents meet in one range. Pairs are found in a range by one sort, and documents that share many keys are
paired once, with as many votes. A shuffle then carries a block for each part of documents and each range, 12 bytes a
key and one reference a document, instead of an element for each key. Used by `transforms.find_clusters`, whose blocks
meet in a shuffle, and by `dedup.in_memory`. Memory of a range: 12 bytes a key, three times that while it is sorted, and
its pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, passage_pairs
from pipeline.dedup.items import Hashes
from pipeline.dedup.verification import BAND_VOTES

MIN_RANGES = 16
"""Even a small build has work for several workers."""
UNKNOWN_RANGES = 256
"""The number of ranges for an unknown number of documents; enough for about a million."""
_RANGE_DOCUMENTS = 4000
"""Documents a range: about 50 MB of keys, at a thousand anchors each."""
_OWNERS = np.dtype("<u4")
_KEYS = np.dtype("<u8")


class KeyKind(StrEnum):
    """What a key is."""

    BAND = "band"
    """A band of a MinHash (`dedup.banding`). One shared band is enough for a pair to be verified."""
    ANCHOR = "anchor"
    """An anchor of a passage (`dedup.sketch`)."""


class KeyBlock(NamedTuple):
    """The keys of some documents in one range. A tuple of plain values, which Beam encodes without pickling."""

    documents: tuple[DocumentRef, ...]
    keys: bytes
    """64-bit keys, little-endian; a document has each key once."""
    owners: bytes
    """For each key, the 32-bit index of its document."""


def num_ranges(num_documents: int | None) -> int:
    """Return the number of ranges for a number of documents, or for an unknown one. The pairs do not depend on it."""
    return UNKNOWN_RANGES if num_documents is None else max(MIN_RANGES, -(-num_documents // _RANGE_DOCUMENTS))


def key_blocks(documents: Sequence[tuple[DocumentRef, Hashes]], *, num_ranges: int) -> Iterator[tuple[int, KeyBlock]]:
    """Yield the number of each range that has keys of these documents, in ascending order, with its block.

    Args:
        documents: each with its keys, shape [keys], each key once.
        num_ranges: the number of ranges.
    """
    if not documents:
        return
    keys_K = np.concatenate([keys for _, keys in documents])
    owners_K = np.repeat(np.arange(len(documents), dtype=_OWNERS), [len(keys) for _, keys in documents])
    ranges_K = keys_K % np.uint64(num_ranges)
    order_K = np.argsort(ranges_K, kind="stable")
    bounds = np.searchsorted(ranges_K[order_K], np.arange(num_ranges + 1, dtype=np.uint64)).tolist()
    for number, (start, end) in enumerate(zip(bounds, bounds[1:], strict=False)):
        if start < end:
            chosen = order_K[start:end]
            present, owners = np.unique(owners_K[chosen], return_inverse=True)
            yield (
                number,
                KeyBlock(
                    tuple(documents[index][0] for index in present.tolist()),
                    keys_K[chosen].astype(_KEYS).tobytes(),
                    owners.astype(_OWNERS).tobytes(),
                ),
            )


def shared_key_pairs(kind: KeyKind, blocks: Iterable[KeyBlock]) -> dict[Pair, int]:
    """Return the candidate pairs among the documents of one range, with their votes; see `verification.voted_pairs`.

    Args:
        kind: what the keys are.
        blocks: all blocks of the range, in any order.
    """
    documents: list[DocumentRef] = []
    keys, owners = [], []
    for block in blocks:
        keys.append(np.frombuffer(block.keys, _KEYS))
        owners.append(np.frombuffer(block.owners, _OWNERS) + _OWNERS.type(len(documents)))
        documents.extend(DocumentRef(*document) for document in block.documents)
    votes: dict[Pair, int] = {}
    for members, num_keys in _shared(keys, owners).items():
        sharing = [documents[index] for index in np.frombuffer(members, _OWNERS).tolist()]
        if kind is KeyKind.BAND:
            votes.update(dict.fromkeys(bucket_pairs(sharing), BAND_VOTES))
        else:
            for pair in set(passage_pairs(sharing)):
                votes[pair] = votes.get(pair, 0) + num_keys
    return votes


def _shared(keys: Sequence[Hashes], owners: Sequence[np.ndarray]) -> Counter[bytes]:
    """Return each set of documents that share a key, as ascending indices, with the number of these keys."""
    if not keys:
        return Counter()
    keys_K, owners_K = np.concatenate(keys), np.concatenate(owners)
    order_K = np.lexsort((owners_K, keys_K))
    keys_K, owners_K = keys_K[order_K], owners_K[order_K]
    bounds = np.flatnonzero(np.concatenate([[True], keys_K[1:] != keys_K[:-1], [True]]))
    shared = np.flatnonzero(np.diff(bounds) > 1)
    runs = zip(bounds[shared].tolist(), bounds[shared + 1].tolist(), strict=True)
    return Counter(owners_K[start:end].tobytes() for start, end in runs)
