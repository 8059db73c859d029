"""Abbreviations and their long forms.

Takes a `Manual`; returns the letters with their words. Used by the task `entry`. Reads `DHCP (Dynamic Host
Configuration Protocol)` and `Dynamic Host Configuration Protocol (DHCP)`; each letter must start a word. Skips an
abbreviation that the manual spells out in two ways. Linear.
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
_BEFORE = re.compile(rf"(?<![\w`])(?P<letters>{_LETTERS}) ?\((?P<words>{_WORDS})\)")
_BEHIND = re.compile(rf" ?\((?P<letters>{_LETTERS})\)")
_WORD = re.compile(r"[A-Za-z]+")
_TAIL = re.compile(rf"[A-Za-z]+(?:[ -][A-Za-z]+){{1,{_MAX_WORDS}}}$")
_TAIL_CHARS = 120


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
    """Yield each abbreviation of a sentence with its words and the span of both."""
    for match in _BEFORE.finditer(text, sentence.start, sentence.end):
        words = match["words"]
        if _opening_with(match["letters"], words) == words:
            yield match["letters"], words, Span(match.start(), match.end())
    for match in _BEHIND.finditer(text, sentence.start, sentence.end):
        first = max(sentence.start, match.start() - _TAIL_CHARS)
        tail = _TAIL.search(text, first, match.start())
        words = _opening_with(match["letters"], tail.group()) if tail else ""
        if words:
            yield match["letters"], words, Span(match.start() - len(words), match.end())


def _opening_with(letters: str, words: str) -> str:
    """Return the last words whose initials match the letters, small words aside; empty if there is no match."""
    found = list(_WORD.finditer(words))
    for first in range(len(found) - 2, -1, -1):
        if _opens(letters, [word.group() for word in found[first:]]):
            return words[found[first].start() :]
    return ""


def _opens(letters: str, words: Sequence[str]) -> bool:
    initials = [word[0].upper() for word in words]
    if "".join(initials) == letters:
        return True
    return "".join(letter for letter, word in zip(initials, words, strict=True) if word not in _SMALL) == letters


_SMALL = together(lambda rules: rules.sentences.small_words)
