"""Recipes into patterns, and patterns into runs of heads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from small_families import RECIPES

from pipeline.config.attention import (
    DEFAULT_DILATION,
    DEFAULT_GLOBAL_TOKENS,
    DEFAULT_STRIDE_TOKENS,
    AttentionPattern,
    AttentionRecipe,
)
from pipeline.train.attention.patterns import FULL, HeadShare, Pattern, head_runs, pattern_of
from pipeline.train.attention.rules import HeadRule


def test_groups_and_windows_are_a_quarter_of_the_pack_where_not_given() -> None:
    s2 = pattern_of(AttentionRecipe(pattern=AttentionPattern.S2), max_tokens=8192)
    assert [(rule.segment_tokens, rule.first_segment_tokens) for rule in s2.rules] == [(2048, None), (2048, 1024)]
    window = pattern_of(AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW), max_tokens=8192)
    assert [rule.window for rule in window.rules] == [2048]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"group_tokens": 8}, "group_tokens belongs to pattern s2, not full"),
        (
            {"pattern": "s2", "window_tokens": 8},
            "window_tokens belongs to pattern dilated, local_global, sliding_window",
        ),
        ({"pattern": "local_global", "kernel": "varlen"}, "cannot run pattern local_global"),
        ({"pattern": "dilated", "dilation": 1}, "greater than or equal to 2"),
    ],
)
def test_setting_that_does_nothing_is_refused(recipe: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        AttentionRecipe.model_validate(recipe)


@given(
    name=st.sampled_from(sorted(RECIPES)),
    per_key=st.integers(1, 5),
    num_keys=st.integers(1, 5),
    length=st.integers(1, 60),
    ranks=st.integers(1, 3),
)
def test_runs_cover_each_head_once_with_its_rule_and_its_key(
    name: str, per_key: int, num_keys: int, length: int, ranks: int
) -> None:
    pattern = pattern_of(RECIPES[name], max_tokens=64)
    num_heads = per_key * num_keys
    for rank in range(ranks):
        share = HeadShare(rank * num_heads, ranks * num_heads)
        covered: list[int] = []
        for run in head_runs(pattern, share, num_heads=num_heads, num_keys=num_keys, length=length):
            assert run.num_queries % run.num_keys == 0
            for at in range(run.num_queries):
                head = run.first_query + at
                assert run.rule == pattern.rule_of(share.first + head, share.total).simplified_for(length)
                assert run.first_key + at // (run.num_queries // run.num_keys) == head // per_key
                covered.append(head)
        assert covered == list(range(num_heads))


def test_half_the_heads_are_shifted_and_short_documents_need_one_run() -> None:
    pattern = pattern_of(RECIPES["s2"], max_tokens=64)
    halves = head_runs(pattern, HeadShare(0, 8), num_heads=8, num_keys=4, length=64)
    assert [(run.num_queries, run.first_key, run.num_keys) for run in halves] == [(4, 0, 2), (4, 2, 2)]
    assert [run.rule.first_segment_tokens for run in halves] == [None, 8]
    (short,) = head_runs(pattern, HeadShare(0, 8), num_heads=8, num_keys=4, length=8)
    assert short.rule == FULL.rules[0]
    # Nine heads over three keys (SmolLM2): the second key's group is cut.
    odd = head_runs(pattern, HeadShare(0, 9), num_heads=9, num_keys=3, length=64)
    assert [run.num_queries for run in odd] == [3, 1, 2, 3]


def _rule(**fields: int | None) -> HeadRule:
    empty = {"segment_tokens": None, "first_segment_tokens": None, "dilation": 1, "window": None, "num_global": 0}
    return HeadRule(**{**empty, "reach": None, **fields})


@pytest.mark.parametrize(
    ("recipe", "rules"),
    [
        ({}, [_rule()]),
        ({"pattern": "s2"}, [_rule(segment_tokens=250), _rule(segment_tokens=250, first_segment_tokens=125)]),
        ({"pattern": "s2", "group_tokens": 33},
         [_rule(segment_tokens=33), _rule(segment_tokens=33, first_segment_tokens=16)]),
        ({"pattern": "sliding_window"}, [_rule(window=250)]),
        ({"pattern": "sliding_window", "window_tokens": 7}, [_rule(window=7)]),
        ({"pattern": "dilated"}, [_rule(window=250), _rule(window=250, dilation=DEFAULT_DILATION)]),
        ({"pattern": "dilated", "window_tokens": 9, "dilation": 5}, [_rule(window=9), _rule(window=9, dilation=5)]),
        ({"pattern": "strided"},
         [_rule(window=DEFAULT_STRIDE_TOKENS), _rule(dilation=DEFAULT_STRIDE_TOKENS)]),
        ({"pattern": "strided", "stride_tokens": 6}, [_rule(window=6), _rule(dilation=6)]),
        ({"pattern": "local_global"}, [_rule(window=250, num_global=DEFAULT_GLOBAL_TOKENS)]),
        ({"pattern": "local_global", "window_tokens": 5, "global_tokens": 2}, [_rule(window=5, num_global=2)]),
    ],
)  # fmt: skip
def test_pattern_of_a_recipe_is_these_rules(recipe: dict[str, object], rules: list[HeadRule]) -> None:
    pattern = pattern_of(AttentionRecipe.model_validate(recipe), max_tokens=1000)
    assert pattern == Pattern(tuple(rules))
    limited = pattern.limited_to(100)
    assert limited == Pattern(tuple(replace(rule, reach=100) for rule in rules))
    assert limited.limited_to(300) == limited and limited.limited_to(None) == limited
    assert limited.limited_to(50) == Pattern(tuple(replace(rule, reach=50) for rule in rules))


def test_default_groups_of_a_very_short_pack_are_two_and_windows_one() -> None:
    (first, shifted) = pattern_of(AttentionRecipe(pattern=AttentionPattern.S2), max_tokens=3).rules
    assert (first, shifted) == (_rule(segment_tokens=2), _rule(segment_tokens=2, first_segment_tokens=1))
    assert pattern_of(AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW), max_tokens=3).rules == (
        _rule(window=1),
    )


@pytest.mark.parametrize(("num_heads", "first"), [(2, 1), (8, 4), (9, 4), (3, 1)])
def test_second_rule_begins_at_half_the_heads_rounded_down(num_heads: int, first: int) -> None:
    pattern = Pattern((_rule(window=1), _rule(window=2)))
    assert [pattern.rule_of(head, num_heads).window for head in range(num_heads)] == [1] * first + [2] * (
        num_heads - first
    )
