"""Hashes texts into 64-bit shingles: many short texts at once, or a long text chunk by chunk.

A shingle is a run of items, which are words or single characters (see `dedup.items`). The number of items in a shingle
depends on whether it starts with a word or with a Hangul, Han or Kana character. So a manual that is half Korean and
half commands is compared as reliably as either half. Spaces and punctuation only separate items, so copies with
different line breaks or quotation marks have the same shingles. Numbers are items: two contracts that differ in amounts
and dates have different shingles. Letter case is folded except in code.

Used by `dedup.sketch` and `decontamination.ngrams`. Cost: linear in the text. Memory: a few arrays for the items of one
chunk. The hash of a shingle is a polynomial over the hashes of its items modulo 2^64 (after Karp and Rabin 1987),
computed by doubling: five items take three multiplications instead of four.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.items import Hashes, Items, LetterCase, Offsets, read_items

_SHINGLE_BASE = 0xD6E8FEB86659FD93
_FINISH = np.uint64(0x9FB21C651E98DF25)


@dataclass(frozen=True, slots=True)
class Shingling:
    """The recipe's settings that define a shingle."""

    case: LetterCase
    word_shingle: int
    """Number of items in a shingle that starts with a word."""
    hangul_shingle: int
    """Number of items in a shingle that starts with a Hangul, Han or Kana character."""

    @property
    def longest(self) -> int:
        """The maximum number of items in a shingle."""
        return max(self.word_shingle, self.hangul_shingle)


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of one or several texts, text by text and in text order, including repeated ones."""

    hashes: Hashes
    """Shape [shingles]."""
    starts: Offsets
    """Shape [shingles]: the number of characters before each shingle in its text."""
    bounds: Offsets
    """Shape [texts + 1]: the shingles of text i run from `bounds[i]` to `bounds[i + 1]`."""


def shingles_of(texts: Sequence[str], shingling: Shingling) -> Shingles:
    """Return the shingles of short texts, which are hashed together.

    A text that is too short for any shingle gets one shingle of all its items. A text without items has none.
    """
    joined = "\n".join(texts)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    text_starts = np.concatenate([[0], np.cumsum(lengths + 1)])
    items = read_items(joined, shingling.case)
    if len(texts) > 1 and not items.has_text_offsets:
        half = len(texts) // 2
        return _concatenated(shingles_of(texts[:half], shingling), shingles_of(texts[half:], shingling))
    row = _Row(hashes=items.hashes, is_word=items.is_word, starts=items.first_characters)
    # Folding can make a text longer (ß becomes ss). A single text owns all items, including those beyond its length.
    item_bounds = np.searchsorted(row.starts, text_starts[1:]) if len(texts) > 1 else np.array([len(row.hashes)])
    shingles = _shingles(row, item_bounds, shingling)
    starts = shingles.starts - np.repeat(text_starts[:-1], np.diff(shingles.bounds))
    return Shingles(hashes=shingles.hashes, starts=starts, bounds=shingles.bounds)


def shingles_by_chunk(text: str, shingling: Shingling, *, chunk_chars: int) -> Iterator[Shingles]:
    """Yield the shingles of one long text, chunk by chunk.

    The set of hashes is the same as with `shingles_of`, unless a run without a space or line break is longer than a
    chunk, because such a run is cut. Some shingles that span two chunks occur twice. In a chunk whose number of
    characters changes by folding or composing, starts are approximate: they count characters of the changed chunk.

    Args:
        text: a text that is longer than one chunk.
        shingling: the settings that define a shingle.
        chunk_chars: maximum number of characters that are hashed at a time.
    """
    held = _Row(hashes=np.empty(0, dtype=np.uint64), is_word=None, starts=np.empty(0, dtype=np.int64))
    num_shingles = 0
    for start, end in _chunk_spans(text, chunk_chars):
        row = _joined(held, read_items(text[start:end], shingling.case), start)
        ends = np.array([len(row.hashes)])
        is_whole = end == len(text) and num_shingles == 0
        shingles = _shingles(row, ends, shingling) if is_whole else _shingles_that_fit(row, ends, shingling)
        num_shingles += len(shingles.hashes)
        yield shingles
        first = max(0, len(row.hashes) - shingling.longest + 1)
        is_word = None if row.is_word is None else row.is_word[first:]
        held = _Row(hashes=row.hashes[first:], is_word=is_word, starts=row.starts[first:])


def hashes_at_items(items: Items, shingling: Shingling) -> Hashes:
    """Return the hash of the shingle that starts at each item, shape [items]; meaningless if too few items follow."""
    return _hash_at_each_item(_Row(items.hashes, items.is_word, items.first_characters), shingling)


def mixed(values: Hashes) -> Hashes:
    """Mix the bits of each value with SplitMix64's finalizer: each input bit changes each output bit half the time."""
    mixed_values = values ^ (values >> np.uint64(30))
    mixed_values *= np.uint64(0xBF58476D1CE4E5B9)
    mixed_values ^= mixed_values >> np.uint64(27)
    mixed_values *= np.uint64(0x94D049BB133111EB)
    mixed_values ^= mixed_values >> np.uint64(31)
    return mixed_values


@dataclass(frozen=True, slots=True)
class _Row:
    """A sequence of items. Between chunks, the last items are kept, because their shingles end in the next chunk."""

    hashes: Hashes
    is_word: NDArray[np.bool_] | None
    starts: Offsets


