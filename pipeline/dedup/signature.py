"""A document in, its signature out: what deduplication keeps of a text once it has been read.

A signature holds an exact hash, a MinHash of fixed size for finding near duplicates, a bounded sample of the shingles
for verifying them, and *anchors*: a sparser sample with places, by which shared passages are found. No later step
reads the text for its similarity again. Written by the `sign` stage to `work/signatures` and kept with the build, so
that a later build can be compared with it.

All samples are of the smallest hashes (FracMinHash, Irber et al. 2022), so that two documents sampled at different
rates still share what both hold. MinHash is one-permutation hashing (Li, Owen, Zhang 2012) with optimal densification
of empty bins (Shrivastava 2017), over the sample: a bin's smallest hash is in it as long as the bin is not empty.

Memory: the text, a workspace of about 4 MiB, and bounded samples, whatever the length of the text.
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
"""A larger shingle set is sampled: similarity then has a standard error below .008. A set up to this size (about 10,000
tokens of English, 5,000 of Korean) is whole and its similarity exact."""
ANCHOR_BITS = 5
"""One shingle in 32 is an anchor: every 200 characters of English, every 40 of Korean."""
MAX_ANCHORS = 2**16

ShortHashes = NDArray[np.uint32]
"""Upper halves of shingle hashes: enough to compare two sets of at most `MAX_SHINGLES`."""

_CHUNK_CHARS = 2**15
_NARROW_CHUNK_CHARS = 2**17
_NARROW_BYTES = 1.5
"""A text with fewer bytes a character is one of words, which are fewer; a chunk's items are to fit a core's cache."""
_LEAST_UNIQUE_SHARE = 0.5
"""Of a text's shingles. One that repeats itself more, or differs much from its beginning, may be read twice."""
_EMPTY_BIN = np.uint64(2**64 - 1)
_NO_HASHES: Hashes = np.empty(0, dtype=np.uint64)
_HALF = np.uint64(32)
_WHITE_SPACE = bytes(0x20 if chr(byte).isspace() and byte < 0x80 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared instead of the text. Arrays are little-endian, as bytes."""

    doc_id: str
    title: str
    domain: str
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
    """`num_permutations` bin minima (uint64); empty where the text has no letter and no digit."""
    shingles: bytes
    """Differences (uint32) of the sorted upper halves of the shingle hashes below 2^(64 − `sampling_bits`)."""
    sampling_bits: int
    """0: all shingles are kept."""
    anchors: bytes
    """Shingle hashes (uint64) below 2^(64 − `anchor_bits`), each once, in the order of the text."""
    anchor_starts: bytes
    """Characters of the text before each anchor (uint32)."""
    anchor_bits: int


@dataclass(frozen=True, slots=True)
class ShingleSketch:
    """The comparable part of a signature."""

    minhash: Hashes
    """Shape [num_permutations], or [0] without shingles."""
    shingles: ShortHashes
    """Shape [at most MAX_SHINGLES], ascending."""
    sampling_bits: int
    anchors: Hashes
    """Shape [at most MAX_ANCHORS], each hash once, in the order of the text."""
    anchor_starts: Offsets
    """Shape [anchors], ascending."""
    anchor_bits: int


def exact_hash(text: str) -> str:
    """32 hex digits of the text with whitespace collapsed and trimmed; reads the text in chunks."""
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
    """Shingle texts and reduce the shingles of each to a MinHash and bounded samples.

    Short texts are hashed together, since a call of numpy costs as much as a kilobyte.

    Args:
        texts: NFC is applied where they are not NFC already.
        shingling: what a shingle is made of.
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
    """Fill every empty bin from a non-empty one of its row that a hash of bin and attempt points to.

    Equal bins stay equal with the probability of the Jaccard similarity (Shrivastava 2017, theorem 2). Expected
    attempts: bins ÷ non-empty bins.

    Args:
        minima: shape [texts, bins]; a row that is all empty stays so.
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
    """64-bit hashes as little-endian bytes, the form of the signature file."""
    return hashes.astype("<u8").tobytes()


def unpacked(data: bytes) -> Hashes:
    """The inverse of `packed`."""
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


def packed_ascending(values: ShortHashes | Offsets) -> bytes:
    """Ascending numbers below 2^32 as their differences, which compress; the inverse of `unpacked_ascending`."""
    return np.diff(values.astype(np.uint32), prepend=np.uint32(0)).astype("<u4").tobytes()


def unpacked_ascending(data: bytes) -> ShortHashes:
    """The inverse of `packed_ascending`."""
    return np.cumsum(np.frombuffer(data, dtype="<u4"), dtype=np.uint32)


def _collapsed(chunk: str) -> bytes:
    """The words of a chunk with one space between."""
    if not chunk.isascii():
        return " ".join(chunk.split()).encode("utf-8", "surrogatepass")
    spaced = chunk.encode().translate(_WHITE_SPACE).strip(b" ")
    codes = np.frombuffer(spaced, dtype=np.uint8)
    is_space = codes == 0x20
    repeats = is_space[1:] & is_space[:-1]
    return codes[1:][~repeats].tobytes().join((spaced[:1], b"")) if repeats.any() else spaced


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of texts that are hashed together; a long text is a run of its own."""
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
    """Samples of a long text.

    Args:
        text: of more than one chunk.
        shingling: what a shingle is made of.
        unique_share: of the shingles, going by the first chunk, how many are surely different; 0 samples from none.
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
    """The same without sampling anchors further, for all texts of a batch together where the text does not matter."""
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
    """Ascending unique hashes of each text one after another, their bounds, and the texts' sampling bits."""
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
    """The hashes below the largest limit under which there are no more than `MAX_SHINGLES`."""
    while len(ascending) > MAX_SHINGLES:
        sampling_bits += 1
        ascending = ascending[: np.searchsorted(ascending, _limit(sampling_bits), side="right")]
    return ascending, sampling_bits


def _minhashes(ascending: Hashes, bounds: Offsets, num_bins: int) -> list[Hashes]:
    """The smallest hash of each bin, empty bins filled; none where a text has no shingles.

    The lower half of a hash decides its bin and the upper its rank, so that bin and rank are independent.
    """
    bins = (((ascending & np.uint64(0xFFFFFFFF)) * np.uint64(num_bins)) >> _HALF).view(np.int64)
    bins += np.repeat(np.arange(len(bounds) - 1) * num_bins, np.diff(bounds))
    minima = np.full((len(bounds) - 1) * num_bins, _EMPTY_BIN, dtype=np.uint64)
    # Of hashes of one bin the last assignment stands, which is the smallest.
    minima[bins[::-1]] = ascending[::-1]
    filled = densified(minima.reshape(-1, num_bins))
    return [row if end > first else _NO_HASHES for row, (first, end) in zip(filled, pairwise(bounds), strict=True)]


def _first_of_each(hashes: Hashes, owners: Offsets) -> Offsets:
    """Ascending indices at which a hash stands for the first time with its owner."""
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
    """Ascending unique hashes and where each stands first; np.unique sorts stably, which takes longer."""
    order = np.argsort(hashes)
    ascending = hashes[order]
    runs = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])
    first_places = np.minimum.reduceat(order, runs) if len(runs) else order
    return ascending[runs], first_places


class _HashSample:
    """Unique hashes, all of them up to `MAX_SHINGLES`, else those below the largest power of two that fits.

    The result depends on the set only, not on the chunks it came in: a limit is lowered only when the hashes below it
    are already too many.
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
        """Whether a larger limit than the first might have fitted, too; asked when the sample is finished."""
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
        if len(lower) > MAX_SHINGLES:  # so that what is above will go, whatever it is
            union, self.sampling_bits = lower, self.sampling_bits + 1
        else:
            union = _unique(held)
        union, self.sampling_bits = _thinned(union, self.sampling_bits)
        # A copy, since a view would keep what was cut off in memory.
        self._held = [union.copy()]
        self._num_held = len(union)


class _AnchorSample:
    """The same for anchors, which keep the place where each hash stands first."""

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
