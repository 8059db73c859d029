"""Disjoint sets of ids under unions in any order, for components whose edges do not fit one machine.

Sets can be built apart and merged, which is what a Beam `CombineFn` does with them. The root of a set is its smallest
id, so the result depends neither on the order nor on how the edges were spread. Used by `stages.cluster`.
Cost: near linear in the unions (Tarjan 1975, path halving); memory: one entry an id.
"""

from __future__ import annotations

from collections.abc import Iterable


class UnionFind:
    """Sets of ids; an id that was never united is a set of its own."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def unite(self, first: str, second: str) -> None:
        """Make the sets of two ids one."""
        first_root, second_root = self.root(first), self.root(second)
        smaller, larger = min(first_root, second_root), max(first_root, second_root)
        self._parents.setdefault(smaller, smaller)
        self._parents[larger] = smaller

    def root(self, item: str) -> str:
        """The smallest id of an id's set."""
        parents = self._parents
        while (parent := parents.get(item, item)) != item:
            grandparent = parents[parent]
            parents[item] = grandparent
            item = grandparent
        return item

    def merge(self, others: Iterable[UnionFind]) -> None:
        """Unite whatever is united in the others."""
        for other in others:
            for item, parent in other._parents.items():
                self.unite(item, parent)

    def roots(self) -> dict[str, str]:
        """The root of every id that was united with another."""
        return {item: self.root(item) for item in sorted(self._parents)}
