"""Rules for the sentences and words of a language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRules:
    """Rules for where sentences end and begin. Used for documents of every language at once."""

    abbreviations: frozenset[str] = frozenset()
    """Abbreviations in lower case; a full stop after one may belong to the word."""
    short_forms: str = ""
    """Pattern of abbreviations as written, for the sentences that questions are asked about."""
    titles: str = ""
    """Pattern of abbreviations as written, for the sentences of provisions and turns."""
    months: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    """Words before a number; a full stop after the number may not end the sentence: `section 4.`"""
    unspaced_end: str = ""
    """Pattern of a full stop that ends a sentence without a space after it."""
    final_syllables: tuple[str, ...] = ()
    """Ends of a sentence without a full stop."""
    small_words: frozenset[str] = frozenset()
    """Words that stay in small letters in a title."""
    open_words: str = ""
    """Pattern of words that leave a sentence open, at most 16 characters long: `and`."""
    item_letters: str = ""
    """Inside of a character class: letters that number the items of a list."""
    provision_label: str = ""
    """Pattern (verbose) of the number of a provision before its text."""
    speaker_label: str = ""
    """Pattern (verbose) of a speaker's name and colon before the speaker's words."""
    line_opening: str = ""
    """Pattern of the opening of a line that does not continue the line before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRules:
    """Rules for words and their stems."""

    token: str
    """Pattern of a word."""
    stem: Callable[[str], str]
    """A word without the inflection or particle that another wording would change; in lower case."""
    is_stop_word: Callable[[str], bool]
    """Whether a word says nothing about the subject of a question or answer."""
    particles: tuple[str, ...] = ()
    """Endings that a word may have, longest first. If a language has them, a stem may also be part of a compound."""
