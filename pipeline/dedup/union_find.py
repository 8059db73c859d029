"""Disjoint sets of ids that are united in any order, for components whose edges do not fit on one machine.

Sets can be built separately and merged; a Beam `CombineFn` does this. The root of a set is its smallest id, so the
result depends neither on the order of the edges nor on how they were distributed. Used by `stages.cluster` and
`stages.placement`. Cost: near linear in the unions (Tarjan 1975, path halving). Memory: one entry per id.
"""

from __future__ import annotations

from collections.abc import Iterable


class UnionFind:
    """Sets of ids; an id that was never united is a set by itself."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def unite(self, first: str, second: str) -> None:
        """Unite the sets of two ids."""
        first_root, second_root = self.root(first), self.root(second)
        smaller, larger = min(first_root, second_root), max(first_root, second_root)
        self._parents.setdefault(smaller, smaller)
        self._parents[larger] = smaller

    def root(self, item: str) -> str:
        """Return the smallest id in the set of an id."""
        parents = self._parents
        while (parent := parents.get(item, item)) != item:
            grandparent = parents[parent]
            parents[item] = grandparent
            item = grandparent
        return item

    def merge(self, others: Iterable[UnionFind]) -> None:
        """Unite all ids that are united in the others."""
        for other in others:
            for item, parent in other._parents.items():
                self.unite(item, parent)

    def roots(self) -> dict[str, str]:
        """Return the root of every id that was united with another."""
        return {item: self.root(item) for item in sorted(self._parents)}
