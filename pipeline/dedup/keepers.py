"""Chooses which of several related nodes are kept, so that each dropped one is directly related to a kept one.

Takes, for each node, the nodes for which it may be dropped; returns which nodes are kept. Used by `dedup.clusters`,
whose nodes are groups of exact copies. A node is dropped only for a node that is itself kept, never through a chain:
if A may be dropped for B, and B is dropped for C, then A is kept unless it may be dropped for C too. In the words of
graph theory, the kept nodes are the kernel of the graph. Cost: O(n log n) for n nodes and relations.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence


def kept_nodes(droppers: Sequence[Collection[int]]) -> list[bool]:
    """Return for each node whether it is kept.

    A node without an undecided dropper is kept, and the nodes that may be dropped for it are dropped. If each undecided
    node waits for another one, in a circle, the first of them is kept.

    Args:
        droppers: for each node, the nodes for which it may be dropped. Nodes with smaller numbers come first where the
            order matters.
    """
    dependents: list[list[int]] = [[] for _ in droppers]
    num_undecided = [len(set(nodes) - {node}) for node, nodes in enumerate(droppers)]
    for node, nodes in enumerate(droppers):
        for dropper in set(nodes) - {node}:
            dependents[dropper].append(node)
    is_kept: list[bool | None] = [None] * len(droppers)
    free = [node for node, count in enumerate(num_undecided) if count == 0]
    first = 0
    while True:
        while free:
            node = heapq.heappop(free)
            if is_kept[node] is None:
                _keep(node, dependents, num_undecided, is_kept, free)
        while first < len(droppers) and is_kept[first] is not None:
            first += 1
        if first == len(droppers):
            return [bool(kept) for kept in is_kept]
        free.append(first)


def _keep(
    node: int,
    dependents: Sequence[Sequence[int]],
    num_undecided: list[int],
    is_kept: list[bool | None],
    free: list[int],
) -> None:
    """Keep a node and drop its dependents. Changes `is_kept`, `num_undecided` and `free`."""
    is_kept[node] = True
    for dependent in dependents[node]:
        if is_kept[dependent] is not None:
            continue
        is_kept[dependent] = False
        for waiting in dependents[dependent]:
            num_undecided[waiting] -= 1
            if num_undecided[waiting] == 0 and is_kept[waiting] is None:
                heapq.heappush(free, waiting)
