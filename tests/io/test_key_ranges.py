"""Ranges of hashed keys: they cover everything, are even, keep keys whole, and cut a hot key."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.io.key_ranges import Counts, KeyRange, counted_cells, cut_ranges, num_ranges, place_of


def ranges_of(places: list[int], most_items: int) -> list[KeyRange]:
    array = np.array(places, dtype=np.int64)

    def count(first: int, width: int) -> Counts:
        return counted_cells(array, first, width)

    return cut_ranges(count, num_items=len(places), most_items=most_items)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), min_size=1, max_size=200),
    st.integers(1, 40),
)
def test_ranges_cover_every_place_once_and_hold_what_they_say(items, most_items):
    places = [place_of(f"key{key}", f"member{member}") for key, member in items]
    ranges = ranges_of(places, most_items)
    assert len(ranges) <= num_ranges(len(places), most_items=most_items)
    assert ranges[0].first == 0 and ranges[-1].last == 2**60 - 1
    assert all(one.last + 1 == other.first for one, other in pairwise(ranges))
    inside = [[place for place in places if one.first <= place <= one.last] for one in ranges]
    assert [len(own) for own in inside] == [one.num_items for one in ranges]
    same_place = max(places.count(place) for place in places)
    assert all(len(own) <= most_items + max(same_place, most_items // 8) for own in inside)
    keys = defaultdict(set)
    for (key, _), place in zip(items, places, strict=True):
        keys[key].add(next(number for number, one in enumerate(ranges) if one.first <= place <= one.last))
    for (key, _), place in zip(items, places, strict=True):
        if len(keys[key]) > 1:
            own = next(one for one in ranges if one.first <= place <= one.last)
            assert own.may_share_key(place)


def test_ranges_of_many_small_keys_cut_none_and_are_even():
    places = [place_of(f"key{number // 5}", f"member{number}") for number in range(8000)]
    ranges = ranges_of(places, 1000)
    assert len(ranges) == 8
    assert all(900 <= one.num_items <= 1100 for one in ranges)
    assert not any(one.may_share_key(place) for one in ranges for place in places if one.first <= place <= one.last)
    assert ranges_of(places[::-1], 1000) == ranges


def test_ranges_cut_a_hot_key_and_leave_the_other_keys_whole():
    hot = [place_of("hot", f"member{number}") for number in range(5000)]
    cold = [place_of(f"key{number}", "member") for number in range(1000)]
    ranges = ranges_of(hot + cold, 1000)
    assert len(ranges) == 6
    assert all(one.num_items <= 1125 for one in ranges)
    assert not any(one.may_share_key(place) for one in ranges for place in cold if one.first <= place <= one.last)
    assert sum(any(one.first <= place <= one.last for place in hot) for one in ranges) >= 5


def test_key_beside_a_hot_one_stays_whole():
    hot_key = 123 << 12
    hot = [hot_key << 30 | number * 500_000 for number in range(1995)]
    few = [hot_key + 1 << 30 | number * 100_000_000 for number in range(10)]
    rest = [((hot_key >> 10) + 1 << 40) + number * 2**30 for number in range(1995)]
    holding = [
        sum(one.first <= place <= one.last for place in few) for one in ranges_of(sorted(hot + few + rest), 1000)
    ]
    assert [number for number in holding if number] == [10]


def test_one_range_is_enough_for_few_items():
    places = [place_of(f"key{number}", "member") for number in range(50)]
    assert ranges_of(places, 50) == [KeyRange(0, 2**60 - 1, 50)]
    assert num_ranges(0, most_items=50) == num_ranges(50, most_items=50) == 1
    assert num_ranges(51, most_items=50) == 2
