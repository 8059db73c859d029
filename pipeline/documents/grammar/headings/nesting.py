"""Nests headings: finds the parent, level and end of each heading.

Takes the starts and ranks of headings in order; returns a `Nesting` for each. Used for the headings of all domains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.nodes import ROOT


class Nesting(NamedTuple):
    """The position of one heading in the hierarchy."""

    parent: int
    """Index of the heading that contains this heading; `ROOT` if none does."""
    level: int
    """Depth, counted from 1 without gaps."""
    end: int
    """Offset of the next heading of the same or a higher level; the length of the text if there is none."""


def nest(starts: Sequence[int], ranks: Sequence[int], *, length: int) -> list[Nesting]:
    """Nest headings: each is one level below the nearest earlier heading of a higher rank.

    Args:
        starts: Offset of each heading, in ascending order.
        ranks: Rank of each heading; a smaller number is a higher rank.
        length: Length of the text.
    """
    open_headings: list[int] = []
    parents_and_levels: list[tuple[int, int]] = []
    ends = [length] * len(starts)
    for index, rank in enumerate(ranks):
        while open_headings and ranks[open_headings[-1]] >= rank:
            ends[open_headings.pop()] = starts[index]
        parents_and_levels.append((open_headings[-1] if open_headings else ROOT, len(open_headings) + 1))
        open_headings.append(index)
    return [Nesting(parent, level, end) for (parent, level), end in zip(parents_and_levels, ends, strict=True)]
