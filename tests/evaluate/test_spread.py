from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.documents.spread import spread_order
from pipeline.identity import stable_hash64

Item = tuple[str, str, int]
items = st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 30)), max_size=40)


def ordered(given_items: list[Item]) -> list[Item]:
    return spread_order(
        given_items, groups=[lambda item: item[0], lambda item: item[1]], chance=lambda item: stable_hash64(*item)
    )


@given(items, st.randoms(use_true_random=False))
def test_order_has_all_items_and_does_not_depend_on_theirs(given_items: set[Item], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = sorted(given_items)
    random.shuffle(shuffled)
    found = ordered(sorted(given_items))
    assert found == ordered(shuffled) and sorted(found) == sorted(given_items)


@given(items, st.integers(1, 40))
def test_beginning_takes_from_each_group_alike_until_it_is_used_up(given_items: set[Item], count: int) -> None:
    found = ordered(sorted(given_items))
    taken = Counter(item[0] for item in found[:count])
    left = Counter(item[0] for item in found[count:])
    assert all(taken[name] >= taken[other] - 1 for name in left for other in taken)


def test_beginning_is_spread_over_documents_of_a_group() -> None:
    found = ordered([("a", document, number) for document in "xyz" for number in range(9)])
    assert {item[1] for item in found[:3]} == set("xyz")
