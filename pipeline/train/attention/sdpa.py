"""The kernel for any device: torch's scaled dot product attention on pieces of the pack.

In: queries, keys and values of a pack. Out: their attention. Lanes of equal length are one call without a mask, causal;
behind a window, blocks of queries with the keys they can see are one call with one small mask. No T × T mask or score
matrix exists. Cost for a document of n tokens: n² ÷ 2 scores a head where nothing limits it, n · group ÷ 2 in groups,
1.5 · n · window behind a window; float32 on CUDA holds a copy of keys and values for every query head. B is 1; H query
heads, G key heads, T tokens, L lanes, M tokens of a lane, D head dimension, N blocks, Q block queries (of all query
heads of a key head), K block keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.train.attention.blocks import BlockGroup, block_groups, block_size
from pipeline.train.attention.patterns import HeadShare, Pattern, head_runs
from pipeline.train.attention.rules import HeadRule


@dataclass(frozen=True, slots=True)
class Scores:
    """How scores become weights."""

    scale: float | None
    """None is 1 ÷ √D."""
    dropout: float


class _Heads(NamedTuple):
    """Queries, keys and values of the same tokens."""

    query: Tensor
    key: Tensor
    value: Tensor

    def map(self, function: Callable[[Tensor], Tensor]) -> _Heads:
        return _Heads(function(self.query), function(self.key), function(self.value))

    def split(self, sizes: Sequence[int], *, dim: int) -> list[_Heads]:
        # One split instead of slices: the backward pass of every slice fills a gradient as long as the pack.
        return [_Heads(*parts) for parts in zip(*(torch.split(x, list(sizes), dim=dim) for x in self), strict=True)]


def attend_sdpa(
    query_BHTD: Tensor,
    key_BGTD: Tensor,
    value_BGTD: Tensor,
    *,
    pattern: Pattern,
    lengths: Sequence[int],
    share: HeadShare,
    scores: Scores,
) -> Tensor:
    """Attention of every document by itself, B × T × H × D.

    Args:
        query_BHTD: queries, rotated.
        key_BGTD: keys, rotated.
        value_BGTD: values.
        pattern: of this layer.
        lengths: tokens of each document, in order, summing to T.
        share: which heads of the layer these are.
        scores: scale and dropout.
    """
    num_heads, num_keys = query_BHTD.shape[1], key_BGTD.shape[1]
    outputs = []
    for heads in _Heads(query_BHTD, key_BGTD, value_BGTD).split(lengths, dim=2):
        runs = head_runs(pattern, share, num_heads=num_heads, num_keys=num_keys, length=heads.query.shape[2])
        queries = torch.split(heads.query, [run.num_queries for run in runs], dim=1)
        of_runs = [
            _attend_rule(
                _Heads(query, *(x.narrow(1, run.first_key, run.num_keys) for x in heads[1:])), run.rule, scores
            )
            for run, query in zip(runs, queries, strict=True)
        ]
        outputs.append(_join(of_runs, dim=1))
    return _join(outputs, dim=2).transpose(1, 2)


def _attend_rule(heads: _Heads, rule: HeadRule, scores: Scores) -> Tensor:
    stretches = rule.stretches(heads.query.shape[2])
    in_lane = replace(rule, segment_tokens=None, first_segment_tokens=None, dilation=1)
    outputs = []
    of_stretches = heads.split([count * tokens for count, tokens in stretches], dim=2)
    for (count, tokens), part in zip(stretches, of_stretches, strict=True):
        out_LHMD = _attend_lanes(part.map(_ToLanes(count, rule.dilation)), in_lane, scores)
        outputs.append(_from_lanes(out_LHMD, count, tokens, rule.dilation))
    return _join(outputs, dim=2)


@dataclass(frozen=True, slots=True)
class _ToLanes:
    num_segments: int
    dilation: int

    def __call__(self, x_BHTD: Tensor) -> Tensor:
        segments_LHMD = torch.unflatten(x_BHTD[0], 1, (self.num_segments, -1)).transpose(0, 1)
        if self.dilation == 1:
            return segments_LHMD
        # The tokens added at the end are later than all others, so nothing sees them.
        padded = functional.pad(segments_LHMD, (0, 0, 0, -segments_LHMD.shape[2] % self.dilation))
        return torch.unflatten(padded, 2, (-1, self.dilation)).permute(0, 3, 1, 2, 4).flatten(0, 1)


def _from_lanes(lanes_LHMD: Tensor, num_segments: int, tokens: int, dilation: int) -> Tensor:
    by_residue = torch.unflatten(lanes_LHMD, 0, (num_segments, dilation)).permute(2, 0, 3, 1, 4)
    return by_residue.flatten(2, 3)[:, :, :tokens].flatten(1, 2)[None]


def _attend_lanes(heads: _Heads, rule: HeadRule, scores: Scores) -> Tensor:
    length, window = heads.query.shape[2], rule.window
    if window is None or window >= length:
        return _causal(heads, scores)
    ahead = _causal(heads.map(lambda x: x[:, :, :window]), scores)
    block = block_size(window, length)
    fill = (window - length) % block
    filled = heads.map(lambda x: functional.pad(x, (0, 0, 0, fill))) if fill else heads
    # Overlapping views: keys are not copied where there is one lane.
    key_windows, value_windows = (x.unfold(2, window + block, block).permute(2, 0, 1, 4, 3) for x in filled[1:])
    query_blocks = torch.unflatten(filled.query[:, :, window:], 2, (-1, block)).permute(2, 0, 1, 3, 4)
    blocks = _Heads(query_blocks, key_windows, value_windows)
    groups = block_groups(rule, length)
    behind = [
        _attend_blocks(part, heads, group, scores)
        for group, part in zip(groups, blocks.split([group.count for group in groups], dim=0), strict=True)
    ]
    behind_LHMD = _join(behind, dim=0).permute(1, 2, 0, 3, 4).flatten(2, 3)[:, :, : length - window]
    return torch.cat((ahead, behind_LHMD), dim=2)


def _attend_blocks(blocks: _Heads, document: _Heads, group: BlockGroup, scores: Scores) -> Tensor:
    """Attention of N blocks of every lane, N × L × H × (block) × D."""
    num_blocks, num_lanes, num_heads, block, head_dim = blocks.query.shape
    num_keys = blocks.key.shape[2]
    key, value = blocks.key, blocks.value
    if group.num_global:
        key, value = (
            torch.cat((of_document[:, :, : group.num_global].expand(num_blocks, -1, -1, -1, -1), own), dim=3)
            for of_document, own in ((document.key, key), (document.value, value))
        )
    # All query heads of a key head as one row of queries: with a mask, grouped queries would copy the keys instead.
    per_key = num_heads // num_keys
    out_NGQD = functional.scaled_dot_product_attention(
        blocks.query.flatten(0, 1).reshape(-1, num_keys, per_key * block, head_dim),
        key.flatten(0, 1),
        value.flatten(0, 1),
        attn_mask=torch.from_numpy(group.visible_BK).to(key.device).repeat(per_key, 1),
        dropout_p=scores.dropout,
        scale=scores.scale,
    )
    return out_NGQD.reshape(num_blocks, num_lanes, num_heads, block, -1)


def _causal(heads: _Heads, scores: Scores) -> Tensor:
    query, key, value = heads
    if not takes_grouped_queries(query.device, query.dtype):
        key, value = (one_for_each_query(x, query.shape[1]) for x in (key, value))
    return functional.scaled_dot_product_attention(
        query,
        key,
        value,
        dropout_p=scores.dropout,
        scale=scores.scale,
        is_causal=True,
        enable_gqa=query.shape[1] != key.shape[1],
    )


def takes_grouped_queries(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a kernel without a T × T matrix has fewer key heads than query heads.

    On CUDA that is flash attention, which takes 16 bits. What it does not take the memory-efficient kernel does, but
    not grouped; torch then falls back to scores in full.
    """
    return device.type != "cuda" or dtype in (torch.bfloat16, torch.float16)


def one_for_each_query(x_LGMD: Tensor, num_heads: int) -> Tensor:
    """Key or value heads repeated for the query heads they serve, L × H × M × D; the same tensor where none is."""
    per_key = num_heads // x_LGMD.shape[1]
    return x_LGMD if per_key == 1 else x_LGMD.repeat_interleave(per_key, dim=1)


def _join(parts: Sequence[Tensor], *, dim: int) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), dim=dim)
