"""One process's slice of a pack.

In: a `PackBatch`. Out: the same with the tokens of one slice, and what else depends on the whole pack. Targets are
those of the whole pack, so the last token of a slice is scored by the first of the next. T tokens of the pack, S of a
slice, N trained positions of the pack, M of them in the slice, F tokens of filling.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from pipeline.train.data.batch import PackBatch
from pipeline.train.rope.in_force import rotary_modules


@dataclass(frozen=True, slots=True)
class PackSlice:
    """Consecutive tokens of a pack. Where it is the whole pack, everything is the batch's own."""

    ids_1S: Tensor
    positions_1S: Tensor
    lengths: tuple[int, ...]
    """Of every document of the pack, the filling behind it among them; P · S tokens."""
    last_position: int
    """The highest of the whole pack."""
    trained_here: slice
    """Which of the pack's N trained positions lie in the slice; they are in order, so it is a stretch of them."""
    predictors_M: Tensor
    """Indices into S of those positions."""
    targets_M: Tensor
    """Their targets."""


def slice_pack(batch: PackBatch, *, number: int, degree: int) -> PackSlice:
    """Cut a pack into equal slices and take one.

    A pack that `degree` does not divide is filled up with a document of its own, which no document sees and nothing is
    trained on; fewer than `degree` tokens.

    Args:
        batch: the pack.
        number: of the slice, from 0.
        degree: how many there are.
    """
    num_tokens = batch.ids_1T.shape[1]
    size = -(-num_tokens // degree)
    fill = size * degree - num_tokens
    first = number * size
    filling_1F = torch.arange(fill, device=batch.ids_1T.device)[None]
    ids_1T = torch.cat([batch.ids_1T, torch.zeros_like(filling_1F)], dim=1)
    positions_1T = torch.cat([batch.positions_1T, filling_1F], dim=1)
    here = _trained_between(batch.predictors_N, first, first + size) if degree > 1 else slice(None)
    return PackSlice(
        ids_1S=ids_1T[:, first : first + size],
        positions_1S=positions_1T[:, first : first + size],
        lengths=(*batch.lengths, *([fill] if fill else [])),
        last_position=max(batch.lengths) - 1,
        trained_here=here,
        predictors_M=batch.predictors_N[here] - first,
        targets_M=batch.targets_N[here],
    )


def _trained_between(predictors_N: Tensor, first: int, end: int) -> slice:
    borders = torch.tensor([first, end], device=predictors_N.device)
    return slice(*torch.searchsorted(predictors_N, borders).tolist())


@contextmanager
def rotary_of_whole_pack(model: PreTrainedModel, last_position: int) -> Iterator[None]:
    """While the block runs, rotary modules choose their frequencies by the pack's last position, not the slice's.

    Dynamic NTK and LongRoPE look for the highest position they are given; slices of one pack must rotate alike. The
    position is put behind the slice's and its rotation taken off again.
    """

    def add_last(_: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        x, positions_1S, *others = _bound(arguments, options)
        last_11 = positions_1S.new_full((1, 1), last_position)
        rest = {name: value for name, value in options.items() if name not in ("x", "position_ids")}
        return (x, torch.cat([positions_1S, last_11], dim=1), *others), rest

    def drop_last(_: Any, __: Any, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
        return tuple(part[:, :-1] for part in rotation)

    hooks = [
        handle
        for rotary in rotary_modules(model)
        for handle in (
            rotary.register_forward_pre_hook(add_last, with_kwargs=True),
            rotary.register_forward_hook(drop_last),
        )
    ]
    try:
        yield
    finally:
        for handle in hooks:
            handle.remove()


def _bound(arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """`(x, position_ids, …)` however they were given."""
    named = tuple(options[name] for name in ("x", "position_ids")[len(arguments) :] if name in options)
    return (*arguments, *named)
