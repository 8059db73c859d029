"""Finds the documents that share a band key or an anchor, in blocks of many keys.

A `KeyBlock` holds the keys of some documents that fall in one range; a range is a remainder of the key, so the equal
keys of all documents meet in one range. Pairs are found in a range by one sort, and documents that share many keys are
paired once, with as many votes. A shuffle then carries a block for each part of documents and each range, 12 bytes a
key and one reference a document, instead of an element for each key. Pairs are blocks too (`PairBlock`), 10
bytes a pair. Used by `transforms.find_clusters`, whose blocks meet in a shuffle, and by
`dedup.in_memory`. Memory of a range: 12 bytes a key, three times that while it is sorted, and its pairs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, passage_pairs
from pipeline.dedup.items import Hashes

MIN_RANGES = 16
"""Even a small build has work for several workers."""
UNKNOWN_RANGES = 256
"""The number of ranges for an unknown number of documents; enough for about a million."""
_RANGE_DOCUMENTS = 4000
"""Documents a range: about 50 MB of keys, at a thousand anchors each."""
_MAX_PAIRS = 10_000
"""Pairs in a block."""
BAND_VOTES = 2
"""One shared band is enough for a pair to be verified. A pair without one needs as many shared anchors."""
_INDICES, _KEYS, _VOTES = np.dtype("<u4"), np.dtype("<u8"), np.dtype("<u2")

Indices = npt.NDArray[np.uint32]


class KeyKind(StrEnum):
    """What a key is."""

    BAND = "band"
    """A band of a MinHash (`dedup.banding`). One shared band is enough for a pair to be verified."""
    ANCHOR = "anchor"
    """An anchor of a passage (`dedup.sketch`)."""


class KeyBlock(NamedTuple):
    """The keys of some documents in one range."""

    documents: tuple[DocumentRef, ...]
    keys: bytes
    """64-bit keys, little-endian; a document has each key once."""
    owners: bytes
    """For each key, the 32-bit index of its document."""


class PairBlock(NamedTuple):
    """Candidate pairs whose first documents are in one part, with their votes."""

    documents: tuple[DocumentRef, ...]
    firsts: bytes
    """For each pair, the 32-bit index of its first document."""
    seconds: bytes
    votes: bytes
    """For each pair, a 16-bit number."""


def plain(block: KeyBlock | PairBlock) -> tuple[Any, ...]:
    """Return a block as a tuple of plain values, which Beam encodes without pickling; `Block(*plain(block))` is
    enough to read it again."""
    return (tuple(map(tuple, block.documents)), *block[1:])


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
    owners_K = np.repeat(np.arange(len(documents), dtype=_INDICES), [len(keys) for _, keys in documents])
    ranges_K = keys_K % np.uint64(num_ranges)
    order_K = np.argsort(ranges_K, kind="stable")
    bounds = np.searchsorted(ranges_K[order_K], np.arange(num_ranges + 1, dtype=np.uint64)).tolist()
    for number, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            chosen = order_K[start:end]
            present, owners = np.unique(owners_K[chosen], return_inverse=True)
            yield (
                number,
                KeyBlock(
                    tuple(documents[index][0] for index in present.tolist()),
                    keys_K[chosen].astype(_KEYS).tobytes(),
                    owners.astype(_INDICES).tobytes(),
                ),
            )


def shared_key_pairs(kind: KeyKind, blocks: Iterable[KeyBlock]) -> dict[Pair, int]:
    """Return the candidate pairs among the documents of one range, with their votes.

    A shared band is worth `BAND_VOTES`, a shared anchor one vote.

    Args:
        kind: what the keys are.
        blocks: all blocks of the range, in any order.
    """
    documents: list[DocumentRef] = []
    keys, owners = [], []
    for block in blocks:
        keys.append(np.frombuffer(block.keys, _KEYS))
        owners.append(np.frombuffer(block.owners, _INDICES) + _INDICES.type(len(documents)))
        documents.extend(DocumentRef(*document) for document in block.documents)
    votes: dict[Pair, int] = {}
    for members, num_keys in _shared(keys, owners).items():
        sharing = [documents[index] for index in np.frombuffer(members, _INDICES).tolist()]
        if kind is KeyKind.BAND:
            votes.update(dict.fromkeys(bucket_pairs(sharing), BAND_VOTES))
        else:
            for pair in set(passage_pairs(sharing)):
                votes[pair] = votes.get(pair, 0) + num_keys
    return votes


def pair_blocks(votes: Mapping[Pair, int]) -> Iterator[tuple[str, PairBlock]]:
    """Yield pairs by the part of their first document, with the name of the part."""
    by_part: defaultdict[str, list[tuple[Pair, int]]] = defaultdict(list)
    for pair, num_votes in votes.items():
        by_part[pair[0].part].append((pair, num_votes))
    for part, voted in by_part.items():
        rest = iter(voted)
        while some := list(islice(rest, _MAX_PAIRS)):
            index: dict[DocumentRef, int] = {}
            ends = [[index.setdefault(document, len(index)) for document in pair] for pair, _ in some]
            firsts, seconds = np.array(ends, _INDICES).T
            counts = np.minimum([num_votes for _, num_votes in some], BAND_VOTES).astype(_VOTES)
            yield part, PairBlock(tuple(index), firsts.tobytes(), seconds.tobytes(), counts.tobytes())


def voted_pairs(blocks: Iterable[PairBlock]) -> list[Pair]:
    """Return the pairs to verify, in order: those whose votes in all blocks together are enough."""
    index: dict[DocumentRef, int] = {}
    firsts, seconds, votes = [], [], []
    for block in blocks:
        places = [index.setdefault(DocumentRef(*document), len(index)) for document in block.documents]
        own = np.array(places, dtype=np.int64)
        firsts.append(own[np.frombuffer(block.firsts, _INDICES)])
        seconds.append(own[np.frombuffer(block.seconds, _INDICES)])
        votes.append(np.frombuffer(block.votes, _VOTES))
    if not index:
        return []
    pairs_P, inverse_P = np.unique(np.concatenate(firsts) * len(index) + np.concatenate(seconds), return_inverse=True)
    is_enough_P = np.bincount(inverse_P, weights=np.concatenate(votes)) >= BAND_VOTES
    documents = list(index)
    return sorted(
        (documents[pair // len(index)], documents[pair % len(index)]) for pair in pairs_P[is_enough_P].tolist()
    )


def _shared(keys: Sequence[Hashes], owners: Sequence[Indices]) -> Counter[bytes]:
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
