"""Lay pieces into packs by best-fit decreasing, all at once or window by window. Pure and deterministic.

Takes `Pieces`; returns `Packs`, flat columns that name what each pack holds. Only lengths are read: no token is
gathered before the plan is made. Used by the plan of a build (`stages.packs`), the trainer and `benchmarks.packing`.

A piece goes into the pack with the least room that still holds it. If no pack holds it, a new pack of the smallest edge
that holds it is opened. So with edges 8k … 128k one run fills all buckets, and small pieces fill the rest of a large
pack. Open packs are indexed by their room in a bitmap of two levels: finding the next room ≥ n takes two shifts and a
bit count, for any number of packs (van Emde Boas' idea with a fan-out of 512). Pieces of equal length are placed as one
run. Cost: O(N log N) for sorting and O(1) per placement, about 1 µs; 100 bytes per piece.

Johnson (1973): best-fit decreasing needs at most 11/9 of the least possible number of packs, plus one.

Shapes: N pieces, P packs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.pack.pieces import Numbers, Pieces

_SHIFT = 9
_WORD_BITS = 1 << _SHIFT
_LOW_BITS = _WORD_BITS - 1


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """Packs one after the other: pack p holds the pieces from `starts[p]` to `starts[p + 1]`."""

    capacities_P: Numbers
    """Tokens each pack can hold."""
    starts: Numbers
    """P + 1 offsets into the pieces."""
    rows_N: Numbers
    offsets_N: Numbers
    lengths_N: Numbers
    """The columns of `Pieces`; within a pack, pieces are ordered by row and offset."""

    def __len__(self) -> int:
        return int(self.capacities_P.size)

    @property
    def tokens(self) -> Numbers:
        """Number of tokens in each pack, [P]."""
        return np.add.reduceat(self.lengths_N, self.starts[:-1]) if len(self) else self.capacities_P

    @property
    def costs(self) -> Numbers:
        """Σ length² of each pack, [P]: the cost of attention over its documents."""
        return np.add.reduceat(self.lengths_N**2, self.starts[:-1]) if len(self) else self.capacities_P

    @property
    def utilisation(self) -> float:
        """Tokens ÷ Σ capacity; 1 without packs."""
        return float(self.lengths_N.sum() / self.capacities_P.sum()) if len(self) else 1.0


def pack_pieces(pieces: Pieces, *, edges: Sequence[int]) -> Packs:
    """Return the packs of all pieces at once.

    Args:
        pieces: pieces that are not longer than the last edge.
        edges: lengths of packs in tokens, ascending.

    Raises:
        ValueError: A piece is empty or longer than the last edge.
    """
    (packs,) = pack_windows([pieces], edges=edges, max_open_packs=0)
    return packs


def pack_windows(windows: Iterable[Pieces], *, edges: Sequence[int], max_open_packs: int) -> Iterator[Packs]:
    """Yield the packs of a stream, one block per window; a single window gives the packs of `pack_pieces`.

    The packs with the most room stay open for the next window; the others are yielded. A pack may hold rows of earlier
    windows. Memory: one window and the open packs.

    Args:
        windows: pieces, window by window; row numbers ascend from one window to the next.
        edges: lengths of packs in tokens, ascending.
        max_open_packs: packs that stay open from one window to the next.

    Raises:
        ValueError: A piece is empty or longer than the last edge.
    """
    open_packs: dict[int, _OpenPacks] = {}
    capacities: list[int] = []
    held = _Placed(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    pending = iter(windows)
    window = next(pending, None)
    while window is not None:
        _require_fitting(window, edges)
        held = _joined(held, _place_window(window, open_packs, capacities, edges))
        window = next(pending, None)
        kept = _roomiest(open_packs, max_open_packs) if window is not None else []
        capacities_P = np.asarray(capacities, dtype=np.int64)
        number_P = np.full(capacities_P.size, -1, dtype=np.int64)
        number_P[[opened.pack for opened in kept]] = np.arange(len(kept))
        is_kept_N = number_P[held.packs_N] >= 0
        yield _as_packs(_chosen(held, ~is_kept_N), capacities_P)
        held = _chosen(held, is_kept_N)
        held = _Placed(number_P[held.packs_N], held.rows_N, held.offsets_N, held.lengths_N)
        capacities = [capacities[opened.pack] for opened in kept]
        open_packs = {}
        for number, opened in enumerate(kept):
            open_packs.setdefault(opened.piece_class, _OpenPacks(edges)).put(opened.room, number)


def mixes_classes(classes_N: Numbers, starts: Numbers) -> bool:
    """Return whether any pack holds pieces of different classes.

    Args:
        classes_N: the class of each piece, pack after pack.
        starts: P + 1 offsets into the pieces.
    """
    firsts_N = np.repeat(classes_N[starts[:-1]], np.diff(starts))
    return not np.array_equal(classes_N, firsts_N)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Pieces with the number of their pack."""

    packs_N: Numbers
    rows_N: Numbers
    offsets_N: Numbers
    lengths_N: Numbers


@dataclass(frozen=True, slots=True)
class _Opened:
    """A pack with room."""

    piece_class: int
    room: int
    pack: int


