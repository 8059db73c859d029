"""Places pieces into packs by best-fit decreasing, all at once or window by window. Deterministic.

A *piece* is a row, or a part of a row, that must stay together in one pack. A *window* is a batch of pieces from a
stream. Takes `Pieces`; returns `Packs`: arrays that list the pieces of each pack. Only lengths are needed, no tokens.
Used by `stages.packs`, the trainer and `benchmarks.packing`.

The longest piece comes first. A piece goes into the pack with the least free room that is enough. If no pack has enough
room, a new pack is opened with the smallest size (*edge*) that is enough. So with edges from 8k to 128k, one run fills
packs of all sizes, and small pieces fill the free room of large packs. Open packs are indexed by their free room in a
bitmap of two levels. Finding the next room ≥ n takes two shifts and a bit count for any number of packs (the idea of
van Emde Boas trees, with a fan-out of 512). Pieces of equal length are placed together.

Cost: O(N log N) for sorting and O(1) per placement, about 1 µs; 125 bytes per piece. Best-fit decreasing needs at most
11/9 of the smallest possible number of packs, plus a constant (Johnson 1973).

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
    """Packs and their pieces: pack p holds the pieces from `starts[p]` to `starts[p + 1]`."""

    capacities_P: Numbers
    """The number of tokens that each pack can hold."""
    starts: Numbers
    """P + 1 offsets into the pieces."""
    rows_N: Numbers
    offsets_N: Numbers
    lengths_N: Numbers
    """These three columns are as in `Pieces`. Within a pack, pieces are ordered by row and offset."""

    def __len__(self) -> int:
        return int(self.capacities_P.size)

    @property
    def tokens(self) -> Numbers:
        """Number of tokens in each pack, shape [P]."""
        return np.add.reduceat(self.lengths_N, self.starts[:-1]) if len(self) else self.capacities_P

    @property
    def costs(self) -> Numbers:
        """Σ length² of the pieces in each pack, shape [P]: proportional to the cost of attention within the pieces."""
        return np.add.reduceat(self.lengths_N**2, self.starts[:-1]) if len(self) else self.capacities_P

    @property
    def utilisation(self) -> float:
        """Tokens ÷ capacity of all packs; 1 if there are no packs."""
        return float(self.lengths_N.sum() / self.capacities_P.sum()) if len(self) else 1.0


def pack_pieces(pieces: Pieces, *, edges: Sequence[int]) -> Packs:
    """Place all pieces at once.

    Args:
        pieces: the pieces; none may be longer than the last edge.
        edges: possible pack sizes in tokens, ascending.

    Raises:
        ValueError: A piece is empty or longer than the last edge.
    """
    (packs,) = pack_windows([pieces], edges=edges, max_open_packs=0)
    return packs


def pack_windows(windows: Iterable[Pieces], *, edges: Sequence[int], max_open_packs: int) -> Iterator[Packs]:
    """Place the pieces of a stream, and yield the packs that are finished after each window.

    The packs with the most free room stay open for the next window, so a pack can hold rows of several windows. A
    single window gives the same packs as `pack_pieces`. Memory: one window and the open packs.

    Args:
        windows: the pieces, window by window; row numbers ascend from one window to the next.
        edges: possible pack sizes in tokens, ascending.
        max_open_packs: maximum number of packs that stay open from one window to the next.

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
        classes_N: the class of each piece, in the order of `Packs`.
        starts: P + 1 offsets into the pieces.
    """
    firsts_N = np.repeat(classes_N[starts[:-1]], np.diff(starts))
    return not np.array_equal(classes_N, firsts_N)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Pieces, each with the number of its pack."""

    packs_N: Numbers
    rows_N: Numbers
    offsets_N: Numbers
    lengths_N: Numbers


@dataclass(frozen=True, slots=True)
class _Opened:
    """A pack with free room."""

    piece_class: int
    room: int
    pack: int


class _OpenPacks:
    """The packs of one class that have free room, indexed by their room in a bitmap of two levels."""

    __slots__ = ("_edges", "_packs_with_room", "_summary", "_words")

    def __init__(self, edges: Sequence[int]) -> None:
        self._edges = edges
        self._words = [0] * ((edges[-1] >> _SHIFT) + 1)
        self._summary = 0
        self._packs_with_room: dict[int, list[int]] = {}

    def put(self, room: int, pack: int) -> None:
        """Add a pack with free room."""
        self._packs_with_room.setdefault(room, []).append(pack)
        self._words[room >> _SHIFT] |= 1 << (room & _LOW_BITS)
        self._summary |= 1 << (room >> _SHIFT)

    def rooms(self) -> Iterator[tuple[int, int]]:
        """Yield the free room and the number of every pack."""
        for room, packs in self._packs_with_room.items():
            for pack in packs:
                yield room, pack

    def place(self, runs: Iterable[tuple[int, int]], capacities: list[int]) -> tuple[list[int], list[int]]:
        """Place runs of pieces of equal length, the longest first.

        If a pack still has room for a further piece of the same length, it is again the best fit. So it gets as many
        pieces of the run as possible in one placement.

        Args:
            runs: length and number of the pieces in each run, by descending length.
            capacities: capacities of all packs so far; the capacities of new packs are appended.

        Returns:
            Two lists with an entry for each placement, in the order of the runs: the pack, and the number of pieces.
        """
        # This is one function with local names because nearly all of the packing time is spent in this loop.
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
    """Place every piece of a window. Changes `open_packs` and `capacities`, which are the state of the stream."""
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
    """Return the packs with the most free room, in the order in which they were opened."""
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
