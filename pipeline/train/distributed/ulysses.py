"""Sequence parallelism as in DeepSpeed-Ulysses (arXiv 2309.14509, section 3): exchanges tokens for heads, and back.

Before attention, the exchange takes the queries, keys and values of this process's slice of a pack, for all heads, and
returns those of the whole pack, for a share of the heads. Attention therefore sees whole documents, and any pattern
works. After attention, the exchange returns the slice's attention output for all heads. Used by
`train.attention.interface`.

Heads need not divide evenly: 9 heads on 2 processes are split 4 and 5. With grouped queries, each process gets the key
heads that its query heads read. With fewer key heads than processes, several processes get the same key head, and the
key head's gradient is the sum of their gradients.

Cost of a layer: each process sends about 2 × (query width + key width) × T ÷ P numbers in the forward pass, and as many
in the backward pass; more if several processes need the same key head. A width is number of heads × D. P is the number
of processes that share a pack.
Shape suffixes: H query heads, G key heads, S tokens of a slice, T tokens of the pack (P · S), D head dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from pipeline.errors import InputError
from pipeline.train.attention.patterns import HeadShare


@dataclass(frozen=True, slots=True)
class HeadsOfSlice:
    """The heads of a layer for which one process computes attention."""

    first_query: int
    num_queries: int
    keys: tuple[int, ...]
    """Key heads, in order; each entry serves `num_queries ÷ len(keys)` consecutive query heads (grouped queries). A key
    head may occur several times."""


@lru_cache(maxsize=64)
def divide_heads(num_heads: int, num_keys: int, degree: int) -> tuple[HeadsOfSlice, ...]:
    """Return the heads of each process; shares are consecutive and as even as possible.

    Args:
        num_heads: number of query heads in the layer.
        num_keys: number of key heads, a divisor of `num_heads`.
        degree: number of processes that share a pack.

    Raises:
        InputError: there are more processes than query heads.
    """
    if degree > num_heads:
        heads = "1 query head" if num_heads == 1 else f"{num_heads} query heads"
        raise InputError(
            f"finetune.distributed.sequence_parallel is {degree}, but a layer has {heads}.",
            remedy=f"Set finetune.distributed.sequence_parallel to {num_heads} or less.",
        )
    per_key = num_heads // num_keys
    bounds = [number * num_heads // degree for number in range(degree + 1)]
    return tuple(HeadsOfSlice(first, end - first, _keys(first, end, per_key)) for first, end in pairwise(bounds))


def _keys(first: int, end: int, per_key: int) -> tuple[int, ...]:
    read = tuple(range(first // per_key, (end - 1) // per_key + 1))
    whole_groups = first % per_key == 0 and end % per_key == 0
    if whole_groups or len(read) == 1:
        return read
    # The share splits a group of query heads, so list one key head for each query head.
    return tuple(head // per_key for head in range(first, end))


class SequenceGroup:
    """The processes that share a pack, as seen by one of them; exchanges tokens for heads."""

    def __init__(self, group: dist.ProcessGroup, *, number: int, degree: int) -> None:
        """Describe the group from this process's point of view.

        Args:
            group: the processes, in the order of their slices.
            number: number of this process's slice.
            degree: number of slices.
        """
        self.group = group
        self.number = number
        self.degree = degree

    def to_heads(
        self, query_1HSD: Tensor, key_1GSD: Tensor, value_1GSD: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, HeadShare]:
        """Return the whole pack's queries, keys and values for this process's heads, and which query heads they are."""
        num_heads, num_keys = query_1HSD.shape[1], key_1GSD.shape[1]
        shares = divide_heads(num_heads, num_keys, self.degree)
        own = shares[self.number]
        queries = [range(share.first_query, share.first_query + share.num_queries) for share in shares]
        keys = [share.keys for share in shares]
        return (
            self._gather_tokens(query_1HSD, queries),
            self._gather_tokens(key_1GSD, keys),
            self._gather_tokens(value_1GSD, keys),
            HeadShare(own.first_query, num_heads),
        )

    def to_tokens(self, out_1THD: Tensor, *, num_heads: int, num_keys: int) -> Tensor:
        """Return the attention output of all heads for this process's slice, 1 × S × H × D.

        Args:
            out_1THD: attention output of the whole pack, for this process's heads only.
            num_heads: number of query heads in the layer.
            num_keys: number of key heads in the layer.
        """
        counts = [share.num_queries for share in divide_heads(num_heads, num_keys, self.degree)]
        own, (head_dim,) = out_1THD.shape[2], out_1THD.shape[3:]
        tokens = out_1THD.shape[1] // self.degree
        sent = [tokens * own * head_dim] * self.degree
        received = [tokens * count * head_dim for count in counts]
        flat = exchange(out_1THD.reshape(-1), sent, received, self.group)
        parts = [part.view(1, tokens, -1, head_dim) for part in torch.split(flat, received)]
        return torch.cat(parts, dim=2)

    @torch.no_grad()
    def sum(self, value: Tensor) -> Tensor:
        """Return the sum over the group, in every process of the group; not differentiable."""
        total = value.detach().clone()
        dist.all_reduce(total, group=self.group)
        return total

    def _gather_tokens(self, x_1HSD: Tensor, heads: Sequence[Sequence[int]]) -> Tensor:
        _, _, tokens, head_dim = x_1HSD.shape
        wanted = torch.tensor([head for share in heads for head in share], device=x_1HSD.device)
        own = len(heads[self.number])
        sent = [len(share) * tokens * head_dim for share in heads]
        received = [own * tokens * head_dim] * self.degree
        flat = exchange(x_1HSD[0].index_select(0, wanted).reshape(-1), sent, received, self.group)
        return flat.view(self.degree, own, tokens, head_dim).transpose(0, 1).reshape(1, own, -1, head_dim)


def exchange(flat: Tensor, sent: Sequence[int], received: Sequence[int], group: dist.ProcessGroup) -> Tensor:
    """Send the i-th part of `flat` to the group's i-th process and return what this process receives; differentiable.

    Args:
        flat: the parts in order, in one dimension of Σ `sent` numbers.
        sent: length of each part.
        received: how many numbers come from each process, in the order of the processes.
        group: the processes that exchange; all of them must call this at the same point.
    """
    result: Tensor = _AllToAll.apply(flat, tuple(sent), tuple(received), group)  # type: ignore[no-untyped-call]
    return result


class _AllToAll(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        flat: Tensor,
        sent: tuple[int, ...],
        received: tuple[int, ...],
        group: dist.ProcessGroup,
    ) -> Tensor:
        ctx.sent, ctx.received, ctx.group = sent, received, group
        return _all_to_all(flat, sent, received, group)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        return _all_to_all(grad, ctx.received, ctx.sent, ctx.group), None, None, None


def _all_to_all(flat: Tensor, sent: tuple[int, ...], received: tuple[int, ...], group: dist.ProcessGroup) -> Tensor:
    result = flat.new_empty(sum(received))
    dist.all_to_all_single(result, flat.contiguous(), list(received), list(sent), group=group)
    return result
