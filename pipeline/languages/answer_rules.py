"""How a language's answers are compared with gold answers.

Used by `scoring.answers`. The rules of all languages apply to every answer; the script of a letter decides how it
counts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """Rules for scoring answers."""

    counts_characters: bool = False
    """Whether each letter of the language counts as a word of its own, because endings are attached to words. The
    language must own its script."""
    skipped_words: frozenset[str] = frozenset()
    """Words, in lower case, that do not count, such as articles."""
    refusals: str = ""
    """The pattern of words that say that a document does not have what was asked for. It is searched for in the
    beginning of an answer, without regard to case."""
