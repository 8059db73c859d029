"""Reduces the shingles of a text to a sketch: a MinHash, a bounded sample of shingles, and anchors.

Takes texts; returns a `ShingleSketch` for each. The MinHash has a fixed size and finds near duplicates; the sample
verifies them. *Anchors* are a sparser sample with offsets, for finding shared passages. Used by `stages.dedup`.

All samples take the smallest hashes (FracMinHash, Irber et al. 2022), so two documents that are sampled at different
rates can still be compared at the lower rate. MinHash is one-permutation hashing (Li, Owen, Zhang 2012) with optimal
densification of empty bins (Shrivastava 2017). It is computed from the sample, which is enough: the sample consists of
the smallest hashes, so it has the smallest hash of every bin that it fills. Memory: the text, a workspace of about
4 MiB, and bounded samples, for any length of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from pipeline.dedup.items import Hashes, Offsets
from pipeline.dedup.shingles import Shingles, Shingling, mixed, shingles_by_chunk, shingles_of
from pipeline.dedup.signature import ShortHashes

MAX_SHINGLES = 2**13
"""Maximum number of shingles in a sample. A set of up to this size (about 10,000 tokens of English or 5,000 of Korean)
is kept complete, so its similarity is exact. For a larger set, the standard error of similarity is below 0.008."""
ANCHOR_BITS = 5
"""One shingle in 2^5 = 32 is an anchor: one about every 200 characters of English, or every 40 of Korean."""
MAX_ANCHORS = 2**16

_CHUNK_CHARS = 2**15
_NARROW_CHUNK_CHARS = 2**17
_NARROW_BYTES = 1.5
"""A text with fewer UTF-8 bytes per character consists mostly of words. It has fewer items per character, so its chunks
can be longer without exceeding a core's cache."""
_LEAST_UNIQUE_SHARE = 0.5
"""Assumed minimum share of distinct shingles. A text that repeats itself more, or whose beginning is not typical of it,
may be read twice."""
_EMPTY_BIN = np.uint64(2**64 - 1)
_NO_HASHES: Hashes = np.empty(0, dtype=np.uint64)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class ShingleSketch:
    """A text's MinHash and samples, before they are stored in a signature."""

    minhash: Hashes
    """Shape [num_permutations], or [0] if the text has no shingles."""
    shingles: ShortHashes
    """Shape [at most MAX_SHINGLES], ascending."""
    sampling_bits: int
    anchors: Hashes
    """Shape [at most MAX_ANCHORS], each hash once, in text order."""
    anchor_starts: Offsets
    """Shape [anchors], ascending."""
    anchor_bits: int


def sketch_texts(texts: Sequence[str], shingling: Shingling, *, num_permutations: int) -> list[ShingleSketch]:
    """Return the sketch of each text: its MinHash and bounded samples of its shingles.

    Short texts are hashed together, because one numpy call costs as much as hashing a kilobyte.

    Args:
        texts: texts of any length, in any normal form.
        shingling: the settings that define a shingle.
        num_permutations: number of bins of the MinHash.
    """
    sketches: list[ShingleSketch] = []
    for batch in _batches(texts):
        if len(batch) == 1 and len(batch[0]) > _CHUNK_CHARS:
            sketches.append(_sketch_long(batch[0], shingling, num_permutations))
        else:
            sketches.extend(_sketch_short(batch, shingling, num_permutations))
    return sketches


def densified(minima: Hashes) -> Hashes:
    """Return the minima with every empty bin filled from a non-empty bin of the same row.

    A hash of the bin number and the attempt chooses a bin; attempts are repeated until the chosen bin is not empty. Two
    documents' bins agree with a probability equal to the Jaccard similarity (Shrivastava 2017, theorem 2). The expected
    number of attempts is bins ÷ non-empty bins.

    Args:
        minima: smallest hash of each bin, shape [texts, bins]; a row with only empty bins stays empty.
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


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield batches of texts that are hashed together, up to `_CHUNK_CHARS` characters or one longer text."""
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


def _sampled(text: str, shingling: Shingling, *, unique_share: float) -> tuple[HashSample, AnchorSample]:
    """Return the shingle sample and the anchor sample of a long text.

    Args:
        text: a text that is longer than one chunk.
        shingling: the settings that define a shingle.
        unique_share: assumed minimum share of distinct shingles. Together with the number of shingles in the first
            chunk, it decides the first sampling rate. With 0, the sample starts without sampling.
    """
    is_narrow = len(text[:_CHUNK_CHARS].encode("utf-8", "surrogatepass")) < _NARROW_BYTES * _CHUNK_CHARS
    chunk_chars = _NARROW_CHUNK_CHARS if is_narrow else _CHUNK_CHARS
    chunks = shingles_by_chunk(text, shingling, chunk_chars=chunk_chars)
    first = next(chunks)
    num_unique = unique_share * len(first.hashes) * max(1.0, len(text) / chunk_chars)
    sample, anchors = HashSample(max(0, int(num_unique / MAX_SHINGLES).bit_length() - 1)), AnchorSample()
    for chunk in chain([first], chunks):
        indices = np.flatnonzero(chunk.hashes <= max(sample.limit, anchors.limit))
        hashes = chunk.hashes[indices]
        sample.add(hashes[hashes <= sample.limit])
        are_anchors = np.flatnonzero(hashes <= anchors.limit)
        anchors.add(hashes[are_anchors], chunk.starts[indices[are_anchors]])
    return sample, anchors


