"""Each dropped node is directly related to a kept one, and no kept one has to go for another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.keepers import kept_nodes

GRAPHS = st.lists(st.sets(st.integers(0, 11), max_size=4), min_size=12, max_size=12)


@given(GRAPHS)
def test_kept_nodes_drop_each_other_node_directly(droppers: list[set[int]]) -> None:
    kept = kept_nodes(droppers)
    for node, is_kept in enumerate(kept):
        if not is_kept:
            assert any(kept[dropper] for dropper in droppers[node] - {node})


@given(GRAPHS)
def test_no_kept_node_has_a_kept_dropper_unless_they_are_in_a_circle(droppers: list[set[int]]) -> None:
    acyclic = [{dropper for dropper in nodes if dropper < node} for node, nodes in enumerate(droppers)]
    kept = kept_nodes(acyclic)
    assert kept[0]
    for node, is_kept in enumerate(kept):
        assert is_kept == (not any(kept[dropper] for dropper in acyclic[node]))


def test_chain_keeps_every_second_node_and_a_circle_its_first() -> None:
    assert kept_nodes([[], [0], [1], [2]]) == [True, False, True, False]
    assert kept_nodes([[2], [0], [1]]) == [True, False, True]
    assert kept_nodes([]) == []
