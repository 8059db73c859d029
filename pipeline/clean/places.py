"""Map places in a text from old offsets to new ones while the text is cleaned.

In: a text and ascending offsets into it. Out: the changed text and the same places in it. Used by `normalise` and
`personal_data`, for documents in which the reader has marked places. Without places, each step costs as much as on a
plain string; with places, it also makes one pass over the matches.

A place between two characters that stay remains between them. A place inside a replaced span keeps its distance from
the start of the span, at most the length of the replacement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

_NOT_ASCII = re.compile("[\x00-\x7f]?[^\x00-\x7f]+")
"""A run that NFC changes by itself: characters may compose with one ASCII character before them, never across one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text and places in it."""

    text: str
    places: tuple[int, ...] = ()
    """Ascending offsets from 0 to the length of the text."""

    def sub(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> PlacedText:
        """Return the result of `pattern.sub(new, text)`; a string is inserted literally and may not refer to groups."""
        assert not isinstance(new, str) or "\\" not in new, "a string is inserted literally"
        if not self.places:
            return PlacedText(pattern.sub(new, self.text))
        return self.edited(
            Edit(match.start(), match.end(), new if isinstance(new, str) else new(match))
            for match in pattern.finditer(self.text)
        )

    def strip(self, chars: str) -> PlacedText:
        """Return the result of `str.strip`; places in the removed text move to the nearest end."""
        text = self.text.strip(chars)
        if not self.places:
            return PlacedText(text)
        start = len(self.text) - len(self.text.lstrip(chars))
        return PlacedText(text, tuple(min(max(place - start, 0), len(text)) for place in self.places))

    def composed(self) -> PlacedText:
        """Return the text in NFC."""
        text = unicodedata.normalize("NFC", self.text)
        if not self.places or text == self.text:
            return PlacedText(text, self.places)
        placed = self.edited(edit for run in _NOT_ASCII.finditer(self.text) for edit in _compositions(run))
        assert placed.text == text, "composition stops at ASCII"
        return placed

    def expandtabs(self, columns: int) -> PlacedText:
        """Return the result of `str.expandtabs`."""
        if not self.places or "\t" not in self.text:
            return PlacedText(self.text.expandtabs(columns), self.places)
        return self.edited(_expanded_tabs(self.text, columns))

    def edited(self, edits: Iterator[Edit]) -> PlacedText:
        """Return the text after edits, which must be in order and must not overlap."""
        first = next(edits, None)
        if first is None:
            return self
        pieces: list[str] = []
        places: list[int] = []
        following = position = length = 0
        for edit in chain([first], edits):
            while following < len(self.places) and self.places[following] < edit.end:
                place = self.places[following]
                before = length + min(place, edit.start) - position
                places.append(before + min(max(0, place - edit.start), len(edit.new)))
                following += 1
            pieces += (self.text[position : edit.start], edit.new)
            length += edit.start - position + len(edit.new)
            position = edit.end
        pieces.append(self.text[position:])
        places += (length + place - position for place in self.places[following:])
        return PlacedText("".join(pieces), tuple(places))


def _compositions(run: re.Match[str]) -> Iterator[Edit]:
    """Yield the changes that NFC makes in a run that composes with nothing outside it.

    Each edit covers one base character and its marks; if composing these pieces separately gives another result, one
    edit covers the whole run.
    """
    text = run.group()
    composed = unicodedata.normalize("NFC", text)
    if composed == text:
        return
    starts = [index for index, char in enumerate(text) if index == 0 or not _joins(char)]
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    edits = [unicodedata.normalize("NFC", piece) for piece in pieces]
    if "".join(edits) != composed:
        yield Edit(run.start(), run.end(), composed)
        return
    for start, piece, new in zip(starts, pieces, edits, strict=True):
        if piece != new:
            yield Edit(run.start() + start, run.start() + start + len(piece), new)


def _joins(char: str) -> bool:
    """Return whether a character may join the one before it: a combining mark, or a Hangul vowel or final consonant."""
    return unicodedata.combining(char) > 0 or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff"


def _expanded_tabs(text: str, columns: int) -> Iterator[Edit]:
    added = line_start = 0
    for match in re.finditer("[\n\r]|\t", text):
        if match.group() != "\t":
            added, line_start = 0, match.end()
            continue
        width = columns - (match.start() - line_start + added) % columns
        added += width - 1
        yield Edit(match.start(), match.end(), " " * width)


def placed(text: str, places: Sequence[int]) -> PlacedText:
    """Return a text with the given places, sorted and without duplicates."""
    return PlacedText(text, tuple(sorted(set(places))))
