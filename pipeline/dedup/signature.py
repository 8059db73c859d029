"""A document in, its signature out: what deduplication keeps of a text once it has been read.

The signature holds an exact hash, a MinHash of fixed size for finding candidates, and the shingle hashes themselves for
verifying them, so that no later step reads the text again. Written by the `sign` stage to `work/signatures`, read by
`dedup.candidates` and `dedup.similarity`. A build keeps the files, so a later build can be compared with it.

MinHash is one-permutation hashing (Li, Owen, Zhang 2012) with optimal densification of empty bins (Shrivastava 2017):
one hash per shingle instead of one per permutation. Memory: the text, a workspace of about 5 MiB, and at most
2 × `MAX_SKETCH_HASHES` hashes.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.dedup.shingles import Hashes, LetterCase, mixed, shingle_hashes

MAX_SKETCH_HASHES = 2**16
"""A larger shingle set is sampled by hash value (FracMinHash, Irber et al. 2022): Jaccard's standard error is then
below .003; sets up to this size (about 85,000 tokens of English, 40,000 of Korean) are whole and Jaccard is exact."""

_CHUNK_CHARS = 2**16
_EMPTY_BIN = np.uint64(2**64 - 1)
_NO_HASHES: Hashes = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared instead of the text. Arrays are little-endian uint64, as bytes."""

    doc_id: str
    title: str
    source_uri: str
    source_offset: int
    excerpt: str
    """First characters of the text, for the row in `rejected/`."""
    num_chars: int
    completeness: int
    """How many of title and licence are known."""
    exact_hash: str
    """Equal for texts that differ in whitespace only."""
    minhash: bytes
    """`num_permutations` bin minima; empty where the text has no letter and no digit."""
    shingles: bytes
    """Sorted unique shingle hashes below 2^(64 − `sampling_bits`)."""
    sampling_bits: int
    """0: all shingles are kept."""


@dataclass(frozen=True, slots=True)
class ShingleSketch:
    """The comparable part of a signature."""

    minhash: Hashes
    """Shape [num_permutations], or [0] without shingles."""
    shingles: Hashes
    """Shape [at most MAX_SKETCH_HASHES], ascending."""
    sampling_bits: int


def exact_hash(text: str) -> str:
    """32 hex digits of the text with whitespace collapsed and trimmed; reads the text in chunks."""
    digest = hashlib.blake2b(digest_size=16)
    num_words = 0
    joins_previous = False
    for chunk in _chunks(text):
        words = chunk.split()
        if not words:
            joins_previous = False
            continue
        if num_words and not (joins_previous and not chunk[0].isspace()):
            digest.update(b" ")
        digest.update(" ".join(words).encode())
        num_words += len(words)
        joins_previous = not chunk[-1].isspace()
    return digest.hexdigest()


def sketch_text(
    text: str, *, case: LetterCase, word_shingle: int, hangul_shingle: int, num_permutations: int
) -> ShingleSketch:
    """Shingle a text and reduce the shingles to a MinHash and a bounded set.

    Args:
        text: NFC is applied where it is not NFC already.
        case: whether capitals count.
        word_shingle: items of a shingle that starts with a word; see `dedup.shingles`.
        hangul_shingle: items of a shingle that starts with a Hangul, Han or Kana character.
        num_permutations: bins of the MinHash.
    """
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    minima = np.full(num_permutations, _EMPTY_BIN, dtype=np.uint64)
    edges = _bin_edges(num_permutations)
    sample = _HashSample()
    for hashes in shingle_hashes(
        composed, case=case, word_shingle=word_shingle, hangul_shingle=hangul_shingle, chunk_chars=_CHUNK_CHARS
    ):
        ascending = _unique(hashes)
        _lower(minima, ascending, edges)
        sample.add(ascending)
    shingles = sample.finish()
    minhash = densified(minima) if len(shingles) else _NO_HASHES
    return ShingleSketch(minhash=minhash, shingles=shingles, sampling_bits=sample.sampling_bits)


def densified(minima: Hashes) -> Hashes:
    """Fill every empty bin from a non-empty one that a hash of bin and attempt points to.

    Equal bins stay equal with the probability of the Jaccard similarity (Shrivastava 2017, theorem 2). Expected
    attempts: bins ÷ non-empty bins.

    Args:
        minima: shape [bins], at least one of them not empty.
    """
    assert (minima != _EMPTY_BIN).any(), "a signature without shingles cannot be densified"
    num_bins = len(minima)
    filled = minima.copy()
    empty = np.flatnonzero(minima == _EMPTY_BIN)
    attempt = 0
    while len(empty):
        attempt += 1
        probes = mixed(empty.astype(np.uint64) * np.uint64(0x100000001) + np.uint64(attempt) * np.uint64(num_bins + 1))
        donors = minima[probes % np.uint64(num_bins)]
        found = donors != _EMPTY_BIN
        filled[empty[found]] = donors[found]
        empty = empty[~found]
    return filled


def packed(hashes: Hashes) -> bytes:
    """Hashes as little-endian bytes, the form of the signature file."""
    return hashes.astype("<u8").tobytes()


def unpacked(data: bytes) -> Hashes:
    """The inverse of `packed`."""
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


def _chunks(text: str) -> Iterator[str]:
    for start in range(0, len(text), _CHUNK_CHARS):
        yield text[start : start + _CHUNK_CHARS]


def _lower(minima: Hashes, ascending: Hashes, edges: Hashes) -> None:
    """Lower each bin's minimum in place to the first of the ascending hashes that falls into the bin."""
    bounds = np.append(np.searchsorted(ascending, edges), len(ascending))
    occupied = np.flatnonzero(bounds[1:] > bounds[:-1])
    minima[occupied] = np.minimum(minima[occupied], ascending[bounds[occupied]])


def _unique(hashes: Hashes) -> Hashes:
    # np.unique takes twice as long.
    ascending: Hashes = np.sort(hashes)
    is_first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
    unique: Hashes = ascending[is_first]
    return unique


@cache
def _bin_edges(num_bins: int) -> Hashes:
    return np.array([(index << 64) // num_bins for index in range(num_bins)], dtype=np.uint64)


class _HashSample:
    """Unique hashes, all of them up to `MAX_SKETCH_HASHES`, else those below the largest power of two that fits.

    The result depends on the set only, not on the chunks it came in: a limit is lowered only when the hashes below it
    are already too many.
    """

    def __init__(self) -> None:
        self.sampling_bits = 0
        self._held: list[Hashes] = []
        self._num_held = 0

    def add(self, ascending: Hashes) -> None:
        below = self._below_limit(ascending)
        self._held.append(below)
        self._num_held += len(below)
        if self._num_held > 2 * MAX_SKETCH_HASHES:
            self._compact()

    def finish(self) -> Hashes:
        self._compact()
        return self._held[0]

    def _compact(self) -> None:
        union = self._held[0] if len(self._held) == 1 else _unique(np.concatenate([_NO_HASHES, *self._held]))
        while len(union) > MAX_SKETCH_HASHES:
            self.sampling_bits += 1
            union = self._below_limit(union)
        self._held = [union]
        self._num_held = len(union)

    def _below_limit(self, ascending: Hashes) -> Hashes:
        if self.sampling_bits == 0:
            return ascending
        # A copy, since a view would keep the whole chunk in memory.
        return ascending[: np.searchsorted(ascending, np.uint64(1 << (64 - self.sampling_bits)))].copy()
