"""Rules for sentences and words of a language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRules:
    """Where sentences end and what begins one. Used for documents of every language at once."""

    abbreviations: frozenset[str] = frozenset()
    """Words in lower case after which a full stop may belong to the word."""
    short_forms: str = ""
    """Pattern of abbreviations as written, for the sentences that questions are asked about."""
    titles: str = ""
    """Pattern of abbreviations as written, for the sentences of provisions and turns."""
    months: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    """Words before a number that a full stop may follow without ending the sentence: `section 4.`"""
    unspaced_end: str = ""
    """Pattern of a full stop that ends a sentence though no space follows it."""
    final_syllables: tuple[str, ...] = ()
    """Ends of a sentence that has no full stop."""
    small_words: frozenset[str] = frozenset()
    """Words that stay small in a title."""
    open_words: str = ""
    """Pattern of words that leave a sentence open, of at most 16 characters: `and`."""
    item_letters: str = ""
    """Inside of a character class: letters that count the items of a list."""
    provision_label: str = ""
    """Pattern (verbose) of a provision's number before its text."""
    speaker_label: str = ""
    """Pattern (verbose) of a speaker's name and colon before the words."""
    line_opening: str = ""
    """Pattern of what opens a line that does not continue the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRules:
    """Words and their stems."""

    token: str
    """Pattern of a word."""
    stem: Callable[[str], str]
    """A word without the inflection or particle that another phrasing would change; lower case."""
    is_stop_word: Callable[[str], bool]
    """Whether a word says nothing about the subject of a question or answer."""
    particles: tuple[str, ...] = ()
    """Endings a word may carry, longest first; its stem may also stand inside a compound then."""
