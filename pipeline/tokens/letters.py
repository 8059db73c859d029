"""Defines *kinds*: sets of characters that are treated alike, and next to which a text may be cut.

A kind is one character (ASCII, common punctuation) or a block of letters of one script (Hangul syllables, Han, kana).
Every character that has a kind is stable under NFC, has combining class 0 and never composes with the character before
it. Its category has been the same since Unicode 5, so all libraries agree on it. A text is never cut next to any other
character, such as decomposed Jamo or a combining mark. Used by `cuts`, `pattern`, `pieces` and `encode`.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
"""A set of kinds, shape [kinds]."""

_ASCII = "\t\n\r" + "".join(map(chr, range(32, 127)))
_PUNCTUATION = "·–—‘’“”…•▁、。〈〉《》「」『』【】！（），：；？"
_BLOCKS = (("가", "힣"), ("一", "龥"), ("ぁ", "ゖ"), ("ァ", "ヺ"))

KINDS: tuple[tuple[str, str], ...] = (*((letter, letter) for letter in _ASCII + _PUNCTUATION), *_BLOCKS)
"""First and last character of each kind. A kind is named by its index in this tuple."""

NO_KIND = len(KINDS)
"""The index for all characters that belong to none of the kinds."""


@cache
def kind_table() -> npt.NDArray[np.uint8]:
    """Return the kind of each code point of the Basic Multilingual Plane, shape [65536]."""
    table = np.full(2**16, NO_KIND, dtype=np.uint8)
    for kind, (first, last) in enumerate(KINDS):
        table[ord(first) : ord(last) + 1] = kind
    return table


def kind_of(letter: str) -> int:
    """Return the kind of one character."""
    point = ord(letter)
    return int(kind_table()[point]) if point < 2**16 else NO_KIND


def in_category(prefix: str) -> Mask:
    """Return the kinds whose Unicode general category starts with a prefix, such as `L`, `Lu` or `N`."""
    return np.array([unicodedata.category(first).startswith(prefix) for first, _ in KINDS])


def is_whitespace() -> Mask:
    """Return the kinds that `\\s` matches."""
    return np.array([first.isspace() for first, _ in KINDS])


@cache
def composes_with_next() -> Mask:
    """Return the kinds with characters that NFC can combine with the next character, such as `e` with U+0301."""
    composing = {"가"}  # Hangul is composed by rule, not by table
    for point in range(2**16):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            composing.add(chr(int(parts[0], 16)))
    return as_kinds(composing)


def touching(first: str, last: str) -> tuple[Mask, Mask]:
    """Return the kinds that are completely inside a range of characters, and the kinds that are partly inside it."""
    low = np.array([ord(start) for start, _ in KINDS])
    high = np.array([ord(end) for _, end in KINDS])
    whole = (low >= ord(first)) & (high <= ord(last))
    return whole, (low <= ord(last)) & (high >= ord(first)) & ~whole


def single(letter: str) -> Mask:
    """Return the kind that consists of this character only; an empty mask if it has none."""
    return touching(letter, letter)[0]


def as_kinds(letters: set[str]) -> Mask:
    """Return the kinds that contain at least one of the characters in `letters`."""
    mask = np.zeros(len(KINDS) + 1, dtype=np.bool_)
    mask[[kind_of(letter) for letter in letters if len(letter) == 1]] = True
    return mask[:-1]