class _OpenPacks:
    """Packs of one class, indexed by the room they have in a bitmap of two levels."""

    __slots__ = ("_edges", "_packs_with_room", "_summary", "_words")

    def __init__(self, edges: Sequence[int]) -> None:
        self._edges = edges
        self._words = [0] * ((edges[-1] >> _SHIFT) + 1)
        self._summary = 0
        self._packs_with_room: dict[int, list[int]] = {}

    def put(self, room: int, pack: int) -> None:
        """Add a pack with room."""
        self._packs_with_room.setdefault(room, []).append(pack)
        self._words[room >> _SHIFT] |= 1 << (room & _LOW_BITS)
        self._summary |= 1 << (room >> _SHIFT)

    def rooms(self) -> Iterator[tuple[int, int]]:
        """Yield the room and the number of every pack with room."""
        for room, packs in self._packs_with_room.items():
            for pack in packs:
                yield room, pack

    def place(self, runs: Iterable[tuple[int, int]], capacities: list[int]) -> tuple[list[int], list[int]]:
        """Place runs of equal lengths, longest first; opens packs at the end of `capacities`.

        A pack that took a piece and still has room for another of the same length is again the best fit. So it takes as
        many pieces of the run as fit.

        Args:
            runs: length and number of pieces, lengths descending.
            capacities: capacities of all packs so far; new packs are appended.

        Returns:
            Pack and number of pieces of every placement, in the order of the runs.
        """
        # One function with local names, since this loop is the whole cost of packing.
        edges, words, summary, packs_with_room = self._edges, self._words, self._summary, self._packs_with_room
        packs: list[int] = []
        placed: list[int] = []
        for length, count in runs:
            while count:
                word = length >> _SHIFT
                bits = words[word] >> (length & _LOW_BITS)
                if bits:
                    room = length + (bits & -bits).bit_length() - 1
                elif bits := summary >> (word + 1):
                    word += (bits & -bits).bit_length()
                    bits = words[word]
                    room = (word << _SHIFT) + (bits & -bits).bit_length() - 1
                else:
                    room = 0
                if room:
                    stack = packs_with_room[room]
                    pack = stack.pop()
                    if not stack:
                        del packs_with_room[room]
                        words[word] ^= 1 << (room & _LOW_BITS)
                        if not words[word]:
                            summary ^= 1 << word
                else:
                    room = edges[bisect_left(edges, length)]
                    pack = len(capacities)
                    capacities.append(room)
                taken = min(count, room // length)
                count -= taken
                room -= taken * length
                packs.append(pack)
                placed.append(taken)
                if room:
                    if room in packs_with_room:
                        packs_with_room[room].append(pack)
                    else:
                        packs_with_room[room] = [pack]
                        word = room >> _SHIFT
                        words[word] |= 1 << (room & _LOW_BITS)
                        summary |= 1 << word
        self._summary = summary
        return packs, placed


def _place_window(
    pieces: Pieces, open_packs: dict[int, _OpenPacks], capacities: list[int], edges: Sequence[int]
) -> _Placed:
    """Place every piece of a window; changes `open_packs` and `capacities`, which are the state of the stream."""
    order = np.lexsort((-pieces.lengths_N, pieces.classes_N))
    lengths_N, classes_N = pieces.lengths_N[order], pieces.classes_N[order]
    is_first_N = np.ones(order.size, dtype=np.bool_)
    is_first_N[1:] = (lengths_N[1:] != lengths_N[:-1]) | (classes_N[1:] != classes_N[:-1])
    firsts = np.flatnonzero(is_first_N)
    counts = np.diff(firsts, append=order.size)
    class_starts = np.flatnonzero(np.diff(classes_N[firsts], prepend=classes_N[:1] - 1))
    packs: list[int] = []
    placed: list[int] = []
    for begin, end in pairwise([*class_starts.tolist(), firsts.size]):
        of_class = open_packs.setdefault(int(classes_N[firsts[begin]]), _OpenPacks(edges))
        runs = zip(lengths_N[firsts[begin:end]].tolist(), counts[begin:end].tolist(), strict=True)
        chosen, numbers = of_class.place(runs, capacities)
        packs += chosen
        placed += numbers
    packs_N = np.repeat(np.asarray(packs, dtype=np.int64), np.asarray(placed, dtype=np.int64))
    return _Placed(packs_N, pieces.rows_N[order], pieces.offsets_N[order], lengths_N)


def _roomiest(open_packs: Mapping[int, _OpenPacks], max_open_packs: int) -> list[_Opened]:
    """Return the packs with the most room, in the order they were opened."""
    opened = [_Opened(key, room, pack) for key, packs in open_packs.items() for room, pack in packs.rooms()]
    opened.sort(key=lambda each: (-each.room, each.pack))
    return sorted(opened[:max_open_packs], key=lambda each: each.pack)


def _joined(one: _Placed, other: _Placed) -> _Placed:
    return _Placed(
        np.concatenate([one.packs_N, other.packs_N]),
        np.concatenate([one.rows_N, other.rows_N]),
        np.concatenate([one.offsets_N, other.offsets_N]),
        np.concatenate([one.lengths_N, other.lengths_N]),
    )


def _chosen(placed: _Placed, at: npt.NDArray[np.bool_]) -> _Placed:
    return _Placed(placed.packs_N[at], placed.rows_N[at], placed.offsets_N[at], placed.lengths_N[at])


def _as_packs(placed: _Placed, capacities_P: Numbers) -> Packs:
    order = np.lexsort((placed.offsets_N, placed.rows_N, placed.packs_N))
    packs_N = placed.packs_N[order]
    starts = np.flatnonzero(np.diff(packs_N, prepend=-1))
    return Packs(
        capacities_P=capacities_P[packs_N[starts]],
        starts=np.append(starts, packs_N.size),
        rows_N=placed.rows_N[order],
        offsets_N=placed.offsets_N[order],
        lengths_N=placed.lengths_N[order],
    )


def _require_fitting(pieces: Pieces, edges: Sequence[int]) -> None:
    misfits = np.flatnonzero((pieces.lengths_N < 1) | (pieces.lengths_N > edges[-1]))
    if misfits.size:
        at = int(misfits[0])
        raise ValueError(
            f"row {pieces.rows_N[at]} has a piece of {pieces.lengths_N[at]} tokens, "
            f"which is not within 1 to {edges[-1]}"
        )
