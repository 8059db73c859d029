"""The characters at which a text may be cut, as *kinds*: sets of characters that are treated alike.

A kind is one character (ASCII, common punctuation) or a block of one script's letters (Hangul syllables, Han, kana).
Every character here is stable under NFC, its combining class is 0, it never composes with the one before, and it has
had its category since Unicode 5, so that all libraries agree on it. At all other characters,
decomposed Jamo and combining marks among them, no text is cut. Used by `cuts` and `pattern`.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
"""Shape [kinds]."""

_ASCII = "\t\n\r" + "".join(map(chr, range(32, 127)))
_PUNCTUATION = "·–—‘’“”…•▁、。〈〉《》「」『』【】！（），：；？"
_BLOCKS = (("가", "힣"), ("一", "龥"), ("ぁ", "ゖ"), ("ァ", "ヺ"))

KINDS: tuple[tuple[str, str], ...] = (*((letter, letter) for letter in _ASCII + _PUNCTUATION), *_BLOCKS)
"""First and last character of each kind; a kind's index is its place here."""

NO_KIND = len(KINDS)
"""The index that stands for every character that belongs to no kind."""


@cache
def kind_table() -> npt.NDArray[np.uint8]:
    """Kind of each code point of the basic plane, shape [65536]."""
    table = np.full(2**16, NO_KIND, dtype=np.uint8)
    for kind, (first, last) in enumerate(KINDS):
        table[ord(first) : ord(last) + 1] = kind
    return table


def kind_of(letter: str) -> int:
    """Kind of one character."""
    point = ord(letter)
    return int(kind_table()[point]) if point < 2**16 else NO_KIND


def in_category(prefix: str) -> Mask:
    """Kinds of a general category such as `L`, `Lu` or `N`."""
    return np.array([unicodedata.category(first).startswith(prefix) for first, _ in KINDS])


def is_whitespace() -> Mask:
    """Kinds matched by `\\s`."""
    return np.array([first.isspace() for first, _ in KINDS])


@cache
def composes_with_next() -> Mask:
    """Kinds of which a character and a combining one after it become another character under NFC, as `e` and U+0301."""
    composing = {"가"}  # Hangul is composed by rule, not by table
    for point in range(2**16):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            composing.add(chr(int(parts[0], 16)))
    return as_kinds(composing)


def touching(first: str, last: str) -> tuple[Mask, Mask]:
    """Kinds that lie wholly in a range of characters, and kinds that lie in it partly only."""
    low = np.array([ord(start) for start, _ in KINDS])
    high = np.array([ord(end) for _, end in KINDS])
    whole = (low >= ord(first)) & (high <= ord(last))
    return whole, (low <= ord(last)) & (high >= ord(first)) & ~whole


def single(letter: str) -> Mask:
    """The kind that is this character alone; nothing if there is none."""
    return touching(letter, letter)[0]


def as_kinds(letters: set[str]) -> Mask:
    """Kinds of which at least one character is among `letters`."""
    mask = np.zeros(len(KINDS) + 1, dtype=np.bool_)
    mask[[kind_of(letter) for letter in letters if len(letter) == 1]] = True
    return mask[:-1]
