"""Text in, 64-bit shingle hashes out, a chunk at a time.

A text is read as a row of items: a word of a spaced script, a number, or a single Hangul, Han or Kana character, where
spacing varies between editions of one text. A shingle is a run of items, longer where it starts with a character than
where it starts with a word. The choice is local, so a manual that is half Korean and half commands is compared as
reliably as either half. Letters, digits and combining marks count; spaces and punctuation only separate, so reflowed or
re-quoted copies agree. Numbers are kept: two contracts that differ in amounts and dates have different shingles. Letter
case is folded except in code.

Used by `dedup.signature`. Cost: linear; the workspace is a few arrays of `chunk_chars` numbers whatever the length of
the text.

Words are hashed as polynomials over random character values, all words of a chunk at once (Karp and Rabin 1987; here
modulo 2^64 with an odd base, and finished with the mixer of SplitMix64, Steele et al. 2014).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.records import Domain

Hashes = NDArray[np.uint64]

_BMP = 0x10000
_POLYNOMIAL_BASE = 0x9E3779B97F4A7C15
_INVERSE_BASE = pow(_POLYNOMIAL_BASE, -1, 2**64)
_SHINGLE_BASE = 0xD6E8FEB86659FD93
_UNSPACED = ((0x1100, 0x11FF), (0x3040, 0x30FF), (0x3130, 0x318F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
"""Hangul Jamo, Kana, Hangul compatibility Jamo, Han (extension A and base), Hangul syllables."""

# A character's value is random but for its low bits, which tell what it is: 0 a separator, odd a letter, digit or mark
# of a word, 2 modulo 4 a character that is an item by itself.
_WORD_BIT = np.uint64(1)
_CHARACTER_BITS = np.uint64(2)
_RANDOM_BITS = np.uint64(2**64 - 4)


class LetterCase(StrEnum):
    """Whether capitals and small letters are told apart."""

    FOLD = "fold"
    KEEP = "keep"


def letter_case(domain: str) -> LetterCase:
    """Identifiers differ by case in code; prose does not."""
    return LetterCase.KEEP if domain == Domain.CODE else LetterCase.FOLD


def shingle_hashes(
    text: str, *, case: LetterCase, word_shingle: int, hangul_shingle: int, chunk_chars: int
) -> Iterator[Hashes]:
    """Hashes of all shingles, in no particular order and with repeats, one array per chunk.

    A text too short for any shingle gives one of all its items; a text without items gives none. The set of hashes does
    not depend on `chunk_chars` as long as no word is longer than a chunk (a longer one is cut).

    Args:
        text: NFC.
        word_shingle: items of a shingle that starts with a word.
        hangul_shingle: items of a shingle that starts with a Hangul, Han or Kana character.
        chunk_chars: characters hashed at a time.
    """
    longest = max(word_shingle, hangul_shingle)
    held = np.empty(0, dtype=np.uint64)
    held_is_word = np.empty(0, dtype=bool)
    num_shingles = 0
    for chunk, chunk_is_word in _items(text, case, chunk_chars):
        # Shingles of the shorter kind among the held items come twice; as members of a set they do not matter.
        held = np.concatenate([held, chunk])
        held_is_word = np.concatenate([held_is_word, chunk_is_word])
        for size, starts in ((word_shingle, held_is_word), (hangul_shingle, ~held_is_word)):
            num_grams = len(held) - size + 1
            if num_grams > 0 and starts[:num_grams].any():
                hashes = _ngrams(held, size)
                selected = hashes if starts.all() else hashes[starts[:num_grams]]
                num_shingles += len(selected)
                yield selected
        held, held_is_word = held[-(longest - 1) :], held_is_word[-(longest - 1) :]
        if longest == 1:
            held, held_is_word = held[:0], held_is_word[:0]
    if num_shingles == 0 and len(held):
        yield _ngrams(held, len(held))


def mixed(values: Hashes) -> Hashes:
    """SplitMix64's finalizer: every input bit changes every output bit with probability near one half."""
    mixed_values = values ^ (values >> np.uint64(30))
    mixed_values *= np.uint64(0xBF58476D1CE4E5B9)
    mixed_values ^= mixed_values >> np.uint64(27)
    mixed_values *= np.uint64(0x94D049BB133111EB)
    mixed_values ^= mixed_values >> np.uint64(31)
    return mixed_values


def _ngrams(items: Hashes, size: int) -> Hashes:
    num_grams = len(items) - size + 1
    weights = _powers(_SHINGLE_BASE, size)
    sums = items[:num_grams] * weights[0]
    for offset in range(1, size):
        sums += items[offset : offset + num_grams] * weights[offset]
    return mixed(sums)


def _items(text: str, case: LetterCase, chunk_chars: int) -> Iterator[tuple[Hashes, NDArray[np.bool_]]]:
    """Hash of each item and whether it is a word, both of shape [items of the chunk]."""
    position = 0
    while position < len(text):
        values = _character_values(text[position : position + chunk_chars], case)
        is_word = (values & _WORD_BIT).view(np.int64).astype(bool)
        if position + chunk_chars < len(text):
            others = np.flatnonzero(~is_word)
            if len(others):
                values, is_word = values[: others[-1] + 1], is_word[: others[-1] + 1]
        position += len(values)
        is_start = values != 0
        is_start[1:] &= ~(is_word[1:] & is_word[:-1])
        starts = np.flatnonzero(is_start)
        if len(starts) == 0:
            continue
        # Separators are 0, so the sum from one item's start to the next covers that item alone; dividing by the power
        # at its start makes the sum independent of where the item stands.
        sums = np.add.reduceat(values * _powers(_POLYNOMIAL_BASE, chunk_chars)[: len(values)], starts)
        yield mixed(sums * _powers(_INVERSE_BASE, chunk_chars)[starts]), is_word[starts]


def _character_values(chunk: str, case: LetterCase) -> Hashes:
    """The value of each character, shape [characters]; see the low bits above."""
    codes = np.frombuffer(chunk.encode("utf-32-le"), dtype="<u4")
    table = _value_table(case)
    if codes.max() < _BMP:
        in_table: Hashes = table[codes]
        return in_table
    values: Hashes = table[np.minimum(codes, _BMP - 1)]
    beyond = np.flatnonzero(codes >= _BMP)
    values[beyond] = _random(codes[beyond].astype(np.uint64)) | _WORD_BIT
    return values


@cache
def _value_table(case: LetterCase) -> Hashes:
    """One value for every code point of the Basic Multilingual Plane (512 KiB); U+FFFF is no character and stays 0."""
    folded = np.zeros(_BMP, dtype=np.uint64)
    for code in range(_BMP - 1):
        character = chr(code)
        if character.isalnum() or unicodedata.category(character).startswith("M"):
            lower = character.lower() if case is LetterCase.FOLD else character
            folded[code] = ord(lower) if len(lower) == 1 else code
    kind = np.where(folded != 0, _WORD_BIT, np.uint64(0))
    for first, last in _UNSPACED:
        block = kind[first : last + 1]
        block[block != 0] = _CHARACTER_BITS
    table: Hashes = np.where(kind != 0, _random(folded) | kind, np.uint64(0))
    return table


@cache
def _powers(base: int, count: int) -> Hashes:
    factors = np.full(count, base, dtype=np.uint64)
    factors[0] = 1
    powers: Hashes = np.multiply.accumulate(factors)
    return powers


def _random(codes: Hashes) -> Hashes:
    return mixed(codes * np.uint64(_POLYNOMIAL_BASE)) & _RANDOM_BITS
