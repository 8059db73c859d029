"""Divides items into ranges of hashed keys that fit into one process and depend on the data only.

An item's *place* is a number of 60 bits: 30 bits of the hash of its key, then 30 bits of the hash of its member. Items
of one key are neighbours, and a range is an interval of places. Ranges are cut from counts of places, so that all have
about the same number of items. Only a key with more than an eighth of that number may be cut (a *hot key*). The same
items give the same ranges, however they are stored or distributed. Used by `stages.selection_steps` and
`stages.placement`. Memory: a million counts, 8 MB, for each of up to three levels. Cost: one look at all places, and
one or two more at those of hot keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.identity import stable_hash64
from pipeline.io.parts import num_rows
from pipeline.io.sorted_parts import read_integers

Counts = npt.NDArray[np.int64]
CountCells = Callable[[int, int], Counts]
"""Takes the first place of an interval and the width of a cell, a power of two. Returns how many items each of the
`NUM_CELLS` cells from there on has."""

_HALF_BITS = 30
_GROUP_BITS = 10
_LEVEL_BITS = 20
NUM_CELLS = 1 << _LEVEL_BITS
_KEY_PLACES = 1 << _HALF_BITS
"""How many places a key has."""
_PLACES = 1 << (2 * _HALF_BITS)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """An interval of places; a row of a file with ranges."""

    first: int
    last: int
    """The last place, inclusive."""
    num_items: int

    def may_share_key(self, place: int) -> bool:
        """Return whether another range may have items with the key of a place in this range."""
        key = place >> _HALF_BITS
        cuts_first = self.first % _KEY_PLACES != 0 and key == self.first >> _HALF_BITS
        cuts_last = (self.last + 1) % _KEY_PLACES != 0 and key == self.last >> _HALF_BITS
        return cuts_first or cuts_last


def place_of(key: str, member: str) -> int:
    """Return the place of an item.

    Args:
        key: items with the same key stay together, if they are not too many.
        member: distinguishes the items, or the groups of items, of one key.
    """
    shift = 64 - _HALF_BITS
    return (stable_hash64("key", key) >> shift) << _HALF_BITS | stable_hash64("member", member) >> shift


def grouped_place(group: str, key: str, member: str) -> int:
    """Return the place of an item of a group; the items of a group are neighbours, and within it those of a key.

    So a group with few items is in one range or two, while a large one is divided by its keys.
    """
    own = stable_hash64("group", group) >> (64 - _GROUP_BITS) << (_HALF_BITS - _GROUP_BITS)
    of_key = stable_hash64("key", key) >> (64 - _HALF_BITS + _GROUP_BITS)
    return (own | of_key) << _HALF_BITS | stable_hash64("member", member) >> (64 - _HALF_BITS)


def num_ranges(num_items: int, *, most_items: int) -> int:
    """Return the largest number of ranges that `cut_ranges` may return, at least 1."""
    return max(1, -(-num_items // most_items))


def cut_ranges(count_cells: CountCells, *, num_items: int, most_items: int) -> list[KeyRange]:
    """Return the ranges of all places, in order.

    Each has at most 9/8 of `most_items` items, unless more of them have one place.

    Args:
        count_cells: counts the items.
        num_items: the number of all items.
        most_items: about the maximum number of items in a range.
    """
    number = num_ranges(num_items, most_items=most_items)
    ranges: list[KeyRange] = []
    first = before = in_range = 0
    for start, count in _cells(count_cells, 0, _PLACES >> _LEVEL_BITS, max(1, most_items // 8)):
        if in_range and before * number // num_items > len(ranges):
            ranges.append(KeyRange(first, start - 1, in_range))
            first, in_range = start, 0
        before += count
        in_range += count
    return [*ranges, KeyRange(first, _PLACES - 1, in_range)]


def ranges_of_parts(paths: Sequence[str], column: str, *, most_items: int) -> list[KeyRange]:
    """Return the ranges of the items in part files that are sorted by a column of places; reads one file at a time."""

    def count(first: int, width: int) -> Counts:
        counts = np.zeros(NUM_CELLS, dtype=np.int64)
        for places in read_integers(paths, column, first, first + NUM_CELLS * width - 1):
            counts += counted_cells(places, first, width)
        return counts

    return cut_ranges(count, num_items=sum(map(num_rows, paths)), most_items=most_items)


def counted_cells(places: npt.NDArray[np.int64], first: int, width: int) -> Counts:
    """Return how many of some places each of the `NUM_CELLS` cells from `first` on has."""
    cells = (places - first) // width
    return np.bincount(cells[(cells >= 0) & (cells < NUM_CELLS)], minlength=NUM_CELLS)


def _cells(count_cells: CountCells, first: int, width: int, most_in_cell: int) -> Iterator[tuple[int, int]]:
    """Yield the start of each cell that is not empty and how many items it has; cells with too many are divided.

    Keys of a divided cell that have few items stay whole.
    """
    counts = count_cells(first, width)
    if width < _KEY_PLACES < NUM_CELLS * width:
        counts = _with_whole_keys(counts, _KEY_PLACES // width, most_in_cell)
    for cell in np.flatnonzero(counts).tolist():
        start, number = first + cell * width, int(counts[cell])
        if number > most_in_cell and width > 1:
            yield from _cells(count_cells, start, width >> _LEVEL_BITS, most_in_cell)
        else:
            yield start, number


def _with_whole_keys(counts: Counts, cells_of_key: int, most_in_cell: int) -> Counts:
    """Return counts in which a key with at most `most_in_cell` items has all of them in its first cell."""
    by_key = counts.reshape(-1, cells_of_key)
    in_key = by_key.sum(axis=1)
    is_whole = in_key <= most_in_cell
    by_key[is_whole] = 0
    by_key[is_whole, 0] = in_key[is_whole]
    return by_key.reshape(-1)
