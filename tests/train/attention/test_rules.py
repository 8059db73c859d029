"""Rules against the papers' definitions, written out token by token; lanes and blocks against rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_families import RECIPES

from pipeline.train.attention.blocks import block_groups, block_size
from pipeline.train.attention.patterns import pattern_of
from pipeline.train.attention.rules import FULL_RULE, HeadRule
from pipeline.train.attention.varlen import lanes_of

HEADS = 4
Sees = Callable[[int, int, int], bool]

# Head, query i, key j ≤ i: LongLoRA figure 2 without the roll; Longformer figure 2; Sparse Transformer equation 6.
PAPERS: dict[str, Sees] = {
    "full": lambda head, i, j: True,
    "s2": lambda head, i, j: i // 16 == j // 16 if head < 2 else (i + 8) // 16 == (j + 8) // 16,
    "s2 of odd groups": lambda head, i, j: i // 7 == j // 7 if head < 2 else (i + 4) // 7 == (j + 4) // 7,
    "sliding window": lambda head, i, j: i - j <= 8,
    "window of one": lambda head, i, j: i == j,
    "dilated": lambda head, i, j: i - j <= 6 if head < 2 else (i - j) in range(0, 21, 3),
    "strided": lambda head, i, j: i - j < 8 if head < 2 else (i - j) % 8 == 0,
    "local and global": lambda head, i, j: i - j < 10 or j < 4,
    "more globals than window": lambda head, i, j: i - j < 3 or j < 12,
}


@st.composite
def _rules(draw: st.DrawFn) -> HeadRule:
    segment = draw(st.none() | st.integers(1, 40))
    return HeadRule(
        segment_tokens=segment,
        first_segment_tokens=None if segment is None else draw(st.none() | st.integers(1, segment)),
        dilation=draw(st.integers(1, 6)),
        window=draw(st.none() | st.integers(1, 60)),
        num_global=draw(st.integers(0, 20)),
        reach=draw(st.none() | st.integers(1, 100)),
    )


rules = _rules()


def _visible(rule: HeadRule, length: int) -> np.ndarray:
    return rule.sees(np.arange(length), np.arange(length))


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("window", [None, 5, 30])
def test_pattern_sees_what_its_paper_says_within_the_layers_window(name: str, window: int | None) -> None:
    pattern = pattern_of(RECIPES[name], max_tokens=64)
    length = 45
    for head in range(HEADS):
        expected = [
            [j <= i and PAPERS[name](head, i, j) and (window is None or i - j < window) for j in range(length)]
            for i in range(length)
        ]
        assert pattern.sees(head, HEADS, length, reach=window).tolist() == expected


@given(rule=rules, length=st.integers(1, 120))
def test_rule_on_a_length_sees_the_same_there(rule: HeadRule, length: int) -> None:
    assert (_visible(rule.simplified_for(length), length) == _visible(rule, length)).all()
    assert rule.simplified_for(length).simplified_for(length) == rule.simplified_for(length)


def test_rule_that_limits_nothing_on_a_short_document_is_the_full_one() -> None:
    for name, recipe in RECIPES.items():
        for rule in pattern_of(recipe, max_tokens=64).rules:
            assert rule.simplified_for(1) == FULL_RULE or rule.dilation > 1, name


@given(rule=rules, length=st.integers(1, 120))
def test_every_token_and_its_reach_are_causal(rule: HeadRule, length: int) -> None:
    visible = _visible(rule, length)
    assert visible.diagonal().all(), "a token sees itself"
    assert not np.triu(visible, 1).any(), "and nothing later"


@given(rule=rules, lengths=st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_lanes_give_the_rules_visibility_and_nothing_across_documents(rule: HeadRule, lengths: list[int]) -> None:
    rule = HeadRule(rule.segment_tokens, rule.first_segment_tokens, rule.dilation, rule.window, 0, rule.reach)
    canonical = rule.simplified_for(max(lengths))
    lanes = lanes_of(canonical, tuple(lengths))
    order = list(range(sum(lengths))) if lanes.order is None else list(lanes.order)
    assert sorted(order) == list(range(sum(lengths))) and sum(lanes.lengths) == len(order)
    visible = np.zeros((len(order), len(order)), dtype=bool)
    start = 0
    for length in lanes.lengths:
        lane = order[start : start + length]
        for at, query in enumerate(lane):
            first = 0 if lanes.window is None else max(0, at - lanes.window + 1)
            visible[query, lane[first : at + 1]] = True
        start += length
    expected = np.zeros_like(visible)
    start = 0
    for length in lengths:
        expected[start : start + length, start : start + length] = _visible(rule, length)
        start += length
    assert (visible == expected).all()


@settings(deadline=None, max_examples=30)
@given(
    window=st.integers(1, 300),
    num_global=st.integers(0, 250),
    extra_reach=st.none() | st.integers(1, 500),
    behind=st.integers(1, 900),
)
def test_blocks_give_the_rules_visibility_exactly_once(
    window: int, num_global: int, extra_reach: int | None, behind: int
) -> None:
    length = window + behind
    reach = None if extra_reach is None or num_global == 0 else window + extra_reach
    rule = HeadRule(None, None, 1, window, num_global, reach)
    block = block_size(window, length)
    seen = np.zeros((length + block, length + block), dtype=int)
    covered = 0
    for group in block_groups(rule, length):
        assert group.first == covered, "groups follow each other"
        for number in range(group.first, group.first + group.count):
            start = window + number * block
            keys = [*range(group.num_global), *range(start - window, start + block)]
            for row, query in enumerate(range(start, start + block)):
                np.add.at(seen, (query, keys), group.visible_BK[row])
        covered += group.count
    assert covered == -(-behind // block)
    assert (seen[window:length, :length] == _visible(rule, length)[window:]).all()
    assert (seen[window:length, length:] == 0).all()


def test_blocks_of_one_mask_share_a_call() -> None:
    rule = HeadRule(None, None, 1, 256, 64, 3000)
    groups = block_groups(rule, 8192)
    assert sum(group.count for group in groups) == (8192 - 256) // 128
    assert len(groups) <= 6, "globals beside the window, in front of it, fading out, out of reach"


@pytest.mark.parametrize(
    ("rule", "length", "expected"),
    [
        (FULL_RULE, 10, FULL_RULE),
        (HeadRule(8, None, 1, None, 0, None), 8, FULL_RULE),
        (HeadRule(8, None, 1, None, 0, None), 9, HeadRule(8, None, 1, None, 0, None)),
        (HeadRule(8, 3, 1, None, 0, None), 3, FULL_RULE),
        (HeadRule(8, 3, 1, None, 0, None), 4, HeadRule(8, 3, 1, None, 0, None)),
        (HeadRule(None, None, 1, 8, 0, None), 8, FULL_RULE),
        (HeadRule(None, None, 1, 8, 0, None), 9, HeadRule(None, None, 1, 8, 0, None)),
        (HeadRule(None, None, 1, None, 0, 8), 8, FULL_RULE),
        (HeadRule(None, None, 1, None, 0, 8), 9, HeadRule(None, None, 1, 8, 0, None)),
        (HeadRule(None, None, 1, 5, 0, 8), 99, HeadRule(None, None, 1, 5, 0, None)),
        (HeadRule(None, None, 1, 9, 0, 8), 99, HeadRule(None, None, 1, 8, 0, None)),
        # Every third token, of 7 tokens behind: 0, 3 and 6 before it.
        (HeadRule(None, None, 3, None, 0, 7), 99, HeadRule(None, None, 3, 3, 0, None)),
        (HeadRule(None, None, 3, None, 0, 8), 99, HeadRule(None, None, 3, 3, 0, None)),
        (HeadRule(None, None, 3, 4, 0, None), 10, HeadRule(None, None, 3, None, 0, None)),
        (HeadRule(None, None, 3, 4, 0, None), 13, HeadRule(None, None, 3, 4, 0, None)),
        (HeadRule(None, None, 1, 5, 2, None), 99, HeadRule(None, None, 1, 5, 2, None)),
        (HeadRule(None, None, 1, 5, 2, 20), 99, HeadRule(None, None, 1, 5, 2, 20)),
        (HeadRule(None, None, 1, 5, 2, 20), 20, HeadRule(None, None, 1, 5, 2, None)),
        (HeadRule(None, None, 1, 5, 2, 5), 99, HeadRule(None, None, 1, 5, 0, None)),
        (HeadRule(None, None, 1, 5, 2, None), 5, FULL_RULE),
    ],
)
def test_rule_on_a_length_leaves_out_what_limits_nothing_there(rule: HeadRule, length: int, expected: HeadRule) -> None:
    assert rule.simplified_for(length) == expected


@pytest.mark.parametrize(
    ("segment", "first", "length", "stretches"),
    [
        (None, None, 7, ((1, 7),)),
        (8, None, 8, ((1, 8),)),
        (8, None, 16, ((2, 8),)),
        (8, None, 17, ((2, 8), (1, 1))),
        (8, 3, 3, ((1, 3),)),
        (8, 3, 4, ((1, 3), (1, 1))),
        (8, 3, 11, ((1, 3), (1, 8))),
        (8, 3, 29, ((1, 3), (3, 8), (1, 2))),
        (8, 8, 16, ((2, 8),)),
    ],
)
def test_segments_of_a_document_are_these_stretches(
    segment: int | None, first: int | None, length: int, stretches: tuple[tuple[int, int], ...]
) -> None:
    rule = HeadRule(segment, first, 1, None, 0, None)
    assert rule.segment_runs(length) == stretches
    numbers = rule.segment_of(np.arange(length)).tolist()
    sizes = [numbers.count(number) for number in sorted(set(numbers))]
    assert sizes == [tokens for count, tokens in stretches for _ in range(count)]


@pytest.mark.parametrize(
    ("window", "length", "block"),
    [(512, 4096, 256), (100, 4096, 64), (128, 4096, 64), (130, 4096, 65), (2048, 9999, 1024), (4096, 99999, 1024),
     (100, 130, 30), (100, 164, 64)],
)  # fmt: skip
def test_block_is_half_a_window_within_its_bounds_and_what_is_left(window: int, length: int, block: int) -> None:
    assert block_size(window, length) == block


def test_lanes_of_a_pack_are_laid_out_in_these_lengths_and_this_order() -> None:
    plain = lanes_of(HeadRule(4, 2, 1, 3, 0, None), (7, 3))
    assert (plain.lengths, plain.order, plain.window_size) == ((2, 4, 1, 2, 1), None, (2, 0))
    dilated = lanes_of(HeadRule(None, None, 3, None, 0, None), (7, 2))
    assert dilated.order == (0, 3, 6, 1, 4, 2, 5, 7, 8)
    assert (dilated.lengths, dilated.window_size) == ((3, 2, 2, 1, 1), (-1, 0))
