"""The types of the limits by which a domain tells documents from junk. Used by `clean.quality`.

Every limit applies to windows of a document, see `clean.windows`. A limit that is None is not checked. Shares are from
0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionLimits:
    """The largest accepted shares of Gopher's repetition rules (Rae et al., arXiv 2112.11446, table A1).

    The defaults are the published ones, which were calibrated on web pages.
    """

    lines: float = 0.3
    """The share of lines that are equal to an earlier line."""
    line_chars: float = 0.2
    """The share of characters in such lines."""
    paragraphs: float = 0.3
    paragraph_chars: float = 0.2
    top_phrases: tuple[tuple[int, float], ...] = ((2, 0.2), (3, 0.18), (4, 0.16))
    """For each number of words, the share of characters in all occurrences of the most frequent phrase."""
    min_top_phrase_count: int = 1
    """How often the most frequent phrase must occur to count. In a short text with a long word, a phrase that occurs
    once exceeds the limit."""
    repeated_phrases: tuple[tuple[int, float], ...] = (
        (5, 0.15),
        (6, 0.14),
        (7, 0.13),
        (8, 0.12),
        (9, 0.11),
        (10, 0.10),
    )
    """For each number of words, at least 5, the share of characters in phrases that occurred before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRules:
    """What a window of a domain's documents must satisfy. `clean.measures` defines the measured shares."""

    min_chars: int = 0
    """Shorter documents are not judged."""
    repetition: RepetitionLimits | None = None
    max_similar_lines: float | None = None
    max_log_lines: float | None = None
    max_encoded: float | None = None
    max_broken_words: float | None = None
    max_placeholders: float | None = None
    max_long_lines: float | None = None
    min_letters: float | None = None
    min_meaning: float | None = None
    min_compressed: float | None = None


PROSE = QualityRules(
    # Forms, parts with the same headings, references of interfaces and amending acts repeat phrases in up to 49% of
    # their characters. Texts that say one thing over and over reach 69% and more.
    repetition=RepetitionLimits(
        lines=0.75,
        line_chars=0.6,
        paragraphs=0.75,
        paragraph_chars=0.6,
        top_phrases=((2, 0.50), (3, 0.48), (4, 0.45)),
        min_top_phrase_count=2,
        repeated_phrases=tuple((num_words, 0.6) for num_words in range(5, 11)),
    ),
    max_similar_lines=0.75,
    max_log_lines=0.6,
    max_encoded=0.6,
    max_broken_words=0.35,
    max_placeholders=0.3,
    min_letters=0.4,
    min_meaning=0.18,
)
"""The rules for documents of sentences, tables and lists."""
