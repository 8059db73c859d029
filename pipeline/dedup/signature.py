"""Compute the signature of a document: what deduplication keeps of a text after reading it.

A signature holds an exact hash, a MinHash of fixed size for finding near duplicates, a bounded sample of the shingles
for verifying them, and *anchors*: a sparser sample with places, for finding shared passages. No later step reads the
text again to measure similarity. `stages.dedup` writes signatures to `work/signatures` and keeps them with the build,
so that a later build can compare its documents with them.

All samples take the smallest hashes (FracMinHash, Irber et al. 2022), so two documents sampled at different rates still
share the hashes that both hold. MinHash is one-permutation hashing (Li, Owen, Zhang 2012) with optimal densification of
empty bins (Shrivastava 2017). It reads the sample only: the smallest hash of a bin that is not empty is in the sample.

Memory: the text, a workspace of about 4 MiB, and bounded samples, for any length of text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.items import Hashes, Offsets
from pipeline.dedup.shingles import Shingles, Shingling, mixed, shingles_by_chunk, shingles_of

MAX_SHINGLES = 2**13
"""A larger shingle set is sampled, with a standard error of similarity below .008. A set up to this size (about 10,000
tokens of English, 5,000 of Korean) is kept whole, and its similarity is exact."""
ANCHOR_BITS = 5
"""One shingle in 32 is an anchor: one about every 200 characters of English, every 40 of Korean."""
MAX_ANCHORS = 2**16

ShortHashes = NDArray[np.uint32]
"""Upper halves of shingle hashes, enough to compare two sets of at most `MAX_SHINGLES`."""

_CHUNK_CHARS = 2**15
_NARROW_CHUNK_CHARS = 2**17
_NARROW_BYTES = 1.5
"""Bytes per character below which a text is made of words. It has fewer items, so its chunks can be longer and their
items still fit a core's cache."""
_LEAST_UNIQUE_SHARE = 0.5
"""Least expected share of different shingles. A text that repeats itself more, or differs much from its beginning, may
be read twice."""
_EMPTY_BIN = np.uint64(2**64 - 1)
_NO_HASHES: Hashes = np.empty(0, dtype=np.uint64)
_HALF = np.uint64(32)
_WHITE_SPACE = bytes(0x20 if chr(byte).isspace() and byte < 0x80 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Signature:
    """The data that is compared instead of the text. Arrays are little-endian bytes."""

    doc_id: str
    title: str
    domain: str
    source_uri: str
    source_offset: int
    excerpt: str
    """First characters of the text, for the row in `rejected/`."""
    num_chars: int
    completeness: int
    """How many of title and licence are known, 0 to 2."""
    exact_hash: str
    """Equal for texts that differ only in whitespace."""
    minhash: bytes
    """`num_permutations` bin minima (uint64); empty if the text has no letter and no digit."""
    shingles: bytes
    """Differences (uint32) of the sorted upper halves of the shingle hashes below 2^(64 − `sampling_bits`)."""
    sampling_bits: int
    """0 if all shingles are kept."""
    anchors: bytes
    """Shingle hashes (uint64) below 2^(64 − `anchor_bits`), each once, in the order of the text."""
    anchor_starts: bytes
    """Number of characters of the text before each anchor (uint32)."""
    anchor_bits: int


@dataclass(frozen=True, slots=True)
class ShingleSketch:
    """The part of a signature that is compared."""

    minhash: Hashes
    """Shape [num_permutations], or [0] if the text has no shingles."""
    shingles: ShortHashes
    """Shape [at most MAX_SHINGLES], ascending."""
    sampling_bits: int
    anchors: Hashes
    """Shape [at most MAX_ANCHORS], each hash once, in the order of the text."""
    anchor_starts: Offsets
    """Shape [anchors], ascending."""
    anchor_bits: int


def exact_hash(text: str) -> str:
    """Return 32 hex digits that hash the text with whitespace collapsed and trimmed; reads the text in chunks."""
    digest = hashlib.blake2b(digest_size=16)
    has_words = False
    joins_previous = False
    for start in range(0, len(text), _CHUNK_CHARS):
        chunk = text[start : start + _CHUNK_CHARS]
        words = _collapsed(chunk)
        if not words:
            joins_previous = False
            continue
        if has_words and not (joins_previous and not chunk[0].isspace()):
            digest.update(b" ")
        digest.update(words)
        has_words = True
        joins_previous = not chunk[-1].isspace()
    return digest.hexdigest()


def sketch_texts(texts: Sequence[str], shingling: Shingling, *, num_permutations: int) -> list[ShingleSketch]:
    """Return the sketch of each text: its shingles reduced to a MinHash and bounded samples.

    Short texts are hashed together, since one numpy call costs as much as hashing a kilobyte.

    Args:
        texts: composed to NFC if they are not NFC already.
        shingling: the settings that define a shingle.
        num_permutations: bins of the MinHash.
    """
    sketches: list[ShingleSketch] = []
    for batch in _batches(texts):
        if len(batch) == 1 and len(batch[0]) > _CHUNK_CHARS:
            sketches.append(_sketch_long(batch[0], shingling, num_permutations))
        else:
            sketches.extend(_sketch_short(batch, shingling, num_permutations))
    return sketches


def densified(minima: Hashes) -> Hashes:
    """Return the minima with every empty bin filled from another bin of its row.

    A hash of bin number and attempt picks the other bin, until one is not empty. Two bins agree with a probability
    equal to the Jaccard similarity (Shrivastava 2017, theorem 2). Expected attempts: bins ÷ non-empty bins.

    Args:
        minima: shape [texts, bins]; a row with only empty bins stays empty.
    """
    filled = minima.copy()
    num_bins = minima.shape[1]
    is_empty = minima == _EMPTY_BIN
    rows, bins = np.nonzero(is_empty & ~is_empty.all(axis=1, keepdims=True))
    attempt = 0
    while len(rows):
        attempt += 1
        probes = mixed(bins.astype(np.uint64) * np.uint64(0x100000001) + np.uint64(attempt) * np.uint64(num_bins + 1))
        donors = minima[rows, probes % np.uint64(num_bins)]
        found = donors != _EMPTY_BIN
        filled[rows[found], bins[found]] = donors[found]
        rows, bins = rows[~found], bins[~found]
    return filled


def packed(hashes: Hashes) -> bytes:
    """Return 64-bit hashes as little-endian bytes, the form used in the signature file."""
    return hashes.astype("<u8").tobytes()


def unpacked(data: bytes) -> Hashes:
    """Return the hashes that `packed` turned into bytes."""
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


def packed_ascending(values: ShortHashes | Offsets) -> bytes:
    """Return ascending numbers below 2^32 as the bytes of their differences, which compress well."""
    return np.diff(values.astype(np.uint32), prepend=np.uint32(0)).astype("<u4").tobytes()


def unpacked_ascending(data: bytes) -> ShortHashes:
    """Return the numbers that `packed_ascending` turned into bytes."""
    return np.cumsum(np.frombuffer(data, dtype="<u4"), dtype=np.uint32)


def _collapsed(chunk: str) -> bytes:
    """Return the words of a chunk with one space between them."""
    if not chunk.isascii():
        return " ".join(chunk.split()).encode("utf-8", "surrogatepass")
    spaced = chunk.encode().translate(_WHITE_SPACE).strip(b" ")
    codes = np.frombuffer(spaced, dtype=np.uint8)
    is_space = codes == 0x20
    repeats = is_space[1:] & is_space[:-1]
    return codes[1:][~repeats].tobytes().join((spaced[:1], b"")) if repeats.any() else spaced


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield runs of texts that are hashed together; a long text is a run by itself."""
    first, num_chars = 0, 0
    for index, text in enumerate(texts):
        if index > first and num_chars + len(text) > _CHUNK_CHARS:
            yield texts[first:index]
            first, num_chars = index, 0
        num_chars += len(text)
    if first < len(texts):
        yield texts[first:]


def _sketch_long(text: str, shingling: Shingling, num_permutations: int) -> ShingleSketch:
    sample, anchors = _sampled(text, shingling, unique_share=_LEAST_UNIQUE_SHARE)
    shingles = sample.finish()
    if sample.may_be_too_sparse:
        sample, anchors = _sampled(text, shingling, unique_share=0.0)
        shingles = sample.finish()
    anchor_hashes, anchor_starts = anchors.finish()
    return ShingleSketch(
        minhash=_minhashes(shingles, np.array([0, len(shingles)]), num_permutations)[0],
        shingles=(shingles >> _HALF).astype(np.uint32),
        sampling_bits=sample.sampling_bits,
        anchors=anchor_hashes,
        anchor_starts=anchor_starts,
        anchor_bits=anchors.sampling_bits,
    )


def _sampled(text: str, shingling: Shingling, *, unique_share: float) -> tuple[_HashSample, _AnchorSample]:
    """Return the shingle sample and the anchor sample of a long text.

    Args:
        text: longer than one chunk.
        shingling: the settings that define a shingle.
        unique_share: assumed least share of different shingles. With the number of shingles in the first chunk, it sets
            the first sampling rate; 0 starts without sampling.
    """
    is_narrow = len(text[:_CHUNK_CHARS].encode("utf-8", "surrogatepass")) < _NARROW_BYTES * _CHUNK_CHARS
    chunk_chars = _NARROW_CHUNK_CHARS if is_narrow else _CHUNK_CHARS
    chunks = shingles_by_chunk(text, shingling, chunk_chars=chunk_chars)
    first = next(chunks)
    num_unique = unique_share * len(first.hashes) * max(1.0, len(text) / chunk_chars)
    sample, anchors = _HashSample(max(0, int(num_unique / MAX_SHINGLES).bit_length() - 1)), _AnchorSample()
    for chunk in chain([first], chunks):
        places = np.flatnonzero(chunk.hashes <= max(sample.limit, anchors.limit))
        hashes = chunk.hashes[places]
        sample.add(hashes[hashes <= sample.limit])
        are_anchors = np.flatnonzero(hashes <= anchors.limit)
        anchors.add(hashes[are_anchors], chunk.starts[places[are_anchors]])
    return sample, anchors


def _sketch_short(texts: Sequence[str], shingling: Shingling, num_permutations: int) -> Iterator[ShingleSketch]:
    """Yield the sketch of each text of a batch, hashed together. Texts this short never have too many anchors."""
    shingles = shingles_of(texts, shingling)
    places = np.flatnonzero(shingles.hashes <= _limit(ANCHOR_BITS))
    owners = np.searchsorted(shingles.bounds, places, side="right") - 1
    places = places[_first_of_each(shingles.hashes[places], owners)]
    anchors, anchor_starts = shingles.hashes[places], shingles.starts[places]
    anchor_bounds = np.searchsorted(places, shingles.bounds)
    samples, sample_bounds, sampling_bits = _samples(shingles)
    minhashes = _minhashes(samples, sample_bounds, num_permutations)
    halves = (samples >> _HALF).astype(np.uint32)
    for index in range(len(texts)):
        own = slice(anchor_bounds[index], anchor_bounds[index + 1])
        yield ShingleSketch(
            minhash=minhashes[index],
            shingles=halves[sample_bounds[index] : sample_bounds[index + 1]],
            sampling_bits=sampling_bits[index],
            anchors=anchors[own],
            anchor_starts=anchor_starts[own],
            anchor_bits=ANCHOR_BITS,
        )


def _samples(shingles: Shingles) -> tuple[Hashes, Offsets, list[int]]:
    """Return the ascending unique hashes of each text in one array, their bounds, and the texts' sampling bits."""
    bounds = shingles.bounds
    hashes = shingles.hashes.copy()
    for first, end in pairwise(bounds.tolist()):
        hashes[first:end].sort()
    is_first = np.ones(len(hashes), dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    is_first[bounds[:-1][bounds[:-1] < len(hashes)]] = True
    chosen = np.flatnonzero(is_first)
    hashes, bounds = hashes[chosen], np.searchsorted(chosen, bounds)
    sampling_bits = [0] * (len(bounds) - 1)
    if (np.diff(bounds) > MAX_SHINGLES).any():
        parts = []
        for index, (first, end) in enumerate(pairwise(bounds.tolist())):
            part, sampling_bits[index] = _thinned(hashes[first:end], 0)
            parts.append(part)
        hashes, bounds = np.concatenate(parts), np.cumsum([0, *(len(part) for part in parts)])
    return hashes, bounds, sampling_bits


def _thinned(ascending: Hashes, sampling_bits: int) -> tuple[Hashes, int]:
    """Return the hashes below the largest limit that leaves at most `MAX_SHINGLES`, and that limit's sampling bits."""
    while len(ascending) > MAX_SHINGLES:
        sampling_bits += 1
        ascending = ascending[: np.searchsorted(ascending, _limit(sampling_bits), side="right")]
    return ascending, sampling_bits


def _minhashes(ascending: Hashes, bounds: Offsets, num_bins: int) -> list[Hashes]:
    """Return the smallest hash of each bin, with empty bins filled; an empty array for a text without shingles.

    The lower half of a hash chooses its bin and the upper half its rank, so bin and rank are independent.
    """
    bins = (((ascending & np.uint64(0xFFFFFFFF)) * np.uint64(num_bins)) >> _HALF).view(np.int64)
    bins += np.repeat(np.arange(len(bounds) - 1) * num_bins, np.diff(bounds))
    minima = np.full((len(bounds) - 1) * num_bins, _EMPTY_BIN, dtype=np.uint64)
    # numpy keeps the last value assigned to a bin; in descending order that is the smallest hash.
    minima[bins[::-1]] = ascending[::-1]
    filled = densified(minima.reshape(-1, num_bins))
    return [row if end > first else _NO_HASHES for row, (first, end) in zip(filled, pairwise(bounds), strict=True)]


def _first_of_each(hashes: Hashes, owners: Offsets) -> Offsets:
    """Return the ascending indices at which a hash occurs for the first time for its owner."""
    order = np.lexsort((hashes, owners))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(owners[order]) != 0) | (np.diff(hashes[order]) != 0)
    return np.sort(order[is_first])


def _unique(hashes: Hashes) -> Hashes:
    # np.unique takes twice as long.
    ascending: Hashes = np.sort(hashes)
    is_first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
    unique: Hashes = ascending[is_first]
    return unique


def _unique_with_first_places(hashes: Hashes) -> tuple[Hashes, Offsets]:
    """Return the ascending unique hashes and the first place of each; np.unique sorts stably, which takes longer."""
    order = np.argsort(hashes)
    ascending = hashes[order]
    runs = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])
    first_places = np.minimum.reduceat(order, runs) if len(runs) else order
    return ascending[runs], first_places


