"""Finds the abbreviations that a manual spells out.

Takes a `Manual`; returns each abbreviation with its long form. Used by the task `entry`. Reads `DHCP (Dynamic Host
Configuration Protocol)` and `Dynamic Host Configuration Protocol (DHCP)`. The letters must be the initials of the
words; small words such as `of` may be skipped. An abbreviation that is spelled out in more than one way is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.languages import together
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.manuals import Manual, Told

_MAX_WORDS = 7
_LETTERS = r"[A-Z]{2,6}"
_WORDS = rf"[A-Z][A-Za-z]*(?:[ -][A-Za-z]+){{1,{_MAX_WORDS}}}"
_LETTERS_FIRST = re.compile(rf"(?<![\w`])(?P<letters>{_LETTERS}) ?\((?P<words>{_WORDS})\)")
"""Letters before their words in brackets: `DHCP (Dynamic Host Configuration Protocol)`."""
_WORDS_FIRST = re.compile(rf" ?\((?P<letters>{_LETTERS})\)")
"""The letters in brackets after their words: ` (DHCP)`."""
_WORD = re.compile(r"[A-Za-z]+")
_TAIL = re.compile(rf"[A-Za-z]+(?:[ -][A-Za-z]+){{1,{_MAX_WORDS}}}$")
"""The last words of a text."""
_TAIL_CHARS = 120
"""The number of characters before the letters in which their words are looked for."""


def find_abbreviations(manual: Manual) -> list[Told]:
    """Return the abbreviations that a manual spells out in exactly one way."""
    told: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    for sentence in manual.sentences:
        for letters, words, span in _spelled(manual.text, sentence):
            told[letters].append((words, span))
    return [
        Told(letters, *found[0])
        for letters, found in told.items()
        if len({words.casefold() for words, _ in found}) == 1
    ]


def _spelled(text: str, sentence: Span) -> Iterator[tuple[str, str, Span]]:
    """Yield the letters of each abbreviation in a sentence, its words, and the span that contains both."""
    for match in _LETTERS_FIRST.finditer(text, sentence.start, sentence.end):
        words = match["words"]
        if _long_form(match["letters"], words) == words:
            yield match["letters"], words, Span(match.start(), match.end())
    for match in _WORDS_FIRST.finditer(text, sentence.start, sentence.end):
        first = max(sentence.start, match.start() - _TAIL_CHARS)
        tail = _TAIL.search(text, first, match.start())
        words = _long_form(match["letters"], tail.group()) if tail else ""
        if words:
            yield match["letters"], words, Span(match.start() - len(words), match.end())


def _long_form(letters: str, words: str) -> str:
    """Return the last words, at least two, whose initials are the letters; empty if there are none."""
    found = list(_WORD.finditer(words))
    for first in range(len(found) - 2, -1, -1):
        if _are_initials(letters, [word.group() for word in found[first:]]):
            return words[found[first].start() :]
    return ""


def _are_initials(letters: str, words: Sequence[str]) -> bool:
    """Return whether the letters are the initials of all words, or of all words but the small ones."""
    initials = [word[0].upper() for word in words]
    if "".join(initials) == letters:
        return True
    return "".join(letter for letter, word in zip(initials, words, strict=True) if word not in _SMALL) == letters


_SMALL = together(lambda rules: rules.sentences.small_words)
