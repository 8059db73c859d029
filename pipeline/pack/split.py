"""Splits a document that is too long for the top bucket into parts with token ids. Used by `pack.encoding`.

Each cut is made at the boundary with the lowest rank, and among equal ranks at the one that makes the parts most equal.
A boundary that leaves too little text on one side is used only if there is no other. A paragraph, a turn or a
definition is cut inside only if it is too long for a part. The ids of a part are a slice of the document's ids, unless
a token spans one of its cuts; such a part is encoded again. Cost: at most a few encodings of the document; each cut
looks at all boundaries within its reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from pipeline.pack.boundaries import PARAGRAPH_RANK, Boundary

Ids = npt.NDArray[np.uint32]
Encode = Callable[[str, Sequence[int]], tuple[Ids, Sequence[int]]]
"""Returns the ids of a text, and the first token that starts at or after each of the given ascending offsets."""
Decode = Callable[[Ids], str]

_SMALLEST_SHARE = 0.5
"""Minimum size of a part, relative to equal parts, if the boundaries allow it."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """A document's text and its token ids."""

    text: str
    ids: Ids
    token_at: Mapping[int, int]
    """The first token that starts at or after each boundary and section start, by character offset."""
    section_starts: Sequence[int]
    """Offsets of the document's sections, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The characters from `start` to `end` of a document, and their token ids."""

    start: int
    end: int
    ids: Ids
    section_token_starts: Ids
    """The first token of each section in the part; 0 for a section that began in an earlier part."""

    @property
    def num_tokens(self) -> int:
        """Length of the part in tokens."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Unsplittable:
    """The first piece between two boundaries that is too long for a part."""

    start: int
    num_tokens: int
    all_starts: tuple[int, ...] = field(default=(), compare=False)
    """Offsets of all pieces that are too long."""


def split_text(
    encoded: EncodedText, *, boundaries: Sequence[Boundary], max_tokens: int, encode: Encode, decode: Decode
) -> list[Part] | Unsplittable:
    """Return parts of at most `max_tokens` that concatenate to the text, or the pieces that are too long for a part.

    A text that fits as a whole is one part.

    Args:
        encoded: the text and its ids.
        boundaries: where the text may be cut, ascending.
        max_tokens: maximum number of tokens in a part.
        encode: the student's tokenizer; called for parts that begin or end inside a token.
        decode: the inverse of `encode`.
    """
    length = len(encoded.text)
    encoded = replace(encoded, token_at={0: 0, **encoded.token_at, length: len(encoded.ids)})
    aim = max_tokens
    while True:
        cuts = _usable(boundaries, encoded.token_at, length, aim)
        offsets = [0, *(cut.offset for cut in cuts), length]
        sizes = [encoded.token_at[end] - encoded.token_at[start] for start, end in pairwise(offsets)]
        too_long = [index for index, size in enumerate(sizes) if size > aim]
        if too_long:
            long_starts = tuple(offsets[index] for index in too_long)
            return Unsplittable(start=long_starts[0], num_tokens=sizes[too_long[0]], all_starts=long_starts)
        ranks = [0, *(cut.rank for cut in cuts)]
        starts = [offsets[index] for index in _first_pieces(sizes, ranks, aim)]
        parts = [_part(encoded, start, end, encode, decode) for start, end in pairwise([*starts, length])]
        excess = max(part.num_tokens for part in parts) - max_tokens
        if excess <= 0:
            return parts
        aim -= excess  # a part that is encoded again can be longer than planned


def _part(encoded: EncodedText, start: int, end: int, encode: Encode, decode: Decode) -> Part:
    first_token, last_token = encoded.token_at[start], encoded.token_at[end]
    inside = [offset for offset in encoded.section_starts if start < offset < end]
    begins_in_section = bool(encoded.section_starts) and encoded.section_starts[0] <= start
    ids = encoded.ids[first_token:last_token]
    if decode(ids) == encoded.text[start:end]:
        token_starts = [encoded.token_at[offset] - first_token for offset in inside]
    else:
        ids, found = encode(encoded.text[start:end], [offset - start for offset in inside])
        token_starts = list(found)
    return Part(
        start=start,
        end=end,
        ids=ids,
        section_token_starts=np.array([0] * begins_in_section + token_starts, dtype=np.uint32),
    )


def _usable(
    boundaries: Sequence[Boundary], token_at: Mapping[int, int], end: int, max_tokens: int
) -> Sequence[Boundary]:
    """Return the boundaries up to the rank of paragraphs, and others only inside pieces that are too long."""
    chosen: list[Boundary] = []
    inside: list[Boundary] = []
    start = 0
    for boundary in [*boundaries, Boundary(offset=end, rank=0)]:
        if boundary.rank > PARAGRAPH_RANK:
            inside.append(boundary)
            continue
        if token_at[boundary.offset] - token_at[start] > max_tokens:
            chosen += inside
        chosen.append(boundary)
        inside, start = [], boundary.offset
    return chosen[:-1]


def _first_pieces(sizes: Sequence[int], ranks: Sequence[int], max_tokens: int) -> list[int]:
    """Return the indices of the pieces that begin a part. No piece may be longer than `max_tokens`."""
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