def _sketch_short(texts: Sequence[str], shingling: Shingling, num_permutations: int) -> Iterator[ShingleSketch]:
    """Yield the sketch of each text in a batch that is hashed together; short texts never have too many anchors."""
    shingles = shingles_of(texts, shingling)
    indices = np.flatnonzero(shingles.hashes <= _limit(ANCHOR_BITS))
    owners = np.searchsorted(shingles.bounds, indices, side="right") - 1
    indices = indices[_first_of_each(shingles.hashes[indices], owners)]
    anchors, anchor_starts = shingles.hashes[indices], shingles.starts[indices]
    anchor_bounds = np.searchsorted(indices, shingles.bounds)
    samples, sample_bounds, sampling_bits = _samples(shingles)
    minhashes = _minhashes(samples, sample_bounds, num_permutations)
    halves = (samples >> _HALF).astype(np.uint32)
    for index in range(len(texts)):
        text_anchors = slice(anchor_bounds[index], anchor_bounds[index + 1])
        yield ShingleSketch(
            minhash=minhashes[index],
            shingles=halves[sample_bounds[index] : sample_bounds[index + 1]],
            sampling_bits=sampling_bits[index],
            anchors=anchors[text_anchors],
            anchor_starts=anchor_starts[text_anchors],
            anchor_bits=ANCHOR_BITS,
        )


def _samples(shingles: Shingles) -> tuple[Hashes, Offsets, list[int]]:
    """Return the samples of all texts in one array, the bounds of each sample, and the sampling bits of each text.

    A sample is ascending and contains each hash once.
    """
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
    """Return the hashes up to the largest limit that leaves at most `MAX_SHINGLES`, and the limit's sampling bits."""
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
    # numpy keeps the last value that is assigned to a bin; in descending order, this is the smallest hash.
    minima[bins[::-1]] = ascending[::-1]
    filled = densified(minima.reshape(-1, num_bins))
    return [row if end > first else _NO_HASHES for row, (first, end) in zip(filled, pairwise(bounds), strict=True)]


def _first_of_each(hashes: Hashes, owners: Offsets) -> Offsets:
    """Return the ascending indices at which a hash occurs for the first time in its text (`owners`)."""
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


def _unique_with_first_indices(hashes: Hashes) -> tuple[Hashes, Offsets]:
    """Return the ascending distinct hashes and the first index of each; faster than np.unique, which sorts stably."""
    order = np.argsort(hashes)
    ascending = hashes[order]
    runs = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])
    first_indices = np.minimum.reduceat(order, runs) if len(runs) else order
    return ascending[runs], first_indices


class HashSample:
    """A sample of distinct hashes: the hashes up to the largest limit that leaves at most `MAX_SHINGLES`.

    A limit is the largest hash that begins with a certain number of zero bits, at least `first_bits`. The result does
    not depend on the division into chunks, because the limit is lowered only when too many hashes are below it.
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
        """Whether a sample with smaller `first_bits` might also have fitted; valid only after `finish`."""
        return self.sampling_bits == self._first_bits > 0

    def add(self, hashes: Hashes) -> None:
        """Add hashes; repeated ones and those above the limit are dropped later."""
        self._held.append(hashes)
        self._num_held += len(hashes)
        if self._num_held > 2 * MAX_SHINGLES:
            self._compact()

    def finish(self) -> Hashes:
        """Return the sample, ascending."""
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
        # A copy, because a view would keep the dropped hashes in memory.
        self._held = [union.copy()]
        self._num_held = len(union)


class AnchorSample:
    """A sample of at most `MAX_ANCHORS` distinct anchors, each with the offset of its first occurrence."""

    def __init__(self) -> None:
        self.sampling_bits = ANCHOR_BITS
        self._hashes: list[Hashes] = [_NO_HASHES]
        self._starts: list[Offsets] = [np.empty(0, dtype=np.int64)]
        self._num_held = 0

    @property
    def limit(self) -> np.uint64:
        """The largest hash that is worth adding."""
        return _limit(self.sampling_bits)

    def add(self, hashes: Hashes, starts: Offsets) -> None:
        """Add anchors with their offsets, in text order."""
        self._hashes.append(hashes)
        self._starts.append(starts)
        self._num_held += len(hashes)
        if self._num_held > 2 * MAX_ANCHORS:
            self._compact()

    def finish(self) -> tuple[Hashes, Offsets]:
        """Return the anchors and their offsets, in text order."""
        self._compact()
        return self._hashes[0], self._starts[0]

    def _compact(self) -> None:
        hashes, starts = np.concatenate(self._hashes), np.concatenate(self._starts)
        ascending, first_indices = _unique_with_first_indices(hashes)
        while len(ascending) > MAX_ANCHORS:
            self.sampling_bits += 1
            ascending = ascending[: np.searchsorted(ascending, self.limit, side="right")]
        indices = np.sort(first_indices[: len(ascending)])
        self._hashes, self._starts = [hashes[indices]], [starts[indices]]
        self._num_held = len(indices)


def _limit(sampling_bits: int) -> np.uint64:
    return np.uint64((1 << (64 - sampling_bits)) - 1)
