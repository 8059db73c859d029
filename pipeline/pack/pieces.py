"""Turns rows into pieces that can be packed: repeats them, and cuts or drops those that are too long.

Takes the lengths of rows in tokens; returns `Pieces`, which `pack.packing` places into packs, and what was left out. A
conversation is always one piece; only documents are cut. Used by `stages.packs` and the trainer. Cost: a few numpy
operations over all rows, and a Python loop over the rows that are cut.

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
    """Rows, or parts of rows, that will be placed into packs."""

    rows_N: Numbers
    """Row number of each piece."""
    offsets_N: Numbers
    """Index of the piece's first token in its row."""
    lengths_N: Numbers
    """Number of tokens in each piece, at least 1."""
    classes_N: Numbers
    """Class of each piece. Pieces of different classes never share a pack."""

    @property
    def num_tokens(self) -> int:
        """Total number of tokens in all pieces."""
        return int(self.lengths_N.sum())


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """The rows that were dropped, and how many rows were cut."""

    dropped_rows: Numbers
    """Numbers of the rows that are in no pack."""
    dropped_tokens: int
    """Total number of tokens in these rows."""
    num_split: int
    """Number of rows that were cut into parts."""
    num_hard_cuts: int
    """Number of cuts inside a section, made because the section is longer than a pack."""


def conversation_edges(edges: Sequence[int], overflow: ConversationOverflow) -> tuple[int, ...]:
    """Return the pack sizes used for conversations: all of them for `NEXT_BUCKET`, otherwise only the first."""
    return tuple(edges) if overflow is ConversationOverflow.NEXT_BUCKET else (edges[0],)


def document_edges(edges: Sequence[int], overflow: DocumentOverflow) -> tuple[int, ...]:
    """Return the pack sizes used for documents: all of them for `NEXT_BUCKET`, otherwise only the first."""
    return tuple(edges) if overflow is DocumentOverflow.NEXT_BUCKET else (edges[0],)


def conversation_pieces(
    lengths_R: Numbers, *, first_row: int, classes_R: Numbers, max_tokens: int
) -> tuple[Pieces, LeftOut]:
    """Return one piece for every conversation that fits into a pack; longer conversations are dropped.

    Args:
        lengths_R: number of tokens of each conversation.
        first_row: row number of the first conversation.
        classes_R: class of each row, such as `RopeScaling.regime` of its length; a pack never mixes classes.
        max_tokens: size of the largest pack, the last of `conversation_edges`.
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
    """Return the pieces of every document that is not dropped, repeated as often as the document is trained.

    The k-th repetition has class k, so a pack never holds the same piece twice.

    Args:
        lengths_R: number of tokens of each document, including its end-of-text token.
        first_row: row number of the first document.
        repeats_R: how often each document is trained, at least 1.
        max_tokens: size of the largest pack, the last of `document_edges`.
        overflow: what happens to a longer document.
        section_starts: returns the ascending token offsets at which the row with a given number may be cut; called only
            for rows that must be cut.
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
    piece_rows, piece_offsets, piece_lengths = np.concatenate(rows), np.concatenate(offsets), np.concatenate(lengths)
    order = np.lexsort((piece_offsets, piece_rows))
    repeats_N = repeats_R[piece_rows[order] - first_row]
    repeated = np.repeat(order, repeats_N)
    repetitions = np.arange(repeated.size) - np.repeat(np.cumsum(repeats_N) - repeats_N, repeats_N)
    pieces = Pieces(piece_rows[repeated], piece_offsets[repeated], piece_lengths[repeated], repetitions)
    left_out = _left_out(lengths_R, dropped_R, first_row)
    return pieces, LeftOut(left_out.dropped_rows, left_out.dropped_tokens, int(to_split.size), num_hard_cuts)


def part_starts(num_tokens: int, *, section_starts: Sequence[int], max_tokens: int) -> tuple[list[int], int]:
    """Return the token offsets at which the parts of a long document begin, and the number of cuts inside a section.

    Each part ends at the last section start within `max_tokens`. If there is none, the part has `max_tokens` tokens.
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
