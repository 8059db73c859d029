"""Recipes into patterns, and patterns into runs of heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from small_families import RECIPES

from pipeline.config.attention import AttentionPattern, AttentionRecipe
from pipeline.train.attention.patterns import FULL, HeadShare, head_runs, pattern_of


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
                assert run.rule == pattern.rule_of(share.first + head, share.total).on(length)
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
