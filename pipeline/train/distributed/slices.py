"""Cuts one process's slice out of a pack, for sequence parallelism.

Takes a `PackBatch`. Returns a `PackSlice`: the tokens of one slice, and values that depend on the whole pack. Targets
come from the whole pack, so the target of a slice's last token is the first token of the next slice. Used by
`train.model.forward`. A trained position is one whose next token is a target. Shape suffixes: T tokens of the pack, S
tokens of a slice, N trained positions of the pack, M trained positions in the slice, F padding tokens. P is the number
of slices.
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
    """Consecutive tokens of a pack; if the slice is the whole pack, its values equal the batch's."""

    ids_1S: Tensor
    positions_1S: Tensor
    lengths: tuple[int, ...]
    """Number of tokens of every document in the whole pack. Padding counts as a document; the total is P · S."""
    last_position: int
    """The highest position in the whole pack, without padding."""
    trained_here: slice
    """Which of the pack's N trained positions are in the slice; they are consecutive, because the N positions are
    sorted."""
    predictors_M: Tensor
    """Index within the slice of each trained position."""
    targets_M: Tensor
    """Target of each trained position in the slice."""


def slice_pack(batch: PackBatch, *, number: int, degree: int) -> PackSlice:
    """Return one of `degree` equal slices of a pack.

    If `degree` does not divide the number of tokens, up to `degree` − 1 padding tokens follow the pack. They form a
    separate document, which no other document sees and which is not trained on.

    Args:
        batch: the pack.
        number: number of the slice, from 0.
        degree: number of slices.
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
    """Make rotary modules choose their frequencies by the pack's highest position, not the slice's, inside the block.

    Dynamic NTK and LongRoPE choose frequencies by the highest position in their input, and all slices of a pack must
    rotate alike. One hook appends the pack's highest position to the slice's positions; a second hook removes the
    rotation of this extra position from the output.
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
    """Return the arguments `(x, position_ids, …)`, whether they were passed by position or by name."""
    named = tuple(options[name] for name in ("x", "position_ids")[len(arguments) :] if name in options)
    return (*arguments, *named)
