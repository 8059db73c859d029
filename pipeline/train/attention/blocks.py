"""Divides queries with a sliding window into blocks, and finds out which keys each block sees. Pure.

Takes a rule with a window, in the positions of one lane (evenly spaced tokens of a document, see `rules`). Returns
groups of consecutive blocks that share one mask, so that one call of torch's scaled dot product attention computes a
whole group. A block of b queries that starts at position s reads the keys s − window to s + b − 1, and global tokens
before them. Used by `sdpa`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from pipeline.train.attention.rules import HeadRule

_SMALLEST_BLOCK = 64
_LARGEST_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """Consecutive blocks with the same mask.

    Blocks are numbered from 0 and start after the first `window` queries, which see all keys before them.
    """

    first: int
    """Number of the first block."""
    count: int
    """Number of blocks."""
    num_global: int
    """Number of global tokens among the keys, placed before the window's keys."""
    visible_BK: npt.NDArray[np.bool_]
    """Which keys each query sees: queries of a block × (global tokens, then keys of window and block)."""


def block_size(window: int, length: int) -> int:
    """Return the number of queries in a block: half a window, within limits.

    With b queries in a block, (window + b) ÷ window times the necessary scores are computed, and each key is read by
    (window + b) ÷ b blocks. Half a window was faster than a quarter of a window or a whole one (8,192 tokens, window
    1,024, bfloat16 on a CPU).
    """
    return min(max(window // 2, _SMALLEST_BLOCK), _LARGEST_BLOCK, length - window)


@lru_cache(maxsize=64)
def block_groups(rule: HeadRule, length: int) -> tuple[BlockGroup, ...]:
    """Return groups of blocks that cover the queries from `rule.window` to the end; the last block may be padded.

    Args:
        rule: the rule in lane positions, with a window and without segments or dilation.
        length: number of tokens in the lane; greater than the window.
    """
    assert rule.window is not None and rule.segment_tokens is None and rule.dilation == 1
    block = block_size(rule.window, length)
    starts = range(rule.window, length, block)
    groups: list[BlockGroup] = []
    numbered = groupby(enumerate(starts), key=lambda item: _mask_kind(rule, item[1], block))
    for _, members in numbered:
        (first, start), *others = members
        groups.append(BlockGroup(first, 1 + len(others), *_visible(rule, start, block)))
    return tuple(groups)


def _visible(rule: HeadRule, start: int, block: int) -> tuple[int, npt.NDArray[np.bool_]]:
    assert rule.window is not None
    queries = np.arange(start, start + block)
    first_key = start - rule.window
    visible = rule.sees(queries, np.arange(first_key, start + block))
    globals_in_front = np.arange(min(rule.num_global, first_key))
    seen = rule.sees(queries, globals_in_front)
    if not seen.any():
        return 0, visible
    return globals_in_front.size, np.concatenate([seen, visible], axis=1)


def _mask_kind(rule: HeadRule, start: int, block: int) -> str | int:
    """Return a value; neighbouring blocks with the same value have the same mask.

    The value is `all` if every global token is before the window and seen, `none` if no global token is seen, and the
    block's start otherwise.
    """
    assert rule.window is not None
    if rule.num_global == 0:
        return "none"
    if rule.reach is not None and start - (rule.num_global - 1) >= rule.reach:
        return "none"
    in_front = start - rule.window >= rule.num_global
    return "all" if in_front and (rule.reach is None or start + block <= rule.reach) else start