def _chunk_spans(text: str, chunk_chars: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(start + chunk_chars, len(text))
        if end < len(text):
            space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = space + 1 if space >= start else end
        yield start, end
        start = end


def _joined(held: _Row, items: Items, start: int) -> _Row:
    starts = items.first_characters + start
    if len(held.hashes) == 0:
        return _Row(items.hashes, items.is_word, starts)
    is_word = None
    if held.is_word is not None or items.is_word is not None:
        is_word = np.concatenate([_kinds(held.is_word, held.hashes), _kinds(items.is_word, items.hashes)])
    return _Row(np.concatenate([held.hashes, items.hashes]), is_word, np.concatenate([held.starts, starts]))


def _kinds(is_word: NDArray[np.bool_] | None, hashes: Hashes) -> NDArray[np.bool_]:
    return np.ones(len(hashes), dtype=bool) if is_word is None else is_word


def _concatenated(first: Shingles, second: Shingles) -> Shingles:
    return Shingles(
        hashes=np.concatenate([first.hashes, second.hashes]),
        starts=np.concatenate([first.starts, second.starts]),
        bounds=np.concatenate([first.bounds, second.bounds[1:] + len(first.hashes)]),
    )


def _shingles(row: _Row, ends: Offsets, shingling: Shingling) -> Shingles:
    """Return the shingles of texts whose items are in one row; a text that is too short gets one of all its items."""
    shingles = _shingles_that_fit(row, ends, shingling)
    sizes = np.diff(ends, prepend=0)
    short = np.flatnonzero((np.diff(shingles.bounds) == 0) & (sizes > 0))
    if len(short) == 0:
        return shingles
    firsts = (ends - sizes)[short]
    whole = [_whole(row.hashes[first : first + size]) for first, size in zip(firsts, sizes[short], strict=True)]
    insert_at = shingles.bounds[short]
    return Shingles(
        hashes=np.insert(shingles.hashes, insert_at, np.concatenate(whole)),
        starts=np.insert(shingles.starts, insert_at, row.starts[firsts]),
        bounds=shingles.bounds + np.searchsorted(short, np.arange(len(shingles.bounds))),
    )


def _shingles_that_fit(row: _Row, ends: Offsets, shingling: Shingling) -> Shingles:
    """Return the shingles of the texts whose items end at `ends`, without those that would extend past their text."""
    hashes = _hash_at_each_item(row, shingling)
    short = [
        index
        for start, end in pairwise([0, *ends.tolist()])
        for index in range(max(start, end - shingling.longest + 1), end)
        if index + _size_at(row, index, shingling) > end
    ]
    bounds = np.concatenate([[0], ends])
    bounds -= np.searchsorted(short, bounds)
    if short and short[0] + len(short) == len(hashes):
        return Shingles(hashes=hashes[: short[0]], starts=row.starts[: short[0]], bounds=bounds)
    return Shingles(hashes=np.delete(hashes, short), starts=np.delete(row.starts, short), bounds=bounds)


def _size_at(row: _Row, index: int, shingling: Shingling) -> int:
    """Return the number of items in the shingle that starts at an item."""
    return shingling.word_shingle if row.is_word is None or row.is_word[index] else shingling.hangul_shingle


def _hash_at_each_item(row: _Row, shingling: Shingling) -> Hashes:
    """Return the hash of the shingle that starts at each item, shape [items]; meaningless if too few items follow."""
    num_items = len(row.hashes)
    size, minority, other_size = shingling.word_shingle, None, 0
    if row.is_word is not None:
        words = np.flatnonzero(row.is_word)
        if 2 * len(words) >= num_items:
            minority, other_size = np.flatnonzero(~row.is_word), shingling.hangul_shingle
        else:
            size, minority, other_size = shingling.hangul_shingle, words, shingling.word_shingle
    hashes = np.zeros(num_items, dtype=np.uint64)
    if num_items >= size:
        _finish(_sums(row.hashes, size), out=hashes[: num_items - size + 1])
    if minority is not None:
        firsts = minority[minority <= num_items - other_size]
        hashes[firsts] = _hashes_at(row.hashes, firsts, other_size)
    return hashes


def _hashes_at(items: Hashes, firsts: Offsets, size: int) -> Hashes:
    """Return the hash of the run of `size` items that starts at each index in `firsts`, by Horner's rule."""
    sums = items[firsts]
    for offset in range(1, size):
        sums *= _power(1)
        sums += items[firsts + offset]
    return _finish(sums, out=sums)


def _whole(items: Hashes) -> Hashes:
    """Return the hash of all items as one shingle, shape [1]."""
    sums = _sums(items, len(items)).copy()
    return _finish(sums, out=sums)


def _sums(items: Hashes, size: int) -> Hashes:
    """Return the polynomial of every run of `size` items, shape [items − size + 1], by doubling."""
    sums, length = items, 1
    for bit in f"{size:b}"[1:]:
        doubled = sums[:-length] * _power(length)
        doubled += sums[length:]
        sums, length = doubled, 2 * length
        if bit == "1":
            extended = sums[:-1] * _power(1)
            extended += items[length:]
            sums, length = extended, length + 1
    return sums


def _finish(sums: Hashes, *, out: Hashes) -> Hashes:
    np.multiply(sums ^ (sums >> np.uint64(32)), _FINISH, out=out)
    return out


def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(_SHINGLE_BASE, exponent, 2**64))
