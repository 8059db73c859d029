"""Measures the length of a text in characters of an alphabet, so that one least length suits all scripts.

Takes a text; returns a number. Used by `clean.quality` and `stages.contamination`. A Hangul, Han or Kana character
stands for a syllable or a word and counts for several letters (`languages.detection`): a Korean ruling of 95 characters
has question, reason and order, and its English translation has more than 250. Linear in the length of the text.
"""

from __future__ import annotations

from pipeline.languages.detection import SYLLABLE_WEIGHT, SYLLABLES, script_counts


def letter_length(text: str) -> int:
    """Return the number of characters, where a Hangul, Han or Kana character counts as 2.5.

    Example:
        >>> letter_length("rent"), letter_length("차임 rent")
        (4, 10)
    """
    if text.isascii():
        return len(text)
    counts = script_counts(text)
    num_syllables = sum(counts[script] for script in SYLLABLES)
    return len(text) + int((SYLLABLE_WEIGHT - 1) * num_syllables)


def is_shorter(text: str, min_chars: int) -> bool:
    """Return whether the `letter_length` of a text is below a number; a long text is not read."""
    return len(text) < min_chars and letter_length(text) < min_chars
