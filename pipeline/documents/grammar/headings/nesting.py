"""How headings nest: from ranks to parents, levels and ends.

Takes the starts and ranks of headings in order; returns a place for each. Used by the headings of manuals and by those
of all other domains. Pure. One pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.nodes import ROOT


class Nesting(NamedTuple):
    """The place of one heading among the others."""

    parent: int
    """Index of the heading that contains it; `ROOT` if none does."""
    level: int
    """Depth from 1, without gaps."""
    end: int
    """Where the text below it ends: at the next heading of its level or a higher one."""


def nest(starts: Sequence[int], ranks: Sequence[int], *, length: int) -> list[Nesting]:
    """Nest headings: each is one level below the nearest earlier heading of a higher rank.

    Args:
        starts: Offset of each heading, ascending.
        ranks: Rank of each heading; the smaller, the higher.
        length: Length of the text, where the last headings end.
    """
    open_headings: list[int] = []
    places: list[tuple[int, int]] = []
    ends = [length] * len(starts)
    for index, rank in enumerate(ranks):
        while open_headings and ranks[open_headings[-1]] >= rank:
            ends[open_headings.pop()] = starts[index]
        places.append((open_headings[-1] if open_headings else ROOT, len(open_headings) + 1))
        open_headings.append(index)
    return [Nesting(parent, level, end) for (parent, level), end in zip(places, ends, strict=True)]
