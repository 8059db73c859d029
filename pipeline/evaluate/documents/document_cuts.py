"""Cuts a document to a length so that its evidence is at the start, in the middle or at the end.

Takes a document's text and the place of the evidence; returns a window of it. The window is a plain cut wherever the
document has enough text on both sides of the evidence. Elsewhere it runs over the document's end into its beginning,
behind a blank line, so that every document that is long enough can have its evidence at all places. The window begins
and ends at lines and sentences; if these are long, the end away from the evidence is cut between words, as the
published documents are. Used by `ffqa` and `altqa`. Cost: one encoding of twice the document.

Giraffe (arXiv 2308.10882, section 4.2) has the answer in the first 10%, in the last 10%, or between them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.evaluate.meter import CutPlaces, Meter

EDGE_SHARE = 0.09
"""The share of the wanted length, at both ends, in which the evidence lies: the window may be shorter, and it is
published that the answer lies in the first or last 10%."""
MAX_EVIDENCE_SHARE = 0.25
"""Evidence that takes more of the wanted length has no place to speak of. A heading that is not farther above stays
with the evidence, because the question may name it; then the answer may begin behind the first 10%."""
_MIDDLE_SHARE = 0.05
"""How far the evidence may be from the middle, as a share of the window, so that the window is filled well."""
_FREE_SHARE = 0.002
"""A window that leaves less of its tokens free is full."""
_SEAM = "\n\n"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A window of a document."""

    text: str
    runs_over_the_end: bool
    """Whether it holds the document's end in front of its beginning."""


@dataclass(frozen=True, slots=True)
class CutDocument:
    """A document that can be cut, with the places of its evidence."""

    text: str
    doubled: str
    """The document written twice, with a blank line between."""
    places: CutPlaces
    """Of the doubled text."""
    heading: int
    """Where the section of the evidence begins, in characters of the document."""
    start: int
    end: int
    """The evidence, in characters of the document."""
    meter: Meter

    @property
    def num_tokens(self) -> int:
        """The length of the longest window: a whole document and a blank line."""
        at = bisect_left(self.places.offsets, len(self.text) + len(_SEAM))
        return self.places.tokens[at]

    def cut(self, depth: float, num_tokens: int) -> Cut | None:
        """Return a window of at most so many tokens; None if document or evidence are too short or too long.

        Args:
            depth: 0 for evidence at the start, 0.5 in the middle, 1 at the end.
            num_tokens: the length of the window.
        """
        if num_tokens > self.num_tokens:
            return None
        copies = (0, len(self.text) + len(_SEAM))
        for copy in copies if depth < 1 else reversed(copies):
            window = self._window(copy, depth, num_tokens)
            if window is not None:
                first, last = self._with_words(*window, depth, num_tokens)
                return Cut(self.doubled[first:last].strip(), first < len(self.text) < last - len(_SEAM))
        return None

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
        lengths = sorted({0, *(abs(low + space.start() - start) for space in _SPACE.finditer(self.doubled[low:high]))})

        def tokens_of(length: int) -> int:
            piece = self.doubled[start : start + length] if end > start else self.doubled[start - length : start]
            return self.meter.count(piece)

        return lengths[max(0, bisect_right(lengths, num_tokens, key=tokens_of) - 1)]

    def _window(self, copy: int, depth: float, num_tokens: int) -> tuple[int, int] | None:
        """Return the longest window around the evidence of one copy of the document, as numbers of places."""
        offsets, tokens = self.places.offsets, self.places.tokens
        first = bisect_right(offsets, copy + self.start) - 1
        last = bisect_left(offsets, copy + self.end)
        if tokens[last] - tokens[first] > MAX_EVIDENCE_SHARE * num_tokens:
            return None
        edge = round(EDGE_SHARE * num_tokens)
        heading = bisect_right(offsets, copy + self.heading) - 1
        begin = heading
        if tokens[last] - tokens[heading] > MAX_EVIDENCE_SHARE * num_tokens:
            begin = min(first, bisect_left(tokens, tokens[last] - edge))
        if depth == 1:
            ends = [last, *(at for at in range(last + 1, len(offsets)) if tokens[at] - tokens[first] <= edge)]
            return self._longest(((self._first_before(at, num_tokens), at) for at in ends), begin, last)
        if depth == 0:
            starts = [begin, *(at for at in range(begin) if tokens[first] - tokens[at] <= edge)]
        else:
            middle = tokens[first] - round(depth * (num_tokens - (tokens[last] - tokens[first])))
            if middle < 0:
                return None
            slack = _MIDDLE_SHARE * num_tokens
            starts = [at for at in range(begin + 1) if abs(tokens[at] - middle) <= slack]
            starts = starts or [min(range(begin + 1), key=lambda at: abs(tokens[at] - middle))]
        return self._longest(((at, self._last_after(at, num_tokens)) for at in starts), begin, last)

    def _longest(self, windows: Iterable[tuple[int, int]], begin: int, last: int) -> tuple[int, int] | None:
        """Return the longest window that holds the evidence, as numbers of places; the first one of equals."""
        tokens = self.places.tokens
        fitting = [(first, end) for first, end in windows if first <= begin and end >= last]
        if not fitting:
            return None
        return max(fitting, key=lambda window: tokens[window[1]] - tokens[window[0]])

    def _last_after(self, first: int, num_tokens: int) -> int:
        return bisect_right(self.places.tokens, self.places.tokens[first] + num_tokens) - 1

    def _first_before(self, last: int, num_tokens: int) -> int:
        return bisect_left(self.places.tokens, self.places.tokens[last] - num_tokens)


def cut_document(text: str, *, heading: int, start: int, end: int, meter: Meter) -> CutDocument:
    """Return a document that can be cut around its evidence.

    Args:
        text: the document.
        heading: where the section of the evidence begins.
        start, end: the evidence.
        meter: counts the tokens.
    """
    doubled = f"{text}{_SEAM}{text}"
    return CutDocument(text, doubled, meter.cut_places(doubled), heading, start, end, meter)
