"""Headings as a question writes them: without markup, and in small letters where the text shows that they may be.

Used by `provisions` and by whoever names sections. A word of a heading in capitals keeps them unless the text, or a
language's list of common words of headings, shows that it is no acronym.
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
    """A heading without its markup and final stop; its letters stay as they are written."""
    return title.strip().strip("#*_ ").rstrip(".:").strip()


class HeadingCases:
    """How the words of a text are written where they are not in capitals, so that a heading in capitals can be too."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen: frozenset[str] | None = None

    def calm(self, title: str) -> str:
        """A heading in capitals as the text itself writes its words; as it stands where one occurs in capitals only."""
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
        """Whether a word is no acronym: the text has it in small letters, and it is long enough for that to tell."""
        lower = word.lower()
        if len(word) == 1 or lower in _SMALL_WORDS or re.fullmatch(r"[IVXL]+", word):
            return True
        if lower in _HEADING_WORDS:
            return True
        return len(word) >= _LEAST_TELLING and self._seen is not None and lower in self._seen


_LEAST_TELLING = 4
"""Letters of a word that tells an acronym from a word: US and us, IT and it do not."""


def _title_word(word: str, is_first: bool) -> str:
    lower = word.lower()
    if not is_first and lower in _SMALL_WORDS and lower != "a":
        return lower
    if len(word) == 1 or re.fullmatch(r"[IVXL]+", word):
        return word
    return lower[:1].upper() + lower[1:]
