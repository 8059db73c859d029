"""Triples of items: in document order, each item twice at most, spread over the document, named in another order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.triples import chosen_triples, shuffled_slots


@given(count=st.integers(0, 60), most=st.integers(1, 8))
def test_triples_keep_the_order_and_use_no_item_often(count: int, most: int) -> None:
    items = list(range(count))
    found = chosen_triples(items, most, lambda group: True)
    assert len(found) <= most
    assert bool(found) == (count >= 3)
    assert all(one < two < three for one, two, three in found)
    assert max(Counter(item for group in found for item in group).values(), default=0) <= 2


@given(count=st.integers(3, 60))
def test_triples_that_do_not_fit_are_left_out(count: int) -> None:
    found = chosen_triples(list(range(count)), 6, lambda group: sum(group) % 2 == 0)
    assert all(sum(group) % 2 == 0 for group in found)


@given(pairs=st.integers(20, 60))
def test_triples_of_two_alternating_speakers_have_both(pairs: int) -> None:
    found = chosen_triples(["one", "other"] * pairs, 6, lambda group: len(set(group)) > 1)
    assert found


@given(words=st.lists(st.text(min_size=1), min_size=3, max_size=3, unique=True))
def test_triple_slots_hold_the_words_in_an_order_of_their_own(words: list[str]) -> None:
    slots = shuffled_slots(words)
    assert sorted(slots.values()) == sorted(words)
    assert slots == shuffled_slots(words[::-1])
