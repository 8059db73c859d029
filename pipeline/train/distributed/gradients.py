"""Sums gradients over all processes, and clips them by their norm over whole or sharded weights.

Used by `process_ranks` and `train.loop.step`. Gradients are summed once per step, after all its packs, without torch's
`DistributedDataParallel`, for three reasons. First, a step's loss is a sum over its tokens (`train.loss.weights`), so
the wrapper's mean would have to be undone. Second, the wrapper synchronises in every backward pass, so processes with
different numbers of packs would deadlock. Third, the wrapper acts when the model itself is called, but the loss here
calls the model's parts. The drawback is that the exchange does not overlap with the last backward pass. Cost: 2 × 4
bytes per trained weight over the network, a fraction of a second for adapters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

_BUCKET_ELEMENTS = 1 << 24
"""64 MiB in float32: large enough for few calls, and small enough that the bucket's copy takes little memory."""


@torch.no_grad()
def sum_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Replace each gradient by its sum over all processes; a process without a gradient contributes zeros.

    Gradients of sharded weights are not changed, because the backward pass has already summed them.
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
        max_norm: maximum L2 norm.
    """
    norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    if isinstance(norm, DTensor):
        norm = norm.full_tensor()
    nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
    return float(norm)


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Yield consecutive weights of one dtype with up to `_BUCKET_ELEMENTS` numbers in total, or one larger weight."""
    bucket: list[nn.Parameter] = []
    for parameter in parameters:
        size = sum(p.numel() for p in bucket) + parameter.numel()
        if bucket and (size > _BUCKET_ELEMENTS or parameter.dtype is not bucket[0].dtype):
            yield bucket
            bucket = []
        bucket.append(parameter)
    if bucket:
        yield bucket
