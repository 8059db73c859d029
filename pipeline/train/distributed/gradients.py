"""Gradients of all processes: their sum, and their norm over weights that are whole or sharded.

Gradients are summed by hand, once a step and after all its packs, instead of by torch's `DistributedDataParallel`:
a step's loss is a sum over its tokens (`train.loss.weights`), which a wrapper's mean would have to be undone for; the
wrapper synchronises in every backward pass, and processes with different numbers of packs would wait for each other
for ever; and it calls the model by itself, which the loss here does not. What is given up is that the exchange runs
beside the last backward pass. Cost: 2 × 4 bytes a trained weight over the wire, a fraction of a second for adapters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

_BUCKET_ELEMENTS = 1 << 24
"""64 MiB of float32: few calls, and a copy that is small beside the gradients."""


@torch.no_grad()
def sum_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Put the sum over all processes in the place of each gradient; a process without one contributes zeros.

    Gradients of sharded weights were summed as they were sharded, in the backward pass.
    """
    whole = [parameter for parameter in parameters if not isinstance(parameter, DTensor)]
    for bucket in _buckets(whole):
        flat = torch.cat([_gradient(parameter).reshape(-1) for parameter in bucket])
        dist.all_reduce(flat)
        for parameter, total in zip(bucket, torch.split(flat, [p.numel() for p in bucket]), strict=True):
            parameter.grad = total.view_as(parameter).clone()


@torch.no_grad()
def clip_gradients(parameters: Sequence[nn.Parameter], *, max_norm: float) -> float:
    """Scale gradients so that their norm over all weights is at most `max_norm`; returns the norm before.

    Args:
        parameters: all whole or all sharded, with complete gradients.
        max_norm: L2.
    """
    norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    if isinstance(norm, DTensor):
        norm = norm.full_tensor()
    nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    return float(norm)


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Neighbours of one dtype, up to `_BUCKET_ELEMENTS` together or a single larger one."""
    bucket: list[nn.Parameter] = []
    for parameter in parameters:
        size = sum(p.numel() for p in bucket) + parameter.numel()
        if bucket and (size > _BUCKET_ELEMENTS or parameter.dtype is not bucket[0].dtype):
            yield bucket
            bucket = []
        bucket.append(parameter)
    if bucket:
        yield bucket
