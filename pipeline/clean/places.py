"""Places in a text that keep their words while the text is cleaned: the map from old offsets to new ones.

In: a text and ascending offsets into it. Out: the changed text and the same places in it. Used by `normalise` and
`personal_data`, for documents whose reader has marked something. Without places each step costs what it costs on a
plain string; with them, a pass over its finds more.

A place between two characters that stay goes on standing between them. One inside something that is replaced stays as
far from its beginning as the replacement reaches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

_NOT_ASCII = re.compile("[\x00-\x7f]?[^\x00-\x7f]+")
"""Nothing is composed across a character of ASCII, but with the one before."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text and places in it."""

    text: str
    places: tuple[int, ...] = ()
    """Ascending offsets, 0 to the length of the text."""

    def sub(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> PlacedText:
        """Like `pattern.sub(new, text)`; a string stands for itself, without groups."""
        assert not isinstance(new, str) or "\\" not in new, "a string stands for itself"
        if not self.places:
            return PlacedText(pattern.sub(new, self.text))
        return self.edited(
            Edit(match.start(), match.end(), new if isinstance(new, str) else new(match))
            for match in pattern.finditer(self.text)
        )

    def strip(self, chars: str) -> PlacedText:
        """Like `str.strip`; places in what goes move to the nearest end."""
        text = self.text.strip(chars)
        if not self.places:
            return PlacedText(text)
        start = len(self.text) - len(self.text.lstrip(chars))
        return PlacedText(text, tuple(min(max(place - start, 0), len(text)) for place in self.places))

    def composed(self) -> PlacedText:
        """In NFC."""
        text = unicodedata.normalize("NFC", self.text)
        if not self.places or text == self.text:
            return PlacedText(text, self.places)
        placed = self.edited(edit for run in _NOT_ASCII.finditer(self.text) for edit in _compositions(run))
        assert placed.text == text, "composition stops at ASCII"
        return placed

    def expandtabs(self, columns: int) -> PlacedText:
        """Like `str.expandtabs`."""
        if not self.places or "\t" not in self.text:
            return PlacedText(self.text.expandtabs(columns), self.places)
        return self.edited(_expanded_tabs(self.text, columns))

    def edited(self, edits: Iterator[Edit]) -> PlacedText:
        """The text after edits in order, without overlap."""
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
    """What changes in a run that nothing outside it is composed with: character by character where that is the same."""
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
    """Whether a character may join the one before it: a combining mark, or a vowel or final of Hangul."""
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
    """A text with places in any order, each once."""
    return PlacedText(text, tuple(sorted(set(places))))
