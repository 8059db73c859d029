"""Turns verified edges between documents into clusters, and writes the clusters file and the shared passages.

Takes the edges, passages and similarities that `stages.cluster` finds. If the build is small enough, all edges are
clustered in the memory of one worker; otherwise, each connected component is clustered separately. The results are the
same. Used by `stages.cluster`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsSingleton

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import Banding
from pipeline.dedup.clusters import ClusterMember, Edge, Membership, Role, clusters_of, roles_to_drop
from pipeline.dedup.passages import SharedPassage, with_keepers
from pipeline.dedup.union_find import UnionFind
from pipeline.io import files
from pipeline.io.ledger import ShardReport, part_records, write_shard_report
from pipeline.io.parts import write_whole_part
from pipeline.stages.shards import shard_id
from pipeline.stages.signature_parts import CLUSTER_STAGE, SignatureParts, read_referenced

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


class WriteClusters(beam.DoFn):  # type: ignore[misc]
    """Memberships and passages → the clusters file, the passages file, and the report that lists both."""

    def __init__(self, parts: SignatureParts, fingerprint: str) -> None:
        self._parts = parts
        self._fingerprint = fingerprint

    def process(
        self,
        banding: Banding,
        memberships: Iterable[Membership],
        passages: Iterable[SharedPassage],
        checked: Iterable[Counter[int]],
    ) -> Iterator[str]:
        """Write the files and yield the path of the clusters file.

        The clusters file has the members of this build, sorted by id. A file without rows is not written.

        Args:
            banding: the banding of the search; its numbers of bands and rows are counters of the report.
            memberships: the memberships of all related documents, including those of earlier builds.
            passages: the shared passages, in any order; some may occur twice.
            checked: the number of verified pairs for each tenth of similarity, as several counts to add up.
        """
        members = sorted(
            (member for member in memberships if not member.document.is_earlier), key=lambda m: m.document.doc_id
        )
        dropped = {member.document.doc_id for member in members if not member.is_kept}
        folder = self._parts.folder
        files.remove_file(folder.clusters)
        files.remove_file(folder.shared_passages)
        members_part = write_whole_part(folder.clusters, self._rows(members), ClusterMember)
        passages_part = write_whole_part(
            folder.shared_passages,
            sorted(
                with_keepers({row for row in passages if row.doc_id not in dropped and row.kept_id not in dropped}),
                key=lambda row: (row.doc_id, row.start, row.kept_id),
            ),
            SharedPassage,
        )
        similarities = sum(checked, Counter())
        roles = Counter(member.role for member in members)
        report = ShardReport(
            stage=CLUSTER_STAGE,
            shard_id=shard_id(0),
            fingerprint=self._fingerprint,
            num_in=len(members),
            num_kept=len(members),
            num_rejected=0,
            num_dead=0,
            counters={
                "bands": banding.num_bands,
                "clusters": len({member.survivor.doc_id for member in members}),
                "pairs_checked": similarities.total(),
                **{f"pairs_of_similarity/0.{tenth}": similarities[tenth] for tenth in range(10) if similarities[tenth]},
                "pairs_of_similarity/1.0": similarities[10],
                "rows": banding.num_rows,
                "shared_passages": passages_part.num_records,
                **{f"members/{role}": count for role, count in sorted(roles.items())},
            },
            parts=tuple(part_records(folder, [members_part.written, passages_part.written])),
        )
        write_shard_report(folder, report)
        yield folder.clusters

    def _rows(self, members: Sequence[Membership]) -> Iterator[ClusterMember]:
        survivors = (member.survivor for member in members)
        names = read_referenced(survivors, self._parts.signature_part, _SurvivorName)
        for member in members:
            name = names[member.survivor.part, member.survivor.row]
            yield ClusterMember(
                doc_id=member.document.doc_id,
                cluster_id=self._parts.plain_id(member.survivor),
                role=member.role,
                is_kept=member.is_kept,
                similarity=member.similarity,
                survivor_title=name.title,
                survivor_uri=name.source_uri,
                decided_by=member.decided_by,
            )


@dataclass(frozen=True, slots=True)
class _SurvivorName:
    title: str
    source_uri: str


def _all_clusters(_once: None, *, edges: Iterable[Edge], dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(edges), dropped_roles=dropped)


def _with_root(edge: Edge, *, roots: Mapping[str, str]) -> tuple[str, Edge]:
    return roots[edge.first.doc_id], edge


def _clusters_of_root(group: tuple[str, Iterable[Edge]], *, dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(group[1]), dropped_roles=dropped)
