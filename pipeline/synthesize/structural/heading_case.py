"""Rewrites headings for questions: without markup, and in title case instead of capitals if that is safe.

Used by `provision_outline`. A heading in capitals keeps them if any of its words may be an acronym, such as a word
that the text writes only in capitals.
"""

from __future__ import annotations

import re

from pipeline.languages import all_rules, together

_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)
_HEADING_WORDS = frozenset(
    word for _, rules in all_rules() if rules.legal.provisions for word in rules.legal.provisions.heading_words
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
"""A word, which may contain an apostrophe: `tenant's`."""


def pretty_title(title: str) -> str:
    """Return a heading without markup, a final full stop or a colon; its letters keep their case."""
    return title.strip().strip("#*_ ").rstrip(".:").strip()


class HeadingCases:
    """Rewrites the headings of one text, using the words that the text does not write in capitals."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._not_in_capitals: frozenset[str] | None = None

    def rewrite(self, title: str) -> str:
        """Return a heading without markup; in title case if it is in capitals and no word may be an acronym."""
        clean = pretty_title(title)
        letters = [character for character in clean if character.isalpha() and character.isascii()]
        if len(letters) < 2 or not all(character.isupper() for character in letters):
            return clean
        if self._not_in_capitals is None:
            self._not_in_capitals = frozenset(word.lower() for word in _WORD.findall(self._text) if not word.isupper())
        words = _WORD.findall(clean)
        if not all(self._is_plain(word) for word in words):
            return clean
        first = iter([True])
        return _WORD.sub(lambda match: _title_word(match.group(), next(first, False)), clean)

    def _is_plain(self, word: str) -> bool:
        """Return whether a word in capitals is certainly not an acronym.

        It is a single letter, a small word, a Roman numeral or a common heading word; or it has at least four letters,
        and the text does not always write it in capitals.
        """
        lower = word.lower()
        if len(word) == 1 or lower in _SMALL_WORDS or re.fullmatch(r"[IVXL]+", word):
            return True
        if lower in _HEADING_WORDS:
            return True
        return len(word) >= _MIN_LETTERS and self._not_in_capitals is not None and lower in self._not_in_capitals


_MIN_LETTERS = 4
"""The minimum length of a word whose lower-case form shows that it is not an acronym: US is not us, IT is not it."""


def _title_word(word: str, is_first: bool) -> str:
    lower = word.lower()
    if not is_first and lower in _SMALL_WORDS and lower != "a":
        return lower
    if len(word) == 1 or re.fullmatch(r"[IVXL]+", word):
        return word
    return lower[:1].upper() + lower[1:]
