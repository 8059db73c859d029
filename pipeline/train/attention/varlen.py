"""The CUDA kernel: one call of `torch.nn.attention.varlen` computes a run of heads for all documents of a pack.

A run is a group of consecutive heads that follow one rule (`patterns.HeadRun`); a call takes all lanes (see `rules`).
`attend_varlen` computes what `attend_sdpa` does, for bfloat16 or float16. Undilated lanes need no copy; dilated lanes
are gathered first. The kernel does not support global tokens. The lanes' lengths and order are computed once for each
rule and pack, and cached on the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Protocol

import torch
from torch import Tensor

from pipeline.train.attention.patterns import HeadShare, Pattern, head_runs
from pipeline.train.attention.rules import HeadRule

_LARGEST_HEAD = 256
MIN_CAPABILITY = (8, 0)
"""Minimum compute capability: flash attention 2 needs Ampere or later."""


class VarlenKernel(Protocol):
    """The signature of `torch.nn.attention.varlen.varlen_attn`, as used here (torch 2.13)."""

    def __call__(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        cu_seq_q: Tensor,
        cu_seq_k: Tensor | None,
        max_q: int,
        max_k: int,
        *,
        scale: float | None,
        window_size: tuple[int, int],
        enable_gqa: bool,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Return attention of T × H × D queries to T × G × D keys; `cu_seq_*` hold the N + 1 borders of N sequences."""
        ...


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of a pack under one rule."""

    lengths: tuple[int, ...]
    """Number of tokens in each lane."""
    order: tuple[int, ...] | None
    """Index in the pack of each token in lane order; None means that lane order is the pack's order."""
    window: int | None
    """Number of keys that a query sees in its lane, including its own; None means no limit."""

    @property
    def window_size(self) -> tuple[int, int]:
        """Keys that a query sees to its left, without its own, and to its right (0); −1 means no limit."""
        return (-1 if self.window is None else self.window - 1, 0)


@lru_cache(maxsize=32)
def lanes_of(rule: HeadRule, lengths: tuple[int, ...]) -> Lanes:
    """Return the lanes of every document, in order."""
    assert rule.num_global == 0, f"lanes cannot express the rule's {rule.num_global} global tokens"
    lane_lengths: list[int] = []
    order: list[int] = []
    start = 0
    for length in lengths:
        for count, tokens in rule.segment_runs(length):
            for _ in range(count):
                for residue in range(min(rule.dilation, tokens)):
                    lane = range(start + residue, start + tokens, rule.dilation)
                    lane_lengths.append(len(lane))
                    if rule.dilation > 1:
                        order += lane
                start += tokens
    return Lanes(tuple(lane_lengths), tuple(order) or None, rule.window)


def varlen_device(device: torch.device) -> bool:
    """Return whether the kernel is available on a device."""
    return (
        device.type == "cuda"
        and torch.cuda.is_available()
        and torch.version.hip is None
        and torch.cuda.get_device_capability(device) >= MIN_CAPABILITY
    )


def can_run_varlen(query_BHTD: Tensor, value_BGTD: Tensor, pattern: Pattern, *, dropout: float) -> bool:
    """Return whether the kernel supports these queries and values, this pattern and this dropout."""
    return (
        varlen_device(query_BHTD.device)
        and query_BHTD.dtype in (torch.bfloat16, torch.float16)
        and query_BHTD.dtype == value_BGTD.dtype
        and query_BHTD.shape[-1] == value_BGTD.shape[-1]
        and query_BHTD.shape[-1] <= _LARGEST_HEAD
        and query_BHTD.shape[-1] % 8 == 0
        and dropout == 0.0
        and all(rule.num_global == 0 for rule in pattern.rules)
    )


def attend_varlen(
    query_BHTD: Tensor,
    key_BGTD: Tensor,
    value_BGTD: Tensor,
    *,
    pattern: Pattern,
    lengths: Sequence[int],
    share: HeadShare,
    scale: float | None,
    kernel: VarlenKernel,
) -> Tensor:
    """Return the attention output, B × T × H × D; documents do not see each other.

    The arguments are those of `attend_sdpa`, without dropout, and the kernel to call.
    """
    query_THD, key_TGD, value_TGD = (x[0].transpose(0, 1) for x in (query_BHTD, key_BGTD, value_BGTD))
    runs = head_runs(pattern, share, num_heads=query_THD.shape[1], num_keys=key_TGD.shape[1], length=max(lengths))
    outputs = []
    for run in runs:
        query = query_THD.narrow(1, run.first_query, run.num_queries)
        key, value = (x.narrow(1, run.first_key, run.num_keys) for x in (key_TGD, value_TGD))
        lanes = lanes_of(run.rule, tuple(lengths))
        borders, order, inverse_order = _on_device(lanes, query.device)
        if order is not None:
            query, key, value = query[order], key[order], value[order]
        longest = max(lanes.lengths)
        out = kernel(
            query,
            key,
            value,
            borders,
            borders,
            longest,
            longest,
            scale=scale,
            window_size=lanes.window_size,
            enable_gqa=run.num_queries != run.num_keys,
        )
        assert isinstance(out, Tensor), "the kernel returned more than the attention output"
        outputs.append(out if inverse_order is None else out[inverse_order])
    return torch.cat(outputs, dim=1)[None]


@lru_cache(maxsize=32)
def _on_device(lanes: Lanes, device: torch.device) -> tuple[Tensor, Tensor | None, Tensor | None]:
    borders = torch.tensor([0, *accumulate(lanes.lengths)], dtype=torch.int32, device=device)
    if lanes.order is None:
        return borders, None, None
    order = torch.tensor(lanes.order, device=device)
    return borders, order, torch.argsort(order)
