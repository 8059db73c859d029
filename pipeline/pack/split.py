"""A document too long for the top bucket in, offsets of its parts out. Used by `pack.contexts`.

Each cut is the best-ranked boundary that leaves neither side too small, and of those the one nearest to equal parts.
Parts are counted by the tokenizer itself at the end, since the pieces of a text need not add up to the whole.
Cost: tokenizes the text twice; linear in its boundaries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipeline.pack.boundaries import Boundary

CountTokens = Callable[[Sequence[str]], list[int]]

_SMALLEST_SHARE = 0.5
"""A part has at least this share of an equal part, where the boundaries allow it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of a document."""

    start: int
    end: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Unsplittable:
    """The first piece that is too long by itself: a sentence, a turn, or a line of code."""

    start: int
    num_tokens: int


def split_text(
    text: str, *, boundaries: Sequence[Boundary], max_tokens: int, count_tokens: CountTokens
) -> list[Part] | Unsplittable:
    """Parts that concatenate to the text, each of at most `max_tokens`; one part where the text fits as it is.

    Args:
        text: the document.
        boundaries: where it may be cut, ascending.
        max_tokens: of a part.
        count_tokens: the student's tokenizer.
    """
    offsets = [0, *(boundary.offset for boundary in boundaries), len(text)]
    ranks = [0, *(boundary.rank for boundary in boundaries)]
    sizes = count_tokens([text[start:end] for start, end in pairwise(offsets)])
    aim = max_tokens
    while True:
        too_long = next((index for index, size in enumerate(sizes) if size > aim), None)
        if too_long is not None:
            return Unsplittable(start=offsets[too_long], num_tokens=sizes[too_long])
        starts = [offsets[index] for index in _first_pieces(sizes, ranks, aim)]
        spans = list(pairwise([*starts, len(text)]))
        counts = count_tokens([text[start:end] for start, end in spans])
        excess = max(counts) - max_tokens
        if excess <= 0:
            return [
                Part(start=start, end=end, num_tokens=count) for (start, end), count in zip(spans, counts, strict=True)
            ]
        aim -= excess


def _first_pieces(sizes: Sequence[int], ranks: Sequence[int], max_tokens: int) -> list[int]:
    """Indices of the pieces that begin a part; no piece is longer than `max_tokens`."""
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
