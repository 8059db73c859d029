"""Finds the documents that share a band key or an anchor, in blocks of many keys.

A `KeyBlock` holds the keys of some documents that fall in one range; a range is a remainder of the key, so the equal
keys of all documents meet in one range. Pairs are found in a range by one sort, and documents that share many keys are
paired once, with as many votes. A shuffle then carries a block for each part of documents and each range, instead of an
element for each key: 8 bytes a key, and 33 for each document that has keys in the range. With few ranges, a document
has many keys in each; with thousands, nearly every key brings its document along. Pairs are blocks too (`PairBlock`):
13 bytes a pair, which names rows of parts instead of documents. Used by `transforms.find_clusters`, whose blocks meet
in a shuffle, and by `dedup.in_memory`. Memory of a range: what its blocks hold, 12 bytes a key, three times that while
it is sorted, the documents that share keys, and their pairs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.dedup.banding import Banding, band_keys
from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, passage_pairs
from pipeline.dedup.items import Hashes
from pipeline.dedup.signature import unpacked

MIN_RANGES = 16
"""Even a small build has work for several workers."""
UNKNOWN_RANGES = 256
"""The number of ranges for an unknown number of documents; enough for about a million."""
_RANGE_DOCUMENTS = 4000
"""As many keys as so many documents have form a range: about 4 million, at a thousand anchors each."""
_MAX_PAIRS = 10_000
"""Pairs in a block."""
BAND_VOTES = 2
"""One shared band is enough for a pair to be verified. A pair without one needs as many shared anchors."""
_INDICES, _KEYS, _OWNERS, _VOTES = np.dtype("<u4"), np.dtype("<u8"), np.dtype("<u2"), np.dtype("u1")
_STANDINGS, _FLAGS = np.dtype("<i8"), np.dtype("u1")
_KEY_BYTES = 6
"""Bytes of a key in a block. Among a billion documents with a thousand keys each, one key in 300 equals another one by
chance; a pair needs two anchors in common, and is verified."""
_MAX_DOCUMENTS = 2**16
"""Documents in a block of keys, so that two bytes name one."""

Indices = npt.NDArray[np.uint32]
Item = TypeVar("Item")


class KeyKind(StrEnum):
    """What a key is."""

    BAND = "band"
    """A band of a MinHash (`dedup.banding`). One shared band is enough for a pair to be verified."""
    ANCHOR = "anchor"
    """An anchor of a passage (`dedup.sketch`)."""


class KeyBlock(NamedTuple):
    """The keys of some documents of one part in one range. Beam encodes a tuple of its fields without pickling."""

    part: str
    doc_ids: bytes
    """The ids of the documents in UTF-8, each filled up with zeros to the length of the longest."""
    rows: bytes
    """For each document, the 32-bit row in its part."""
    num_chars: bytes
    """For each document, a number of 32 bits."""
    standings: bytes
    """For each document, a number of 64 bits."""
    is_earlier: bytes
    """For each document, a byte."""
    keys: bytes
    """The lowest 48 bits of each key, little-endian; a document has each key once."""
    owners: bytes
    """For each key, the 16-bit index of its document."""

    @property
    def num_documents(self) -> int:
        """The number of documents."""
        return len(self.is_earlier)

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """All documents."""
        return tuple(map(self.document, range(self.num_documents)))

    def document(self, index: int) -> DocumentRef:
        """Return one document."""
        width = len(self.doc_ids) // self.num_documents
        return DocumentRef(
            doc_id=self.doc_ids[index * width : (index + 1) * width].rstrip(b"\0").decode(),
            part=self.part,
            row=int(np.frombuffer(self.rows, _INDICES)[index]),
            num_chars=int(np.frombuffer(self.num_chars, _INDICES)[index]),
            standing=int(np.frombuffer(self.standings, _STANDINGS)[index]),
            is_earlier=bool(self.is_earlier[index]),
        )


class PairBlock(NamedTuple):
    """Candidate pairs with their votes. The first documents of all pairs are in the same part."""

    parts: tuple[str, ...]
    """The parts of the second documents."""
    first_rows: bytes
    """For each pair, the 32-bit row of its first document."""
    second_parts: bytes
    """For each pair, the 32-bit index of the part of its second document."""
    second_rows: bytes
    votes: bytes
    """For each pair, a number of 8 bits; `BAND_VOTES` stands for that or more."""


class RowPairs(NamedTuple):
    """The pairs of two parts to verify, by rows."""

    part: str
    """The part of the second documents."""
    first_rows: list[int]
    second_rows: list[int]


def num_ranges(num_documents: int | None) -> int:
    """Return the number of ranges for a number of documents, or for an unknown one. The pairs do not depend on it."""
    return UNKNOWN_RANGES if num_documents is None else max(MIN_RANGES, -(-num_documents // _RANGE_DOCUMENTS))


def key_blocks(documents: Sequence[tuple[DocumentRef, Hashes]], *, num_ranges: int) -> Iterator[tuple[int, KeyBlock]]:
    """Yield the number of each range that has keys of these documents, with a block of them.

    Args:
        documents: documents of one part, each with its keys, shape [keys], each key once.
        num_ranges: the number of ranges.
    """
    for some in _batched(documents, _MAX_DOCUMENTS):
        columns = _Columns.of([document for document, _ in some])
        keys_K = np.concatenate([keys for _, keys in some])
        owners_K = np.repeat(np.arange(len(some), dtype=_OWNERS), [len(keys) for _, keys in some])
        ranges_K = keys_K % np.uint64(num_ranges)
        order_K = np.argsort(ranges_K, kind="stable")
        bounds = np.searchsorted(ranges_K[order_K], np.arange(num_ranges + 1, dtype=np.uint64)).tolist()
        for number, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                chosen_K = order_K[start:end]
                present, owners = np.unique(owners_K[chosen_K], return_inverse=True)
                low_K = keys_K[chosen_K].astype(_KEYS).view(np.uint8).reshape(-1, _KEYS.itemsize)[:, :_KEY_BYTES]
                yield number, columns.block(present, low_K.tobytes(), owners.astype(_OWNERS).tobytes())


class _Columns(NamedTuple):
    """What blocks tell of documents, as arrays of shape [documents]."""

    part: str
    doc_ids_D: npt.NDArray[np.bytes_]
    rows_D: npt.NDArray[np.uint32]
    num_chars_D: npt.NDArray[np.uint32]
    standings_D: npt.NDArray[np.int64]
    is_earlier_D: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, documents: Sequence[DocumentRef]) -> _Columns:
        (part,) = {document.part for document in documents}
        return cls(
            part,
            np.array([document.doc_id.encode() for document in documents], np.bytes_),
            np.array([document.row for document in documents], _INDICES),
            np.array([document.num_chars for document in documents], _INDICES),
            np.array([document.standing for document in documents], _STANDINGS),
            np.array([document.is_earlier for document in documents], _FLAGS),
        )

    def block(self, chosen: npt.NDArray[np.integer[Any]], keys: bytes, owners: bytes) -> KeyBlock:
        doc_ids, rows, num_chars, standings, is_earlier = (column[chosen].tobytes() for column in self[1:])
        return KeyBlock(self.part, doc_ids, rows, num_chars, standings, is_earlier, keys, owners)


def signature_blocks(
    signatures: Sequence[tuple[DocumentRef, bytes, bytes]], banding: Banding, *, num_ranges: int
) -> Iterator[tuple[KeyKind, int, KeyBlock]]:
    """Yield the blocks of all keys of some documents, with their kind and the number of their range.

    Args:
        signatures: each document of a part with the MinHash and the anchors of its signature, packed.
        banding: how a MinHash is cut into bands.
        num_ranges: the number of ranges.
    """
    minhashes = ((document, unpacked(minhash)) for document, minhash, _ in signatures)
    bands = [(document, band_keys(minhash, banding)) for document, minhash in minhashes if len(minhash)]
    anchors = [(document, unpacked(own)) for document, _, own in signatures]
    for kind, documents in ((KeyKind.BAND, bands), (KeyKind.ANCHOR, anchors)):
        for number, block in key_blocks(documents, num_ranges=num_ranges):
            yield kind, number, block


def shared_key_pairs(kind: KeyKind, blocks: Iterable[KeyBlock]) -> dict[Pair, int]:
    """Return the candidate pairs among the documents of one range, with their votes.

    A shared band is worth `BAND_VOTES`, a shared anchor one vote.

    Args:
        kind: what the keys are.
        blocks: all blocks of the range, in any order.
    """
    own = list(blocks)
    firsts = list(accumulate((block.num_documents for block in own), initial=0))

    @cache
    def document(index: int) -> DocumentRef:
        number = bisect_right(firsts, index) - 1
        return own[number].document(index - firsts[number])

    keys = [_widened(block.keys) for block in own]
    owners = [
        np.frombuffer(block.owners, _OWNERS) + _INDICES.type(first)
        for block, first in zip(own, firsts[:-1], strict=True)
    ]
    votes: dict[Pair, int] = {}
    for members, num_keys in _shared(keys, owners).items():
        sharing = [document(index) for index in np.frombuffer(members, _INDICES).tolist()]
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
        for some in _batched(voted, _MAX_PAIRS):
            index: dict[str, int] = {}
            numbers_P3 = np.array(
                [(one.row, index.setdefault(other.part, len(index)), other.row) for (one, other), _ in some], _INDICES
            )
            counts_P = np.minimum([num_votes for _, num_votes in some], BAND_VOTES).astype(_VOTES)
            first_rows, second_parts, second_rows = (column.tobytes() for column in numbers_P3.T)
            yield part, PairBlock(tuple(index), first_rows, second_parts, second_rows, counts_P.tobytes())


def enough_votes(blocks: Iterable[PairBlock]) -> list[RowPairs]:
    """Return the pairs of a part whose votes in all blocks together are enough, by the part of their second document.

    Parts, and the rows of each, are in order.
    """
    index: dict[str, int] = {}
    columns: list[list[npt.NDArray[np.int64]]] = [[], [], []]
    votes = []
    for block in blocks:
        own = np.array([index.setdefault(part, len(index)) for part in block.parts], dtype=np.int64)
        for column, data in zip(columns, (block.second_parts, block.first_rows, block.second_rows), strict=True):
            column.append(np.frombuffer(data, _INDICES).astype(np.int64))
        columns[0][-1] = own[columns[0][-1]]
        votes.append(np.frombuffer(block.votes, _VOTES))
    if not index:
        return []
    votes_P = np.concatenate(votes)
    pairs_P3 = np.stack([np.concatenate(column) for column in columns], axis=1)
    order_P = np.lexsort(pairs_P3.T[::-1])
    pairs_P3, votes_P = pairs_P3[order_P], votes_P[order_P]
    starts = np.flatnonzero(np.concatenate([[True], (pairs_P3[1:] != pairs_P3[:-1]).any(axis=1)]))
    chosen_C3 = pairs_P3[starts[np.add.reduceat(votes_P.astype(np.int64), starts) >= BAND_VOTES]]
    parts, (numbers, firsts) = list(index), np.unique(chosen_C3[:, 0], return_index=True)
    of_parts = zip(numbers.tolist(), np.split(chosen_C3, firsts[1:]), strict=True) if numbers.size else ()
    return sorted(RowPairs(parts[number], rows[:, 1].tolist(), rows[:, 2].tolist()) for number, rows in of_parts)


def _widened(keys: bytes) -> Hashes:
    """Return the keys of a block, shape [keys]."""
    low_K = np.frombuffer(keys, np.uint8).reshape(-1, _KEY_BYTES)
    wide_K = np.zeros((len(low_K), _KEYS.itemsize), dtype=np.uint8)
    wide_K[:, :_KEY_BYTES] = low_K
    return wide_K.reshape(-1).view(_KEYS)


def _batched(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


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
