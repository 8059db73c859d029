"""The types of the rules for a language's sentences and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRules:
    """Rules for where sentences begin and end. The rules of all languages apply to every document."""

    abbreviations: frozenset[str] = frozenset()
    """Abbreviations, in lower case, used by `pack.sentences`. A full stop after one does not always end a sentence."""
    short_forms: str = ""
    """The pattern of abbreviations as written, used by `synthesize.sentences`."""
    titles: str = ""
    """The pattern of abbreviations as written, used by `synthesize.structural.layout`."""
    months: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    """Words before a number. A full stop after the number does not always end the sentence: `section 4.`"""
    unspaced_end: str = ""
    """The pattern of a full stop that ends a sentence although no space follows."""
    final_syllables: tuple[str, ...] = ()
    """Syllables that can end a sentence without a full stop."""
    small_words: frozenset[str] = frozenset()
    """Words that are not capitalised in a title."""
    open_words: str = ""
    """The pattern of words after which a sentence must continue: `and`. A match has at most 16 characters."""
    item_letters: str = ""
    """Letters that number list items, for use inside a character class."""
    provision_label: str = ""
    """The pattern, in verbose syntax, of a provision's number before its text."""
    speaker_label: str = ""
    """The pattern, in verbose syntax, of a speaker's name and colon before the speaker's words."""
    line_opening: str = ""
    """The pattern of the beginning of a line that does not continue the line before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRules:
    """Rules for words and their stems."""

    token: str
    """The pattern of a word."""
    stem: Callable[[str], str]
    """Returns a word, in lower case, without the inflection or particle that a different wording would change."""
    is_stop_word: Callable[[str], bool]
    """Returns whether a word says nothing about the subject of a question or answer."""
    is_function_word: Callable[[str], bool] | None = None
    """Returns whether a word occurs in sentences and hardly ever in lists of names, such as `the`, or a Korean noun
    with a particle. None if the language does not tell; then texts without sentences are not found."""
    particles: tuple[str, ...] = ()
    """Endings that a word may have, longest first. In a language with particles, a stem also counts as found inside a
    compound word."""
