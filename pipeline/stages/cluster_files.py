"""Writes the clusters file, the shared passages and the report of a build's search for duplicates.

Takes the memberships, passages and similarities that `transforms.find_clusters` finds. Used by `stages.dedup`. Memory:
all memberships and passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam

from pipeline.dedup.banding import Banding
from pipeline.dedup.clusters import ClusterMember, Membership
from pipeline.dedup.decisions import SurvivorName, cluster_member, settled_passages
from pipeline.dedup.passages import SharedPassage
from pipeline.io import files
from pipeline.io.ledger import ShardReport, part_records, write_shard_report
from pipeline.io.parts import write_whole_part
from pipeline.stages.shards import shard_id
from pipeline.stages.signature_parts import CLUSTER_STAGE, SignatureParts
from pipeline.transforms.signed_parts import read_referenced


class WriteClusters(beam.DoFn):  # type: ignore[misc]
    """Memberships and passages → the clusters file, the passages file, and the report that lists both."""

    def __init__(self, parts: SignatureParts, fingerprint: str) -> None:
        self._parts = parts
        self._fingerprint = fingerprint

    def process(
        self,
        banding: Banding,
        memberships: Iterable[Membership],
        passages: Iterable[tuple[str, SharedPassage]],
        checked: Iterable[Counter[int]],
    ) -> Iterator[str]:
        """Write the files and yield the path of the clusters file.

        The clusters file has the members of this build, sorted by id. A file without rows is not written.

        Args:
            banding: the banding of the search; its numbers of bands and rows are counters of the report.
            memberships: the memberships of all related documents, including those of earlier builds.
            passages: the shared passages, each with its part, in any order; some may occur twice.
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
            settled_passages((passage for _, passage in passages), dropped=dropped),
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
        names = read_referenced(survivors, self._parts.signature_part, SurvivorName)
        for member in members:
            yield cluster_member(
                member,
                name=names[member.survivor.part, member.survivor.row],
                doc_id=member.document.doc_id,
                cluster_id=self._parts.plain_id(member.survivor),
            )