class _HashSample:
    """Unique hashes: all of them up to `MAX_SHINGLES`, else those below the largest power of two that leaves no more.

    The result depends only on the set, not on how it was divided into chunks: the limit is lowered only when too many
    hashes are already below it.
    """

    def __init__(self, first_bits: int) -> None:
        self.sampling_bits = first_bits
        self._first_bits = first_bits
        self._held: list[Hashes] = []
        self._num_held = 0

    @property
    def limit(self) -> np.uint64:
        """The largest hash that is worth adding."""
        return _limit(self.sampling_bits)

    @property
    def may_be_too_sparse(self) -> bool:
        """Whether a larger limit than the first might also have fitted; valid once the sample is finished."""
        return self.sampling_bits == self._first_bits > 0

    def add(self, hashes: Hashes) -> None:
        self._held.append(hashes)
        self._num_held += len(hashes)
        if self._num_held > 2 * MAX_SHINGLES:
            self._compact()

    def finish(self) -> Hashes:
        self._compact()
        return self._held[0]

    def _compact(self) -> None:
        held = np.concatenate([_NO_HASHES, *self._held])
        lower = _unique(held[held <= _limit(self.sampling_bits + 1)])
        if len(lower) > MAX_SHINGLES:  # the hashes above that limit are dropped in any case
            union, self.sampling_bits = lower, self.sampling_bits + 1
        else:
            union = _unique(held)
        union, self.sampling_bits = _thinned(union, self.sampling_bits)
        # A copy, since a view would keep the dropped hashes in memory.
        self._held = [union.copy()]
        self._num_held = len(union)


