"""Rows into packs of at most `max_tokens`, and the order packs are trained in. Pure and deterministic.

In: lengths in tokens. Out: tuples of row indices. Used by the trainer; O(n log n) time, a few bytes a row.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence

from pipeline.identity import seeded_random


def pack_best_fit(
    lengths: Sequence[int], *, max_tokens: int, regime_of: Callable[[int], int]
) -> tuple[tuple[int, ...], ...]:
    """Best-fit decreasing: longest row first, each into the fullest pack that still has room for it.

    Equal lengths go by index, so the same lengths give the same packs. Johnson (1973): at most 11/9 of the least
    possible number of packs, plus one.

    Args:
        lengths: tokens of each row, each from 1 to `max_tokens`.
        max_tokens: room of a pack.
        regime_of: rows share a pack only where this gives the same number for their lengths (`RopeScaling.regime`).

    Returns:
        Packs in the order they were opened; indices within a pack ascend. Every index stands in exactly one pack.
    """
    packs: list[list[int]] = []
    room: dict[int, list[tuple[int, int]]] = {}
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        length = lengths[index]
        if not 1 <= length <= max_tokens:
            raise ValueError(f"row {index} has {length} tokens, which is not within 1 to {max_tokens}")
        open_packs = room.setdefault(regime_of(length), [])
        position = bisect_left(open_packs, (length, -1))
        if position < len(open_packs):
            left, pack = open_packs.pop(position)
        else:
            left, pack = max_tokens, len(packs)
            packs.append([])
        packs[pack].append(index)
        insort(open_packs, (left - length, pack))
    return tuple(tuple(sorted(pack)) for pack in packs)


def training_steps(
    num_packs: int, *, epochs: int, packs_per_step: int, max_steps: int | None, seed: int
) -> tuple[tuple[int, ...], ...]:
    """Pack indices of every optimizer step, first to last; each epoch is a shuffle of its own, from seed and epoch.

    A step never mixes epochs, so the last step of an epoch may be smaller. Resuming at step k is a slice.
    """
    steps: list[tuple[int, ...]] = []
    for epoch in range(epochs):
        order = list(range(num_packs))
        seeded_random(seed, "packs", epoch).shuffle(order)
        steps += [tuple(order[at : at + packs_per_step]) for at in range(0, num_packs, packs_per_step)]
        if max_steps is not None and len(steps) >= max_steps:
            return tuple(steps[:max_steps])
    return tuple(steps)
