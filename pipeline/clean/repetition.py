"""Finds which of Gopher's repetition rules a text breaks, and by how much.

Takes a text of some thousand characters and the limits of its domain; returns the first broken rule, or None. The rules
are those of Rae et al. (arXiv 2112.11446, table A1) as datatrove's GopherRepetitionFilter computes them on words split
at white space, and the verdicts are the same. Used by `clean.quality` on the windows of a document.

Two observations make this several times as fast as counting all n-grams. A phrase is at most as frequent as its words,
so the word that fills most of the text bounds what a phrase of n words can fill. And two equal sequences of words begin
with the same characters, so a sequence whose first characters occur nowhere else at the start of a word is no
duplicate: only the others are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul, sub

from pipeline.domains.quality_rules import RepetitionLimits

_PARAGRAPH_BREAK = re.compile(r"\n{2,}")
_LINE_BREAK = re.compile(r"\n+")
_MIN_SEQUENCE = 5
_OPENING_WORDS = 3
"""The length, in average words, of the beginnings that are compared first. It affects the speed only."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that a text breaks."""

    rule: str
    """The rule in words, such as `duplicate lines`."""
    value: float
    """The measured share, from 0 to 1 or, for overlapping phrases, above 1."""
    limit: float


def find_repetition(text: str, limits: RepetitionLimits) -> BrokenRule | None:
    """Return the first rule that a text breaks, in the order of datatrove, or None.

    Example:
        >>> broken = find_repetition("Call now!\\n" * 9 + "Or later.", RepetitionLimits())
        >>> broken.rule, round(broken.value, 2), broken.limit
        ('duplicate lines', 0.8, 0.3)
    """
    if not text:
        return BrokenRule("no text", 0.0, 0.0)
    return _in_lines(text, limits) or _in_words(text.split(), limits, len(text))


def _in_lines(text: str, limits: RepetitionLimits) -> BrokenRule | None:
    stripped = text.strip()
    lines = list(filter(None, stripped.split("\n")))
    if len(stripped) == len(text) and len(set(lines)) == len(lines):
        return None  # Paragraphs that are equal have equal lines.
    return _in_pieces(
        "paragraphs", _PARAGRAPH_BREAK.split(stripped), limits.paragraphs, limits.paragraph_chars, len(text)
    ) or _in_pieces("lines", _LINE_BREAK.split(text), limits.lines, limits.line_chars, len(text))


def _in_pieces(
    name: str, pieces: Sequence[str], max_share: float, max_char_share: float, size: int
) -> BrokenRule | None:
    unique = set(pieces)
    num_repeated = len(pieces) - len(unique)
    if not num_repeated:
        return None
    if (share := num_repeated / len(pieces)) > max_share:
        return BrokenRule(f"duplicate {name}", share, max_share)
    chars = sum(map(len, pieces)) - sum(map(len, unique))
    if (share := chars / size) > max_char_share:
        return BrokenRule(f"characters in duplicate {name}", share, max_char_share)
    return None


def _in_words(words: Sequence[str], limits: RepetitionLimits, size: int) -> BrokenRule | None:
    most_frequent = _MostFrequent.of(words)
    for num_words, limit in limits.top_phrases:
        if most_frequent.max_phrase_chars(num_words) / size > limit:
            share = _top_phrase_chars(words, num_words, limits.min_top_phrase_count) / size
            if share > limit:
                return BrokenRule(f"most frequent phrase of {num_words} words", share, limit)
    sequences = _Sequences.of(words)
    for num_words, limit in limits.repeated_phrases:
        if (share := sequences.num_repeated_chars(num_words) / size) > limit:
            return BrokenRule(f"repeated phrases of {num_words} words", share, limit)
    return None


@dataclass(frozen=True, slots=True)
class _MostFrequent:
    """The words that limit how much of a text one phrase can fill."""

    word_chars: int
    """The largest number of characters that all occurrences of one word fill."""
    word_count: int
    """The largest number of occurrences of a word."""

    @classmethod
    def of(cls, words: Sequence[str]) -> _MostFrequent:
        counts = Counter(words)
        return cls(max(map(mul, map(len, counts), counts.values()), default=0), max(counts.values(), default=0))

    def max_phrase_chars(self, num_words: int) -> int:
        """Return at least the number of characters that a phrase with its spaces fills."""
        return num_words * self.word_chars + (num_words - 1) * self.word_count


def _top_phrase_chars(words: Sequence[str], num_words: int, min_count: int) -> int:
    """Return the length of the most frequent phrase, times its frequency; 0 if it is not as frequent as `min_count`.

    Occurrences may overlap. Of several phrases with the same frequency, the first counts.
    """
    counts = Counter(zip(*(words[start:] for start in range(num_words)), strict=False))
    if not counts:
        return 0
    phrase, count = max(counts.items(), key=lambda item: item[1])
    return (sum(map(len, phrase)) + num_words - 1) * count if count >= min_count else 0


@dataclass(frozen=True, slots=True)
class _Sequences:
    """The places in a text from which a sequence of words may occur a second time."""

    letters: str
    """The words of the text without the spaces between them."""
    starts: Sequence[int]
    """The offset in `letters` of each word, and of the end of the last one."""
    candidates: Sequence[int]
    """The indices of words from which a repeated sequence of at least `_MIN_SEQUENCE` words may start."""

    @classmethod
    def of(cls, words: Sequence[str]) -> _Sequences:
        letters = "".join(words)
        starts = list(accumulate(map(len, words), initial=0))
        opening = _OPENING_WORDS * len(letters) // max(1, len(words))
        openings = [letters[start : start + opening] for start in starts[:-_MIN_SEQUENCE]]
        repeated = {first for first, count in Counter(openings).items() if count > 1}
        ends = starts[_MIN_SEQUENCE:]
        candidates = [
            index
            for index, (first, size) in enumerate(zip(openings, map(sub, ends, starts), strict=True))
            if first in repeated or size < opening
        ]
        return cls(letters, starts, candidates)

    def num_repeated_chars(self, num_words: int) -> int:
        """Return the number of characters in sequences of `num_words` words that occurred before.

        A repeated sequence is passed over as a whole, so repeated sequences do not overlap. Sequences are compared
        without spaces, as datatrove does it.
        """
        assert num_words >= _MIN_SEQUENCE, "the candidates are those of longer sequences"
        letters, starts = self.letters, self.starts
        last = len(starts) - 1 - num_words
        seen: set[str] = set()
        num_chars = resume = 0
        for index in self.candidates:
            if index < resume:
                continue
            if index > last:
                break
            sequence = letters[starts[index] : starts[index + num_words]]
            if sequence in seen:
                num_chars += len(sequence)
                resume = index + num_words
            else:
                seen.add(sequence)
        return num_chars
