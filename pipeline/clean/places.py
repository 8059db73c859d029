"""Moves places, which are offsets in a text, while the text is cleaned.

Takes a text and ascending offsets; returns the changed text and the offsets of the same places there. `clean.document`
creates the first `PlacedText`; `normalise` and `personal_data` edit the text. A document has places only if the format
reader marked positions. Without places, a step takes as long as on a plain string; with places, the step also handles
each match separately.

If the characters on both sides of a place are kept, the place stays between them. A place inside a replaced span keeps
its distance from the start of the span, capped at the length of the replacement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

_NOT_ASCII = re.compile("[\x00-\x7f]?[^\x00-\x7f]+")
"""A run that NFC can be applied to separately.

Non-ASCII characters may combine with the ASCII character just before them, but nothing combines across an ASCII
character.
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text with places."""

    text: str
    places: tuple[int, ...] = ()
    """Ascending offsets from 0 to the length of the text."""

    def sub(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> PlacedText:
        """Return the result of `pattern.sub(new, text)`.

        If `new` is a string, it is inserted literally, so it must not contain a backslash.
        """
        assert not isinstance(new, str) or "\\" not in new, "the new string contains a backslash"
        if not self.places:
            return PlacedText(pattern.sub(new, self.text))
        return self.edited(
            Edit(match.start(), match.end(), new if isinstance(new, str) else new(match))
            for match in pattern.finditer(self.text)
        )

    def strip(self, chars: str) -> PlacedText:
        """Return the result of `text.strip(chars)`. Places in removed text move to the nearest end of the new text."""
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
        assert placed.text == text, "composing run by run gave a different text from composing the whole text"
        return placed

    def expandtabs(self, columns: int) -> PlacedText:
        """Return the result of `text.expandtabs(columns)`."""
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
    """Yield the changes that NFC makes to a run of `_NOT_ASCII`.

    Each edit covers one base character and the marks that follow; if composing the pieces separately gives a different
    result, one edit covers the whole run.
    """
    text = run.group()
    composed = unicodedata.normalize("NFC", text)
    if composed == text:
        return
    starts = [index for index, char in enumerate(text) if index == 0 or not _may_join_previous(char)]
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    edits = [unicodedata.normalize("NFC", piece) for piece in pieces]
    if "".join(edits) != composed:
        yield Edit(run.start(), run.end(), composed)
        return
    for start, piece, new in zip(starts, pieces, edits, strict=True):
        if piece != new:
            yield Edit(run.start() + start, run.start() + start + len(piece), new)


def _may_join_previous(char: str) -> bool:
    """Return whether a character may join the previous one, as combining marks and Hangul vowels and finals do."""
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
