"""The kernel for any device: runs torch's scaled dot product attention (SDPA) on pieces of the pack.

Takes the queries, keys and values of a pack. Returns the attention output. Without a window, one causal call without a
mask computes all lanes (see `rules`) of equal length. With a window, one call with one small mask computes many blocks
of queries, each with the keys that the block sees (see `blocks`). No T × T mask or score matrix is built. Cost for a
document of n tokens: n² ÷ 2 scores per head with full attention, n · group ÷ 2 in groups, n · (window + block) with a
window. In float32 on CUDA, keys and values are copied for every query head.

Shape suffixes: B batch size (always 1), H query heads, G key heads, T tokens, L lanes, M tokens of a lane, D head
dimension, N blocks, Q queries of a block (for all query heads of a key head), K keys of a block.
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
    """How attention scores become attention weights."""

    scale: float | None
    """Factor of the scores; None means 1 ÷ √D."""
    dropout: float
    """Dropout probability of the weights."""


class _Heads(NamedTuple):
    """Queries, keys and values of the same tokens."""

    query: Tensor
    key: Tensor
    value: Tensor

    def map(self, function: Callable[[Tensor], Tensor]) -> _Heads:
        return _Heads(function(self.query), function(self.key), function(self.value))

    def split(self, sizes: Sequence[int], *, dim: int) -> list[_Heads]:
        # A single split instead of slices: each slice's backward pass would fill a gradient as long as the pack.
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
    """Return the attention output, B × T × H × D; documents do not see each other.

    Args:
        query_BHTD: rotated queries.
        key_BGTD: rotated keys.
        value_BGTD: values.
        pattern: the layer's pattern.
        lengths: number of tokens in each document, in order; the sum is T.
        share: which of the layer's query heads these are.
        scores: scale and dropout.
    """
    num_heads, num_keys = query_BHTD.shape[1], key_BGTD.shape[1]
    outputs = []
    for heads in _Heads(query_BHTD, key_BGTD, value_BGTD).split(lengths, dim=2):
        runs = head_runs(pattern, share, num_heads=num_heads, num_keys=num_keys, length=heads.query.shape[2])
        queries = torch.split(heads.query, [run.num_queries for run in runs], dim=1)
        run_outputs = [
            _attend_rule(
                _Heads(query, *(x.narrow(1, run.first_key, run.num_keys) for x in heads[1:])), run.rule, scores
            )
            for run, query in zip(runs, queries, strict=True)
        ]
        outputs.append(_join(run_outputs, dim=1))
    return _join(outputs, dim=2).transpose(1, 2)


def _attend_rule(heads: _Heads, rule: HeadRule, scores: Scores) -> Tensor:
    segment_runs = rule.segment_runs(heads.query.shape[2])
    in_lane = replace(rule, segment_tokens=None, first_segment_tokens=None, dilation=1)
    outputs = []
    parts = heads.split([count * tokens for count, tokens in segment_runs], dim=2)
    for (count, tokens), part in zip(segment_runs, parts, strict=True):
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
        # The padding comes after all tokens, so no token sees it.
        padded = functional.pad(segments_LHMD, (0, 0, 0, -segments_LHMD.shape[2] % self.dilation))
        return torch.unflatten(padded, 2, (-1, self.dilation)).permute(0, 3, 1, 2, 4).flatten(0, 1)


def _from_lanes(lanes_LHMD: Tensor, num_segments: int, tokens: int, dilation: int) -> Tensor:
    by_residue = torch.unflatten(lanes_LHMD, 0, (num_segments, dilation)).permute(2, 0, 3, 1, 4)
    return by_residue.flatten(2, 3)[:, :, :tokens].flatten(1, 2)[None]


def _attend_lanes(heads: _Heads, rule: HeadRule, scores: Scores) -> Tensor:
    length, window = heads.query.shape[2], rule.window
    if window is None or window >= length:
        return _causal(heads, scores)
    first_LHMD = _causal(heads.map(lambda x: x[:, :, :window]), scores)
    block = block_size(window, length)
    fill = (window - length) % block
    filled = heads.map(lambda x: functional.pad(x, (0, 0, 0, fill))) if fill else heads
    # These are overlapping views: with a single lane, the keys are not copied.
    key_windows, value_windows = (x.unfold(2, window + block, block).permute(2, 0, 1, 4, 3) for x in filled[1:])
    query_blocks = torch.unflatten(filled.query[:, :, window:], 2, (-1, block)).permute(2, 0, 1, 3, 4)
    blocks = _Heads(query_blocks, key_windows, value_windows)
    groups = block_groups(rule, length)
    group_outputs = [
        _attend_blocks(part, heads, group, scores)
        for group, part in zip(groups, blocks.split([group.count for group in groups], dim=0), strict=True)
    ]
    rest_LHMD = _join(group_outputs, dim=0).permute(1, 2, 0, 3, 4).flatten(2, 3)[:, :, : length - window]
    return torch.cat((first_LHMD, rest_LHMD), dim=2)


def _attend_blocks(blocks: _Heads, document: _Heads, group: BlockGroup, scores: Scores) -> Tensor:
    """Return the attention output of N blocks of every lane, N × L × H × (queries of a block) × D."""
    num_blocks, num_lanes, num_heads, block, head_dim = blocks.query.shape
    num_keys = blocks.key.shape[2]
    key, value = blocks.key, blocks.value
    if group.num_global:
        key, value = (
            torch.cat((of_document[:, :, : group.num_global].expand(num_blocks, -1, -1, -1, -1), own), dim=3)
            for of_document, own in ((document.key, key), (document.value, value))
        )
    # Join all query heads of a key head into one row of queries, because grouped queries with a mask would copy keys.
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
        key, value = (repeat_for_query_heads(x, query.shape[1]) for x in (key, value))
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
    """Return whether a kernel without a T × T matrix accepts fewer key heads than query heads.

    On CUDA, this is flash attention, which accepts only 16-bit inputs. The memory-efficient kernel accepts other dtypes
    but not grouped queries. For grouped queries of another dtype, torch falls back to the full score matrix.
    """
    return device.type != "cuda" or dtype in (torch.bfloat16, torch.float16)


def repeat_for_query_heads(x_LGMD: Tensor, num_heads: int) -> Tensor:
    """Repeat key or value heads for each query head that they serve; return L × H × M × D.

    If every key head serves one query head, return the tensor unchanged.
    """
    per_key = num_heads // x_LGMD.shape[1]
    return x_LGMD if per_key == 1 else x_LGMD.repeat_interleave(per_key, dim=1)


def _join(parts: Sequence[Tensor], *, dim: int) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), dim=dim)
