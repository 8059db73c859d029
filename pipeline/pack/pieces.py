"""What is packed: pieces of rows, after the rule for rows that are too long.

In: lengths in tokens. Out: `Pieces`, flat columns that `pack.packing` lays into packs, and what was left out. Used by
the plan of a build and by the trainer. A conversation is a piece as a whole; only `document_pieces` knows how to cut.
Pure; numpy over all rows, Python over those that are cut.

Shapes: R rows, N pieces.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.config.packing import ConversationOverflow, DocumentOverflow

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Rows, or parts of rows, to be laid into packs."""

    rows_N: Numbers
    """Number of the row a piece is of."""
    offsets_N: Numbers
    """First token of the row that the piece holds."""
    lengths_N: Numbers
    """Tokens of the piece, at least 1."""
    classes_N: Numbers
    """Pieces of different classes never share a pack."""

    @property
    def num_tokens(self) -> int:
        """Of all pieces."""
        return int(self.lengths_N.sum())


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """What is in no pack, and what was cut."""

    dropped_rows: Numbers
    """Rows that no pack holds."""
    dropped_tokens: int
    num_split: int
    """Rows that were cut into parts."""
    num_hard_cuts: int
    """Cuts inside a section, where a section alone is longer than a pack."""


def conversation_edges(edges: Sequence[int], overflow: ConversationOverflow) -> tuple[int, ...]:
    """Pack lengths the rule uses: all of them, or the first alone."""
    return tuple(edges) if overflow is ConversationOverflow.NEXT_BUCKET else (edges[0],)


def document_edges(edges: Sequence[int], overflow: DocumentOverflow) -> tuple[int, ...]:
    """Pack lengths the rule uses: all of them, or the first alone."""
    return tuple(edges) if overflow is DocumentOverflow.NEXT_BUCKET else (edges[0],)


def conversation_pieces(
    lengths_R: Numbers, *, first_row: int, classes_R: Numbers, max_tokens: int
) -> tuple[Pieces, LeftOut]:
    """A piece for every conversation that fits; the longer ones are left out whole.

    Args:
        lengths_R: tokens of each conversation.
        first_row: number of the first of them.
        classes_R: rows of different classes never share a pack, such as `RopeScaling.regime` of their lengths.
        max_tokens: longest pack there is, the last of `conversation_edges`.
    """
    fits_R = lengths_R <= max_tokens
    rows = np.flatnonzero(fits_R)
    pieces = Pieces(first_row + rows, np.zeros(rows.size, dtype=np.int64), lengths_R[rows], classes_R[rows])
    return pieces, _left_out(lengths_R, ~fits_R, first_row)


def document_pieces(
    lengths_R: Numbers,
    *,
    first_row: int,
    repeats_R: Numbers,
    max_tokens: int,
    overflow: DocumentOverflow,
    section_starts: Callable[[int], Sequence[int]],
) -> tuple[Pieces, LeftOut]:
    """Pieces for every document, as often as it is repeated; copy k is of class k, so no pack holds a document twice.

    Args:
        lengths_R: tokens of each document, its end-of-text token included.
        first_row: number of the first of them.
        repeats_R: how often each is trained, at least 1.
        max_tokens: longest pack there is, the last of `document_edges`.
        overflow: what happens to a longer document.
        section_starts: token offsets, ascending, at which a row may be cut; asked for documents that are.
    """
    over_R = lengths_R > max_tokens
    dropped_R = over_R & (overflow is not DocumentOverflow.SPLIT_AT_SECTION)
    whole = np.flatnonzero(~over_R)
    rows, offsets, lengths = [whole + first_row], [np.zeros(whole.size, dtype=np.int64)], [lengths_R[whole]]
    num_hard_cuts = 0
    to_split = np.flatnonzero(over_R & ~dropped_R)
    for row in to_split.tolist():
        starts, hard_cuts = part_starts(
            int(lengths_R[row]), section_starts=section_starts(first_row + row), max_tokens=max_tokens
        )
        bounds = np.asarray([*starts, lengths_R[row]], dtype=np.int64)
        rows.append(np.full(len(starts), first_row + row, dtype=np.int64))
        offsets.append(bounds[:-1])
        lengths.append(np.diff(bounds))
        num_hard_cuts += hard_cuts
    once = (np.concatenate(rows), np.concatenate(offsets), np.concatenate(lengths))
    order = np.lexsort((once[1], once[0]))
    repeats_N = repeats_R[once[0][order] - first_row]
    copied = np.repeat(order, repeats_N)
    copies = np.arange(copied.size) - np.repeat(np.cumsum(repeats_N) - repeats_N, repeats_N)
    pieces = Pieces(once[0][copied], once[1][copied], once[2][copied], copies)
    left_out = _left_out(lengths_R, dropped_R, first_row)
    return pieces, LeftOut(left_out.dropped_rows, left_out.dropped_tokens, int(to_split.size), num_hard_cuts)


def part_starts(num_tokens: int, *, section_starts: Sequence[int], max_tokens: int) -> tuple[list[int], int]:
    """Where the parts of a document that is too long begin, and how many of the cuts are inside a section.

    Each part ends at the last section start it can reach; where a section alone is longer, the part is full.
    """
    starts, hard_cuts = [0], 0
    while num_tokens - starts[-1] > max_tokens:
        reach = starts[-1] + max_tokens
        section = section_starts[at - 1] if (at := bisect_right(section_starts, reach)) else 0
        if section <= starts[-1]:
            section, hard_cuts = reach, hard_cuts + 1
        starts.append(section)
    return starts, hard_cuts


def _left_out(lengths_R: Numbers, dropped_R: npt.NDArray[np.bool_], first_row: int) -> LeftOut:
    return LeftOut(first_row + np.flatnonzero(dropped_R), int(lengths_R[dropped_R].sum()), 0, 0)
