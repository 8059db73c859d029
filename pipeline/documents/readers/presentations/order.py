"""Puts the shapes of a slide in reading order.

Programs keep shapes in the order in which they were drawn, which is mostly the order in which they are read. This
order is changed only where a reader would object: a shape comes after the shapes that lie above it in the same column
or to its left in the same row. Cost: quadratic in the shapes, at worst cubic; slides with more than `MAX_SHAPES` shapes
keep their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

MAX_SHAPES = 400
_MIN_SHARED = 0.5
"""Two shapes are in one row, or one column, if they share this part of the height, or width, of the smaller."""


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a shape on its slide."""

    left: int
    top: int
    width: int
    height: int


def reading_order(boxes: Sequence[Box | None]) -> list[int]:
    """Return the indices of boxes in reading order; a box that is None stays before all later ones."""
    if len(boxes) > MAX_SHAPES:
        return list(range(len(boxes)))
    waiting = list(range(len(boxes)))
    before = {
        index: {other for other in waiting if other != index and _comes_first(boxes[other], boxes[index])}
        for index in waiting
    }
    found: list[int] = []
    while waiting:
        chosen = next((index for index in waiting if not before[index]), None)
        if chosen is None:
            chosen = _first_in_a_circle(waiting, before)
        waiting.remove(chosen)
        for others in before.values():
            others.discard(chosen)
        found.append(chosen)
    return found


def _first_in_a_circle(waiting: Sequence[int], before: Mapping[int, Set[int]]) -> int:
    """Return the first shape that waits only for shapes that wait for it too; these keep the order of the file.

    A shape that only waits for a circle of others must not come before them.
    """
    awaited = {index: _awaited(index, before) for index in waiting}
    return next(index for index in waiting if all(index in awaited[other] for other in awaited[index]))


def _awaited(index: int, before: Mapping[int, Set[int]]) -> set[int]:
    """Return all shapes that a shape waits for, directly or not."""
    found: set[int] = set()
    pending = [index]
    while pending:
        new = before[pending.pop()] - found
        found |= new
        pending += new
    return found


def _comes_first(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return False
    if one.top + one.height <= other.top:
        return _shared(one.left, one.width, other.left, other.width)
    return one.left + one.width <= other.left and _shared(one.top, one.height, other.top, other.height)


def _shared(start: int, size: int, other_start: int, other_size: int) -> bool:
    shared = min(start + size, other_start + other_size) - max(start, other_start)
    return shared > 0 and shared >= _MIN_SHARED * min(size, other_size)
