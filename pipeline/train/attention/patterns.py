"""Turns the recipe's attention pattern into rules for heads. Pure.

Takes the recipe's `attention` section and the pack's length. Returns a `Pattern`. Sources are listed in
`config.attention.AttentionPattern`. LongLoRA (arXiv 2309.12307) trained one model with each of four patterns and tested
all four models with full attention. Perplexity at 32k: full 8.08, s2 8.12, dilated 9.70, strided 11.78.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.config.attention import (
    DEFAULT_DILATION,
    DEFAULT_GLOBAL_TOKENS,
    DEFAULT_STRIDE_TOKENS,
    QUARTER_OF_PACK,
    AttentionPattern,
    AttentionRecipe,
)
from pipeline.train.attention.rules import FULL_RULE, HeadRule


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rules among which a layer's heads are divided evenly; the first heads follow the first rule."""

    rules: tuple[HeadRule, ...]

    def rule_of(self, head: int, num_heads: int) -> HeadRule:
        """Return the rule of one query head; with two rules, nine heads are split 4 and 5, as in LongLoRA's code."""
        first_heads = [number * num_heads // len(self.rules) for number in range(len(self.rules))]
        return self.rules[sum(head >= first for first in first_heads) - 1]

    def sees(self, head: int, num_heads: int, length: int, *, reach: int | None) -> npt.NDArray[np.bool_]:
        """Return which keys one head sees in a document of `length` tokens, queries × keys."""
        positions = np.arange(length)
        return self.rule_of(head, num_heads).limited_to(reach).sees(positions, positions)

    def limited_to(self, reach: int | None) -> Pattern:
        """Return the pattern for a layer that has its own sliding window of `reach` tokens; None means no window."""
        return Pattern(tuple(rule.limited_to(reach) for rule in self.rules))


FULL = Pattern((FULL_RULE,))


@dataclass(frozen=True, slots=True)
class HeadRun:
    """Consecutive query heads that follow one rule; each key head of the run serves equally many of them."""

    rule: HeadRule
    first_query: int
    num_queries: int
    first_key: int
    num_keys: int


@dataclass(frozen=True, slots=True)
class HeadShare:
    """Which of a layer's query heads a process holds: all, or some under sequence parallelism (Ulysses)."""

    first: int
    """Number of the first query head that the process holds."""
    total: int
    """Number of query heads in the layer."""


@lru_cache(maxsize=256)
def head_runs(pattern: Pattern, share: HeadShare, *, num_heads: int, num_keys: int, length: int) -> tuple[HeadRun, ...]:
    """Return the query heads of a process as runs; a kernel for grouped queries computes a run without copying keys.

    If the rule changes among the query heads of one key head, these heads become separate runs. Rules that are equal
    after `simplified_for(length)` count as the same rule.

    Args:
        pattern: the layer's pattern.
        share: which of the layer's query heads this process holds.
        num_heads: number of query heads that this process holds.
        num_keys: number of key heads; each one serves `num_heads // num_keys` consecutive query heads.
        length: number of tokens in the longest document that the runs will be used for.
    """
    per_key = num_heads // num_keys
    rules = [pattern.rule_of(share.first + head, share.total).simplified_for(length) for head in range(num_heads)]
    by_key = [rules[key * per_key : (key + 1) * per_key] for key in range(num_keys)]
    runs: list[HeadRun] = []
    for key, own in enumerate(by_key):
        starts = [at for at in range(per_key) if at == 0 or own[at] != own[at - 1]]
        for start, end in zip(starts, [*starts[1:], per_key], strict=True):
            last = runs[-1] if runs else None
            whole = end - start == per_key
            if whole and last and last.rule == own[start] and last.num_queries == last.num_keys * per_key:
                runs[-1] = HeadRun(
                    last.rule, last.first_query, last.num_queries + per_key, last.first_key, last.num_keys + 1
                )
            else:
                runs.append(HeadRun(own[start], key * per_key + start, end - start, key, 1))
    return tuple(runs)


def pattern_of(recipe: AttentionRecipe, *, max_tokens: int) -> Pattern:
    """Return the recipe's pattern for packs of `max_tokens`."""
    window = recipe.window_tokens or max(1, max_tokens // QUARTER_OF_PACK)
    match recipe.pattern:
        case AttentionPattern.FULL:
            return FULL
        case AttentionPattern.S2:
            group = recipe.group_tokens or max(2, max_tokens // QUARTER_OF_PACK)
            return Pattern((_segments(group, first=None), _segments(group, first=group // 2)))
        case AttentionPattern.SLIDING_WINDOW:
            return Pattern((_window(window, dilation=1),))
        case AttentionPattern.DILATED:
            return Pattern((_window(window, dilation=1), _window(window, dilation=recipe.dilation or DEFAULT_DILATION)))
        case AttentionPattern.STRIDED:
            stride = recipe.stride_tokens or DEFAULT_STRIDE_TOKENS
            return Pattern((_window(stride, dilation=1), _window(None, dilation=stride)))
        case AttentionPattern.LOCAL_GLOBAL:
            num_global = recipe.global_tokens or DEFAULT_GLOBAL_TOKENS
            return Pattern((HeadRule(None, None, 1, window, num_global, None),))


def _segments(tokens: int, *, first: int | None) -> HeadRule:
    return HeadRule(tokens, first, 1, None, 0, None)


def _window(tokens: int | None, *, dilation: int) -> HeadRule:
    return HeadRule(None, None, dilation, tokens, 0, None)
