"""Turns verified edges between documents into memberships of clusters, in one worker or in many.

Takes the edges that `transforms.find_clusters` finds. If there are few documents, all edges are clustered in the memory
of one worker; otherwise, each connected component is clustered separately. The results are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsSingleton

from pipeline.config.build import DedupRecipe
from pipeline.dedup.clusters import Edge, Membership, Role, clusters_of, roles_to_drop
from pipeline.dedup.union_find import UnionFind

_FANOUT = 16
"""Number of partial merges of the union-find objects."""


class ClusterLocally(beam.PTransform):  # type: ignore[misc]
    """Turns edges into memberships; all edges are in the memory of one worker."""

    def __init__(self, recipe: DedupRecipe) -> None:
        super().__init__()
        self._dropped = roles_to_drop(recipe)

    def expand(self, edges: beam.PCollection) -> beam.PCollection:
        """Process all edges at once."""
        once = edges.pipeline | beam.Create([None])
        return once | beam.FlatMap(_all_clusters, edges=AsIter(edges), dropped=self._dropped)


class ClusterDistributed(beam.PTransform):  # type: ignore[misc]
    """Turns edges into memberships, one connected component at a time.

    The components are found with union-find over all ids, which is built in parts and merged. Memory of a worker: the
    root of every id in an edge, and the edges of one component.
    """

    def __init__(self, recipe: DedupRecipe) -> None:
        super().__init__()
        self._dropped = roles_to_drop(recipe)

    def expand(self, edges: beam.PCollection) -> beam.PCollection:
        """Edges → roots of ids → edges by root → memberships."""
        roots = edges | "unite" >> beam.CombineGlobally(_UniteEdges()).with_fanout(_FANOUT)
        return (
            edges
            | "by root" >> beam.Map(_with_root, roots=AsSingleton(roots)).with_output_types(tuple[str, Any])
            | "of one root" >> beam.GroupByKey()
            | "cluster" >> beam.FlatMap(_clusters_of_root, dropped=self._dropped)
        )


class _UniteEdges(beam.CombineFn):  # type: ignore[misc]
    def create_accumulator(self) -> UnionFind:
        return UnionFind()

    def add_input(self, accumulator: UnionFind, edge: Edge) -> UnionFind:
        accumulator.unite(edge.first.doc_id, edge.second.doc_id)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[UnionFind]) -> UnionFind:
        merged = UnionFind()
        merged.merge(accumulators)
        return merged

    def extract_output(self, accumulator: UnionFind) -> dict[str, str]:
        return accumulator.roots()


def _all_clusters(_once: None, *, edges: Iterable[Edge], dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(edges), dropped_roles=dropped)


def _with_root(edge: Edge, *, roots: Mapping[str, str]) -> tuple[str, Edge]:
    return roots[edge.first.doc_id], edge


def _clusters_of_root(group: tuple[str, Iterable[Edge]], *, dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(group[1]), dropped_roles=dropped)