class _AnchorSample:
    """Unique anchors, sampled like `_HashSample`, each with the place of its first occurrence."""

    def __init__(self) -> None:
        self.sampling_bits = ANCHOR_BITS
        self._hashes: list[Hashes] = [_NO_HASHES]
        self._starts: list[Offsets] = [np.empty(0, dtype=np.int64)]
        self._num_held = 0

    @property
    def limit(self) -> np.uint64:
        return _limit(self.sampling_bits)

    def add(self, hashes: Hashes, starts: Offsets) -> None:
        self._hashes.append(hashes)
        self._starts.append(starts)
        self._num_held += len(hashes)
        if self._num_held > 2 * MAX_ANCHORS:
            self._compact()

    def finish(self) -> tuple[Hashes, Offsets]:
        self._compact()
        return self._hashes[0], self._starts[0]

    def _compact(self) -> None:
        hashes, starts = np.concatenate(self._hashes), np.concatenate(self._starts)
        ascending, first_places = _unique_with_first_places(hashes)
        while len(ascending) > MAX_ANCHORS:
            self.sampling_bits += 1
            ascending = ascending[: np.searchsorted(ascending, self.limit, side="right")]
        places = np.sort(first_places[: len(ascending)])
        self._hashes, self._starts = [hashes[places]], [starts[places]]
        self._num_held = len(places)


def _limit(sampling_bits: int) -> np.uint64:
    return np.uint64((1 << (64 - sampling_bits)) - 1)
