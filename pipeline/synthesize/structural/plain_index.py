"""Searches a text for many phrases in one pass, without a parser.

Takes a text and the wanted phrases; returns the places (positions) of each phrase. White space, letter case,
punctuation and the commas in numbers are ignored. A Korean particle may follow the last word of a phrase. Used by
`second_reading` and `second_labels`. Memory holds a string and two offsets for each word of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)*|[^\W\d_]+")
"""A number, or a word of letters."""
_MAX_PLACES = 500
"""The maximum number of places kept for one phrase; a phrase with more places identifies nothing."""
_KEY_CHARS = 2
"""The number of leading characters by which a word that may have a particle is looked up."""

_END = "\n"
"""The entry that follows the last word."""
_GLUED = "…"
"""The entry in place of a second word, for a phrase of one word that a particle may follow."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a phrase in a text."""

    start: int
    end: int
    word: int
    """The index of its first word among the words of the text."""


def phrase_of(text: str) -> Phrase:
    """Return the words of a text in the form in which they are compared: without commas in numbers, in lower case."""
    return tuple(_folded(match.group()) for match in _WORD.finditer(text))


class PlainIndex:
    """The places of phrases in a text."""

    def __init__(self, text: str, wanted: Iterable[Phrase]) -> None:
        self.text = text
        found = [(_folded(match.group()), *match.span()) for match in _WORD.finditer(text)]
        self._words = [word for word, _, _ in found]
        self._starts = [start for _, start, _ in found]
        self._ends = [end for _, _, end in found]
        self._places: dict[Phrase, list[Place]] = defaultdict(list)
        by_start: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
        for phrase in sorted(set(wanted) - {()}):
            by_start[_start_of(phrase)].append(phrase)
        firsts = {first for first, _ in by_start}
        for position, (word, following) in enumerate(pairwise([*self._words, _END])):
            key = word[:_KEY_CHARS]
            if word in firsts:
                for phrase in (*by_start.get((word, ""), ()), *by_start.get((word, following), ())):
                    self._record(phrase, position)
            if key in firsts:
                for phrase in by_start.get((key, _GLUED), ()):
                    self._record(phrase, position)

    def places(self, phrase: Phrase) -> Sequence[Place]:
        """Return the places of a wanted phrase, in order."""
        return self._places.get(phrase, ())

    def words_after(self, place: Place, phrase: Phrase, count: int) -> Phrase:
        """Return the `count` words that follow a phrase at a place; fewer at the end of the text."""
        first = place.word + len(phrase)
        return tuple(self._words[first : first + count])

    def line_start(self, position: int) -> int:
        """Return where the line that contains a position begins."""
        return self.text.rfind("\n", 0, position) + 1

    def _record(self, phrase: Phrase, position: int) -> None:
        """Record a place of a phrase if the words from the index `position` on are those of the phrase."""
        last = position + len(phrase) - 1
        known = self._places[phrase]
        if last >= len(self._words) or len(known) == _MAX_PLACES or not self._ends_with(phrase[-1], last):
            return
        if tuple(self._words[position:last]) == phrase[:-1]:
            is_exact = self._words[last] == phrase[-1]
            # The particle after the last word is not part of the place.
            end = self._ends[last] if is_exact else self._starts[last] + len(phrase[-1])
            known.append(Place(self._starts[position], end, position))

    def _ends_with(self, wanted: str, index: int) -> bool:
        """Return whether the word at an index is the wanted last word, or a longer Korean word that begins with it.

        The rest of the word is taken for a particle: 제4조에 counts as 제4조. 제4조의2 does not, because its
        number continues.
        """
        word = self._words[index]
        if word == wanted:
            return True
        end = self._ends[index]
        is_longer = _takes_particles(wanted) and word.startswith(wanted)
        return is_longer and not (end < len(self.text) and self.text[end].isdigit())


def _start_of(phrase: Phrase) -> tuple[str, str]:
    """Return the lookup key of a phrase: its first two words, or the part of them that must match exactly."""
    if len(phrase) > 1:
        return phrase[0], "" if len(phrase) == 2 and _takes_particles(phrase[1]) else phrase[1]
    return (phrase[0][:_KEY_CHARS], _GLUED) if _takes_particles(phrase[0]) else (phrase[0], "")


def _folded(word: str) -> str:
    return word.replace(",", "") if word[0].isdigit() else unicodedata.normalize("NFKC", word).casefold()


def _takes_particles(word: str) -> bool:
    """Return whether a particle may be attached to a word: its letters have no capitals, as in Korean."""
    return not word.isascii() and word.isalpha() and word.upper() == word.lower()
