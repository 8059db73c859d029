"""Measures how much of a text another text does not have: whole phrases and sentences, not single edited words.

Similarity says how many shingles two texts share, but not why the others differ. In an edited copy, the differences are
words between shared phrases; in another document made from the same template, they are sentences and paragraphs. So a
text is covered by the short phrases that the other text has, anywhere, and only *long* stretches without cover count
as its own. In 237 copies with 10% of the words edited, 2 have own text of more than 1.5%, and in copies with fewer
edits none has; of 34 pairs that a reader called different documents, 22 have (`benchmarks/results/cleaning-judged.md`).

Used by `dedup.relations`. Cost: two sorts of the phrases of each text, about 0.1 µs per character.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.items import Hashes, LetterCase, read_items
from pipeline.dedup.shingles import Shingling, hashes_at_items

_WORDS, _CHARACTERS = 3, 6
"""Number of items in a phrase that starts with a word, or with a Hangul, Han or Kana character."""
_WORD_UNITS = 2
"""What a word counts for, in characters of these scripts, so that texts in both kinds of scripts have one measure."""
_LONG_UNITS = 24
"""The minimum length of a stretch of own text: twelve words, or 24 Hangul characters."""


class PhraseText:
    """A text as the phrases that start at each of its items."""

    __slots__ = ("_ascending", "_phrases", "_sizes", "_units")

    def __init__(self, text: str, case: LetterCase) -> None:
        items = read_items(text, case)
        is_word = np.ones(len(items.hashes), dtype=bool) if items.is_word is None else items.is_word
        shingling = Shingling(case=case, word_shingle=_WORDS, hangul_shingle=_CHARACTERS)
        self._sizes = np.where(is_word, _WORDS, _CHARACTERS).astype(np.uint8)
        self._units = np.where(is_word, _WORD_UNITS, 1).astype(np.uint8)
        num_items = len(items.hashes)
        is_whole = np.arange(num_items) + self._sizes <= num_items
        phrases = hashes_at_items(items, shingling) if num_items else items.hashes
        # The items of a text that is too short for a phrase count as phrases of one item.
        self._phrases: Hashes = phrases if is_whole.any() else items.hashes
        if not is_whole.any():
            self._sizes = np.ones_like(self._sizes)
            is_whole = np.ones(num_items, dtype=bool)
        self._phrases = np.where(is_whole, self._phrases, np.uint64(0))
        self._ascending: Hashes = np.unique(self._phrases[is_whole])

    def own_share(self, other: PhraseText) -> float:
        """Return the share of this text, from 0 to 1, in long stretches without a phrase of the other text."""
        total = int(self._units.sum())
        if total == 0:
            return 0.0
        ends = np.cumsum(self._units, dtype=np.int64)
        starts = ends - self._units
        lengths = [ends[last] - starts[first] for first, last in _stretches(~self._covered(other))]
        return float(sum(length for length in lengths if length >= _LONG_UNITS)) / total

    def _covered(self, other: PhraseText) -> NDArray[np.bool_]:
        """Return for each item whether it is in a phrase that the other text has, shape [items]."""
        num_items = len(self._phrases)
        if len(other._ascending) == 0:
            return np.zeros(num_items, dtype=bool)
        places = np.minimum(np.searchsorted(other._ascending, self._phrases), len(other._ascending) - 1)
        found = np.flatnonzero(other._ascending[places] == self._phrases)
        changes = np.zeros(num_items + 1, dtype=np.int64)
        np.add.at(changes, found, 1)
        np.add.at(changes, np.minimum(found + self._sizes[found], num_items), -1)
        covered: NDArray[np.bool_] = np.cumsum(changes[:num_items]) > 0
        return covered


def _stretches(is_in: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and the last index of each run of True."""
    changes = np.diff(np.concatenate([[False], is_in, [False]]).astype(np.int8))
    firsts, afters = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    return list(zip(firsts.tolist(), (afters - 1).tolist(), strict=True))
