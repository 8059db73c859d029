"""Gradients of all processes: their sum, and their norm over whole or sharded weights.

This module sums gradients once per step, after all its packs, and does not use torch's `DistributedDataParallel`, for
three reasons. A step's loss is a sum over its tokens (`train.loss.weights`), so the wrapper's mean would have to be
undone. The wrapper synchronises in every backward pass, so processes with different numbers of packs would deadlock.
And it calls the model itself, but the loss here does not. The drawback: the exchange does not overlap with the last
backward pass. Cost: 2 × 4 bytes per trained weight over the network, a fraction of a second for adapters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

_BUCKET_ELEMENTS = 1 << 24
"""64 MiB of float32: few calls, and a copy that is small compared with the gradients."""


@torch.no_grad()
def sum_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Replace each gradient by its sum over all processes; a process without a gradient contributes zeros.

    Gradients of sharded weights are left alone: the backward pass already summed them.
    """
    whole = [parameter for parameter in parameters if not isinstance(parameter, DTensor)]
    for bucket in _buckets(whole):
        flat = torch.cat([_gradient(parameter).reshape(-1) for parameter in bucket])
        dist.all_reduce(flat)
        for parameter, total in zip(bucket, torch.split(flat, [p.numel() for p in bucket]), strict=True):
            parameter.grad = total.view_as(parameter).clone()


@torch.no_grad()
def clip_gradients(parameters: Sequence[nn.Parameter], *, max_norm: float) -> float:
    """Scale gradients so that their norm over all weights is at most `max_norm`; return the norm before scaling.

    Args:
        parameters: weights, all whole or all sharded, with complete gradients.
        max_norm: largest L2 norm.
    """
    norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    if isinstance(norm, DTensor):
        norm = norm.full_tensor()
    nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    return float(norm)


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Yield neighbours of one dtype, up to `_BUCKET_ELEMENTS` in total, or a single larger weight."""
    bucket: list[nn.Parameter] = []
    for parameter in parameters:
        size = sum(p.numel() for p in bucket) + parameter.numel()
        if bucket and (size > _BUCKET_ELEMENTS or parameter.dtype is not bucket[0].dtype):
            yield bucket
            bucket = []
        bucket.append(parameter)
    if bucket:
        yield bucket
