"""Headings as a question writes them: without markup, and in lower case if the text shows that this is safe.

Used by `provisions` and by modules that name sections. A word in capitals stays in capitals unless the text, or a
language's list of common heading words, shows that it is not an acronym.
"""

from __future__ import annotations

import re

from pipeline.languages import all_rules, together

_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)
_HEADING_WORDS = frozenset(
    word for _, rules in all_rules() if rules.legal.provisions for word in rules.legal.provisions.heading_words
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def pretty_title(title: str) -> str:
    """Return a heading without its markup and final stop; its letters keep their case."""
    return title.strip().strip("#*_ ").rstrip(".:").strip()


class HeadingCases:
    """How a text writes its words outside capitals, used to rewrite headings in capitals."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen: frozenset[str] | None = None

    def calm(self, title: str) -> str:
        """Return a heading in capitals in the case the text uses; unchanged if a word may be an acronym."""
        clean = pretty_title(title)
        letters = [character for character in clean if character.isalpha() and character.isascii()]
        if len(letters) < 2 or not all(character.isupper() for character in letters):
            return clean
        if self._seen is None:
            self._seen = frozenset(word.lower() for word in _WORD.findall(self._text) if not word.isupper())
        words = _WORD.findall(clean)
        if not all(self._is_plain(word) for word in words):
            return clean
        first = iter([True])
        return _WORD.sub(lambda match: _title_word(match.group(), next(first, False)), clean)

    def _is_plain(self, word: str) -> bool:
        """Return whether a word is not an acronym: the text also has it in lower case, and is long enough."""
        lower = word.lower()
        if len(word) == 1 or lower in _SMALL_WORDS or re.fullmatch(r"[IVXL]+", word):
            return True
        if lower in _HEADING_WORDS:
            return True
        return len(word) >= _LEAST_TELLING and self._seen is not None and lower in self._seen


_LEAST_TELLING = 4
"""Fewest letters of a word whose lower-case form shows that it is not an acronym; US and us, IT and it do not."""


def _title_word(word: str, is_first: bool) -> str:
    lower = word.lower()
    if not is_first and lower in _SMALL_WORDS and lower != "a":
        return lower
    if len(word) == 1 or re.fullmatch(r"[IVXL]+", word):
        return word
    return lower[:1].upper() + lower[1:]
