import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.pack import MixRule
from pipeline.pack.mixing import CAPPED, MixItem, fitting, mix_items

ITEMS = st.lists(
    st.builds(
        MixItem,
        st.integers(0, 10_000).map(str),
        st.sampled_from([1024, 2048]),
        st.sampled_from(["legal", "code"]),
        st.sampled_from(["en", "ko"]),
        st.integers(1, 900),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda item: item.item_id,
)
LEGAL_CAP = MixRule(domain="legal", max_tokens=2000)


@given(items=ITEMS, seed=st.integers(0, 5), order=st.randoms(use_true_random=False))
def test_mix_items_caps_what_a_rule_matches_and_nothing_else_whatever_the_order(
    items: list[MixItem], seed: int, order: random.Random
) -> None:
    mixed = mix_items(items, rules=[LEGAL_CAP], seed=seed)
    shuffled = items[:]
    order.shuffle(shuffled)
    assert mix_items(shuffled, rules=[LEGAL_CAP], seed=seed) == mixed
    assert set(mixed) == {item.item_id for item in items}
    taken = sum(item.num_tokens for item in items if item.domain == "legal" and mixed[item.item_id] != CAPPED)
    assert taken <= 2000
    for item in items:
        if mixed[item.item_id] == CAPPED:
            assert item.domain == "legal"
            assert taken + item.num_tokens > 2000, "what still fits is taken"


def test_mix_items_without_a_rule_are_seen_once() -> None:
    assert mix_items([MixItem("a", 1024, "legal", "en", 5)], rules=(), seed=1) == {"a": 1}


def test_mix_items_follow_the_first_rule_that_matches() -> None:
    rules = [
        MixRule(bucket=2048, language="ko", repeat=3),
        MixRule(bucket=2048, repeat=2),
        MixRule(domain="code", max_tokens=1),
    ]
    items = [
        MixItem("ko", 2048, "code", "ko", 9),
        MixItem("en", 2048, "code", "en", 9),
        MixItem("short", 1024, "code", "en", 9),
        MixItem("other", 1024, "legal", "en", 9),
    ]
    assert mix_items(items, rules=rules, seed=1) == {"ko": 3, "en": 2, "short": CAPPED, "other": 1}


def test_mix_items_repeat_by_a_fraction_on_average() -> None:
    items = [MixItem(str(number), 1024, "legal", "en", 9) for number in range(2000)]
    repeats = mix_items(items, rules=[MixRule(repeat=2.25)], seed=3)
    assert set(repeats.values()) == {2, 3}
    assert abs(sum(repeats.values()) / len(items) - 2.25) < 0.04
    assert repeats != mix_items(items, rules=[MixRule(repeat=2.25)], seed=4)


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(0, 300))
def test_fitting_takes_each_item_that_still_has_room(num_tokens, max_tokens):
    taken, room = [], max_tokens
    for number in num_tokens:
        taken.append(number <= room)
        room -= number * taken[-1]
    assert fitting(np.array(num_tokens, dtype=np.int64), max_tokens).tolist() == taken
