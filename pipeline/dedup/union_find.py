"""Finds connected components of ids from edges in any order, even if the edges do not fit on one machine.

Several workers can each build a `UnionFind` from some edges; a Beam `CombineFn` then merges the results. The root of a
set is its smallest id, so the result does not depend on the order or distribution of the edges. Used by
`transforms.cluster_edges` and `stages.placement`. Cost: O(log n) per edge, amortised (path halving; Tarjan and van
Leeuwen 1984). Memory: one entry per id.
"""

from __future__ import annotations

from collections.abc import Iterable


class UnionFind:
    """Disjoint sets of ids; an id that was never united is a set of one."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def unite(self, first: str, second: str) -> None:
        """Unite the sets that contain two ids."""
        first_root, second_root = self.root(first), self.root(second)
        smaller, larger = min(first_root, second_root), max(first_root, second_root)
        self._parents.setdefault(smaller, smaller)
        self._parents[larger] = smaller

    def root(self, item: str) -> str:
        """Return the smallest id in the set that contains an id."""
        parents = self._parents
        while (parent := parents.get(item, item)) != item:
            grandparent = parents[parent]
            parents[item] = grandparent
            item = grandparent
        return item

    def merge(self, others: Iterable[UnionFind]) -> None:
        """Unite all ids that are united in any of the other objects."""
        for other in others:
            for item, parent in other._parents.items():
                self.unite(item, parent)

    def roots(self) -> dict[str, str]:
        """Return the root of every id that was passed to `unite`, in sorted order."""
        return {item: self.root(item) for item in sorted(self._parents)}
