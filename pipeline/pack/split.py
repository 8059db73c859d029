"""Split a document too long for the top bucket into parts with their token ids. Used by `pack.encoding`.

Each cut is the best-ranked boundary that leaves neither side too small; if several rank equal, the one nearest to equal
parts. A paragraph, a turn or a definition is cut only if it is too long by itself. If a cut lies between two tokens,
the ids of a part are a slice of the document's ids; if a token spans the cut, the part is encoded by itself. Cost: one
encoding of the document; linear in its boundaries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from pipeline.pack.boundaries import PARAGRAPH_RANK, Boundary

Ids = npt.NDArray[np.uint32]
Encode = Callable[[str, Sequence[int]], tuple[Ids, Sequence[int]]]
"""The ids of a text, and the first token at or after each of its ascending character offsets."""
Decode = Callable[[Ids], str]

_SMALLEST_SHARE = 0.5
"""A part has at least this share of an equal part, if the boundaries allow it."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The characters from `start` to `end` of a document, and their token ids."""

    start: int
    end: int
    ids: Ids
    section_token_starts: Ids
    """The first token in each section of the part; 0 for a section that continues from the part before."""

    @property
    def num_tokens(self) -> int:
        """Length of the part in tokens."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Unsplittable:
    """The first piece that is too long by itself: a sentence, a turn or a line of code."""

    start: int
    num_tokens: int
    all_starts: tuple[int, ...] = field(default=(), compare=False)
    """The starts of all such pieces."""


def split_text(
    text: str,
    *,
    boundaries: Sequence[Boundary],
    section_starts: Sequence[int],
    ids: Ids,
    token_at: Mapping[int, int],
    max_tokens: int,
    encode: Encode,
    decode: Decode,
) -> list[Part] | Unsplittable:
    """Return parts of at most `max_tokens` that concatenate to the text; one part if the whole text fits.

    Args:
        text: the document's text.
        boundaries: where the text may be cut, ascending.
        section_starts: offsets of the document's sections, ascending.
        ids: token ids of the whole text.
        token_at: for each boundary and section start, the first token that begins there or later.
        max_tokens: the most tokens of a part.
        encode: the student's tokenizer; called for parts that begin or end inside a token.
        decode: the inverse of `encode`.
    """
    places = {0: 0, **token_at, len(text): len(ids)}
    aim = max_tokens
    while True:
        cuts = _coarsest(boundaries, places, len(text), aim)
        offsets = [0, *(cut.offset for cut in cuts), len(text)]
        sizes = [places[end] - places[start] for start, end in pairwise(offsets)]
        too_long = [index for index, size in enumerate(sizes) if size > aim]
        if too_long:
            long_starts = tuple(offsets[index] for index in too_long)
            return Unsplittable(start=long_starts[0], num_tokens=sizes[too_long[0]], all_starts=long_starts)
        ranks = [0, *(cut.rank for cut in cuts)]
        starts = [offsets[index] for index in _first_pieces(sizes, ranks, aim)]
        parts = [
            _part(text, start, end, section_starts, ids, places, encode, decode)
            for start, end in pairwise([*starts, len(text)])
        ]
        excess = max(part.num_tokens for part in parts) - max_tokens
        if excess <= 0:
            return parts
        aim -= excess


def _part(
    text: str,
    start: int,
    end: int,
    section_starts: Sequence[int],
    ids: Ids,
    places: Mapping[int, int],
    encode: Encode,
    decode: Decode,
) -> Part:
    inside = [offset for offset in section_starts if start < offset < end]
    goes_on = bool(section_starts) and section_starts[0] <= start
    own = ids[places[start] : places[end]]
    if decode(own) == text[start:end]:
        token_starts = [places[offset] - places[start] for offset in inside]
    else:
        own, found = encode(text[start:end], [offset - start for offset in inside])
        token_starts = list(found)
    return Part(
        start=start,
        end=end,
        ids=own,
        section_token_starts=np.array([0] * goes_on + token_starts, dtype=np.uint32),
    )


def _coarsest(
    boundaries: Sequence[Boundary], places: Mapping[int, int], end: int, max_tokens: int
) -> Sequence[Boundary]:
    """Return section, paragraph, turn and definition boundaries, plus those inside pieces too long by themselves."""
    chosen: list[Boundary] = []
    inside: list[Boundary] = []
    start = 0
    for boundary in [*boundaries, Boundary(offset=end, rank=0)]:
        if boundary.rank > PARAGRAPH_RANK:
            inside.append(boundary)
            continue
        if places[boundary.offset] - places[start] > max_tokens:
            chosen += inside
        chosen.append(boundary)
        inside, start = [], boundary.offset
    return chosen[:-1]


def _first_pieces(sizes: Sequence[int], ranks: Sequence[int], max_tokens: int) -> list[int]:
    """Return the indices of the pieces that begin a part; no piece is longer than `max_tokens`."""
    before = [0, *accumulate(sizes)]
    firsts = [0]
    while (remaining := before[-1] - before[firsts[-1]]) > max_tokens:
        first = firsts[-1]
        equal_share = remaining / math.ceil(remaining / max_tokens)
        fitting = []
        for index in range(first + 1, len(sizes)):
            if before[index] - before[first] > max_tokens:
                break
            fitting.append(index)
        least = _SMALLEST_SHARE * equal_share
        balanced = [index for index in fitting if least <= before[index] - before[first] <= remaining - least]
        origin = before[first]
        firsts.append(min(balanced or fitting, key=lambda i: (ranks[i], abs(before[i] - origin - equal_share), i)))
    return firsts
