"""Cut rows into the pieces that are packed, and apply the rule for rows that are too long.

Takes lengths in tokens; returns `Pieces`, flat columns that `pack.packing` lays into packs, and what was left out. Used
by the plan of a build and by the trainer. A conversation is always one piece; only `document_pieces` cuts rows. Pure;
numpy over all rows, Python over the rows that are cut.

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
    """Row number of each piece."""
    offsets_N: Numbers
    """First token of the row that the piece holds."""
    lengths_N: Numbers
    """Tokens of the piece, at least 1."""
    classes_N: Numbers
    """Pieces of different classes never share a pack."""

    @property
    def num_tokens(self) -> int:
        """Tokens of all pieces."""
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
    """Cuts inside a section, because the section alone is longer than a pack."""


def conversation_edges(edges: Sequence[int], overflow: ConversationOverflow) -> tuple[int, ...]:
    """Return the pack lengths that the rule uses: all of them, or only the first."""
    return tuple(edges) if overflow is ConversationOverflow.NEXT_BUCKET else (edges[0],)


def document_edges(edges: Sequence[int], overflow: DocumentOverflow) -> tuple[int, ...]:
    """Return the pack lengths that the rule uses: all of them, or only the first."""
    return tuple(edges) if overflow is DocumentOverflow.NEXT_BUCKET else (edges[0],)


def conversation_pieces(
    lengths_R: Numbers, *, first_row: int, classes_R: Numbers, max_tokens: int
) -> tuple[Pieces, LeftOut]:
    """Return one piece for every conversation that fits; longer conversations are left out whole.

    Args:
        lengths_R: tokens of each conversation.
        first_row: row number of the first conversation.
        classes_R: class of each row, such as `RopeScaling.regime` of its length; a pack never mixes classes.
        max_tokens: length of the longest pack, the last of `conversation_edges`.
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
    """Return the pieces of every document, repeated; copy k has class k, so no pack holds a document twice.

    Args:
        lengths_R: tokens of each document, its end-of-text token included.
        first_row: row number of the first document.
        repeats_R: how often each document is trained, at least 1.
        max_tokens: length of the longest pack, the last of `document_edges`.
        overflow: what happens to a longer document.
        section_starts: returns the token offsets, ascending, at which a row may be cut; called only for rows to cut.
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
    """Return where the parts of a document that is too long begin, and how many cuts are inside a section.

    Each part ends at the last section start it can reach. If a section alone is longer, the part is filled.
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
