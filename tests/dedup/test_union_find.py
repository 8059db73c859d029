import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.clusters import components
from pipeline.dedup.union_find import UnionFind

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=60)


def united(pairs: list[tuple[int, int]]) -> UnionFind:
    sets = UnionFind()
    for first, second in pairs:
        sets.unite(f"{first:02d}", f"{second:02d}")
    return sets


@given(PAIRS)
def test_union_find_joins_what_scipy_joins_under_the_smallest_id(pairs: list[tuple[int, int]]) -> None:
    roots = united(pairs).roots()
    labels = components(31, pairs)
    assert set(roots) == {f"{end:02d}" for pair in pairs for end in pair}
    for item, root in roots.items():
        assert int(root) == min(node for node in range(31) if labels[node] == labels[int(item)])


@given(PAIRS, st.integers(1, 5), st.randoms())
def test_union_find_does_not_depend_on_order_or_on_how_the_pairs_were_spread(
    pairs: list[tuple[int, int]], num_parts: int, rng: random.Random
) -> None:
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    merged = UnionFind()
    merged.merge([united(shuffled[part::num_parts]) for part in range(num_parts)])
    assert merged.roots() == united(pairs).roots()


def test_union_find_leaves_a_single_id_alone() -> None:
    assert UnionFind().root("a") == "a"
    assert UnionFind().roots() == {}
