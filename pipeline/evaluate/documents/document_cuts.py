"""Cuts a document to a length so that its evidence is at the start, in the middle or at the end.

Takes a document's text and the place of the evidence; returns a window of it, or why there is none. The window is a
plain cut: a document with too little text on one side of the evidence cannot have it at the other end. The heading
that a question names is always in the window. The window begins and ends at lines and sentences; if these are long, the
end away from the evidence is cut between words, as the published documents are. Used by `ffqa` and `altqa`. Cost: one
encoding of the document.

Giraffe (arXiv 2308.10882, section 4.2) has the answer in the first 10%, in the last 10%, or between them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.evaluate.meter import CutPlaces, Meter

EDGE_SHARE = 0.09
"""The share of the wanted length, at both ends, in which the evidence lies: the window may be shorter, and it is
published that the answer lies in the first or last 10%."""
MAX_EVIDENCE_SHARE = 0.25
"""Evidence that takes more of the wanted length has no place to speak of. A heading that is not farther above stays
with the evidence; then the answer may begin behind the first 10%."""
_MIDDLE_SHARE = 0.05
"""How far the evidence may be from the middle, as a share of the window, so that the window is filled well."""
_FREE_SHARE = 0.002
"""A window that leaves less of its tokens free is full."""
_FULL_SHARE = 0.99
"""A window that has less of the wanted length, because the document begins or ends there, is too short."""
_SPACE = re.compile(r"\s+")


class NoCut(StrEnum):
    """Why a document cannot be cut."""

    DOCUMENT_TOO_SHORT = "document_too_short"
    EVIDENCE_TOO_LONG = "evidence_too_long"
    HEADING_TOO_FAR = "heading_too_far_from_the_answer"
    NO_TEXT_ON_ONE_SIDE = "too_little_text_on_one_side"


@dataclass(frozen=True, slots=True)
class CutDocument:
    """A document that can be cut, with the places of its evidence."""

    text: str
    places: CutPlaces
    heading: int
    """Where the section of the evidence begins, in characters; it is in the window if it is not far."""
    asked: int
    """Where what the question names begins, not behind the evidence; it is always in the window."""
    start: int
    end: int
    """The evidence, in characters of the document."""
    meter: Meter

    @property
    def num_tokens(self) -> int:
        """The length of the longest window, which is the whole document."""
        return self.places.tokens[-1]

    def cut(self, depth: float, num_tokens: int) -> str | NoCut:
        """Return a window of at most so many tokens, or why there is none.

        Args:
            depth: 0 for evidence at the start, 0.5 in the middle, 1 at the end.
            num_tokens: the length of the window.
        """
        if num_tokens > self.num_tokens:
            return NoCut.DOCUMENT_TOO_SHORT
        window = self._window(depth, num_tokens)
        if isinstance(window, NoCut):
            return window
        first, last = self._with_words(*window, depth, num_tokens)
        text = self.text[first:last].strip()
        is_at_an_end = first == 0 or last == len(self.text)
        if is_at_an_end and self.meter.count(text) < _FULL_SHARE * num_tokens:
            return NoCut.NO_TEXT_ON_ONE_SIDE
        return text

    def _with_words(self, first: int, last: int, depth: float, num_tokens: int) -> tuple[int, int]:
        """Return the offsets of a window, with words of the next sentence if the window leaves much free."""
        offsets, tokens = self.places.offsets, self.places.tokens
        free = num_tokens - (tokens[last] - tokens[first])
        if free > _FREE_SHARE * num_tokens and depth < 1 and last + 1 < len(offsets):
            return offsets[first], offsets[last] + self._num_chars(offsets[last], offsets[last + 1], free)
        if free > _FREE_SHARE * num_tokens and depth == 1 and first:
            return offsets[first] - self._num_chars(offsets[first], offsets[first - 1], free), offsets[last]
        return offsets[first], offsets[last]

    def _num_chars(self, start: int, end: int, num_tokens: int) -> int:
        """Return how many characters from `start` towards `end` have at most so many tokens, up to a space."""
        low, high = sorted((start, end))
        lengths = sorted({0, *(abs(low + space.start() - start) for space in _SPACE.finditer(self.text[low:high]))})

        def tokens_of(length: int) -> int:
            piece = self.text[start : start + length] if end > start else self.text[start - length : start]
            return self.meter.count(piece)

        return lengths[max(0, bisect_right(lengths, num_tokens, key=tokens_of) - 1)]

    def _window(self, depth: float, num_tokens: int) -> tuple[int, int] | NoCut:
        """Return the longest window around the evidence, as numbers of places."""
        offsets, tokens = self.places.offsets, self.places.tokens
        first = bisect_right(offsets, self.start) - 1
        last = bisect_left(offsets, self.end)
        if tokens[last] - tokens[first] > MAX_EVIDENCE_SHARE * num_tokens:
            return NoCut.EVIDENCE_TOO_LONG
        asked = bisect_right(offsets, min(self.asked, self.start)) - 1
        if tokens[last] - tokens[asked] > MAX_EVIDENCE_SHARE * num_tokens:
            return NoCut.HEADING_TOO_FAR
        edge = round(EDGE_SHARE * num_tokens)
        begin = min(asked, bisect_right(offsets, self.heading) - 1)
        if tokens[last] - tokens[begin] > MAX_EVIDENCE_SHARE * num_tokens:
            begin = min(asked, bisect_left(tokens, tokens[last] - edge))
        if depth == 1:
            ends = [last, *(at for at in range(last + 1, len(offsets)) if tokens[at] - tokens[first] <= edge)]
            return self._longest(((self._first_before(at, num_tokens), at) for at in ends), begin, last)
        if depth == 0:
            starts = [begin, *(at for at in range(begin) if tokens[first] - tokens[at] <= edge)]
        else:
            middle = tokens[first] - round(depth * (num_tokens - (tokens[last] - tokens[first])))
            slack = _MIDDLE_SHARE * num_tokens
            if middle < -slack:
                return NoCut.NO_TEXT_ON_ONE_SIDE
            starts = [at for at in range(begin + 1) if abs(tokens[at] - middle) <= slack]
            starts = starts or [min(range(begin + 1), key=lambda at: abs(tokens[at] - middle))]
        return self._longest(((at, self._last_after(at, num_tokens)) for at in starts), begin, last)

    def _longest(self, windows: Iterable[tuple[int, int]], begin: int, last: int) -> tuple[int, int] | NoCut:
        """Return the longest window that holds the evidence, as numbers of places; the first one of equals."""
        tokens = self.places.tokens
        fitting = [(first, end) for first, end in windows if first <= begin and end >= last]
        if not fitting:
            return NoCut.NO_TEXT_ON_ONE_SIDE
        return max(fitting, key=lambda window: tokens[window[1]] - tokens[window[0]])

    def _last_after(self, first: int, num_tokens: int) -> int:
        return bisect_right(self.places.tokens, self.places.tokens[first] + num_tokens) - 1

    def _first_before(self, last: int, num_tokens: int) -> int:
        return bisect_left(self.places.tokens, self.places.tokens[last] - num_tokens)


def cut_document(text: str, *, heading: int, asked: int, start: int, end: int, meter: Meter) -> CutDocument:
    """Return a document that can be cut around its evidence.

    Args:
        text: the document.
        heading: where the section of the evidence begins.
        asked: where what the question names begins; the start of the evidence if it names nothing.
        start, end: the evidence.
        meter: counts the tokens.
    """
    return CutDocument(text, meter.cut_places(text), heading, asked, start, end, meter)
