"""The dedup stage, as one Beam job: computes the signature of every document, finds clusters, and writes rejections.

    document parts ─ SignWork ─▶ signature parts ─ FindClusters, WriteClusters ─▶ clusters file ─ DedupWork ─▶ rejected

`DropDuplicates` is the whole stage; `stages.chain` plans it. Signing and rejecting are maps over shards, so each
finished shard is kept when the stage is interrupted. Finding clusters (`transforms.find_clusters`) runs again from the
start if its report is missing or if any shard had to be signed. The results do not depend on the order in which Beam
processes its elements, so the files are the same for any number of workers. No documents are copied: later stages learn
from `stages.cluster_members` which documents and passages to leave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsIter, PBegin

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import banding_of
from pipeline.dedup.decisions import STAGE, duplicate_rejection
from pipeline.dedup.signature import Signature
from pipeline.dedup.signing import sign_in_batches
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import PartWriter, num_rows, read_part
from pipeline.records import Document
from pipeline.stages.cluster_files import WriteClusters
from pipeline.stages.cluster_members import cluster_members
from pipeline.stages.shards import RunShards, Shard, after, unfinished
from pipeline.stages.signature_parts import CLUSTER_STAGE, SignatureParts, signature_parts
from pipeline.transforms.find_clusters import FindClusters

_UNREAD = ("outline",)
"""Fields of `Document` that signing does not need."""


@dataclass(frozen=True, slots=True)
class SignWork:
    """Turns a document part into a signature part. Counts every document as kept."""

    stage: ClassVar[str] = "sign"
    recipe: DedupRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write a signature for each document of the shard, in the order of the documents."""
        path = folder.signature_part(shard.shard_id)
        files.remove_file(path)
        with ledger.part(PartWriter(path, Signature)) as writer:
            documents = (document for path in shard.inputs for document in read_part(path, Document, without=_UNREAD))
            for signature in sign_in_batches(documents, self.recipe):
                writer.add(signature)
                ledger.keep(1)


@dataclass(frozen=True, slots=True)
class DedupWork:
    """Turns a signature part and the clusters into rejections."""

    stage: ClassVar[str] = STAGE
    fingerprint: str
    counting_shard: str = ""
    """The id of the shard that also adds the counters of clustering, so that they are added once."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Keep or reject each document of the shard."""
        clusters = cluster_members(folder, self.fingerprint)
        path = folder.signature_part(shard.shard_id)
        for document in read_part(path, _Source) if files.exists(path) else ():
            member = clusters.get(document.doc_id)
            if member is None or member.is_kept:
                ledger.keep(1)
            else:
                ledger.reject(duplicate_rejection(document, member))
        if shard.shard_id == self.counting_shard:
            for report in read_shard_reports(folder, CLUSTER_STAGE, self.fingerprint).values():
                for name, amount in report.counters.items():
                    ledger.count(f"{CLUSTER_STAGE}/{name}", amount)


class DropDuplicates(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the whole stage, except work that is already finished; returns the ids of the shards that this job finished.

    Raises:
        InputError: the recipe names an earlier build that cannot be used.
    """

    def __init__(self, *, shards: Sequence[Shard], folder: BuildFolder, recipe: DedupRecipe, fingerprint: str) -> None:
        super().__init__()
        self._shards = shards
        self._folder = folder
        self._recipe = recipe
        self._fingerprint = fingerprint
        self._parts = signature_parts(folder, recipe)

    def expand(self, start: PBegin) -> beam.PCollection:
        """Connect the three steps; a side input makes each step wait for the previous one."""
        sign = SignWork(recipe=self._recipe, fingerprint=self._fingerprint)
        # Ingest writes no part for a shard without documents, so shard 0 may be missing.
        first = min((shard.shard_id for shard in self._shards), default="")
        drop = DedupWork(fingerprint=self._fingerprint, counting_shard=first)
        to_sign = unfinished(self._shards, work=sign, folder=self._folder)
        to_drop = unfinished(self._shards, work=drop, folder=self._folder)
        done = start | "shards to sign" >> beam.Create(to_sign) | "sign" >> RunShards(sign, self._folder)
        if to_sign or not read_shard_reports(self._folder, CLUSTER_STAGE, self._fingerprint):
            num_documents = sum(num_rows(path) for shard in self._shards for path in shard.inputs)
            num_earlier = sum(num_rows(self._parts.signature_part(part)) for part in self._parts.earlier())
            search = FindClusters(self._parts, self._recipe, num_documents=num_documents, num_earlier=num_earlier)
            found = (
                start
                | "signed shards" >> beam.Create(self._shards)
                | "after signing" >> beam.Map(after, AsIter(done))
                | "own parts" >> beam.Map(_own_part)
                | "find clusters" >> search
            )
            done = (
                start
                | "once" >> beam.Create([banding_of(self._recipe)])
                | "write clusters"
                >> beam.ParDo(
                    WriteClusters(self._parts, self._fingerprint),
                    memberships=AsIter(found.memberships),
                    passages=AsIter(found.passages),
                    checked=AsIter(found.checked),
                )
            )
        return (
            start
            | "shards to drop from" >> beam.Create(to_drop)
            | "after clustering" >> beam.Map(after, AsIter(done))
            | "drop" >> RunShards(drop, self._folder)
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """The columns of a signature part that a rejection needs."""

    doc_id: str
    source_uri: str
    source_offset: int
    excerpt: str


def _own_part(shard: Shard) -> str:
    return SignatureParts.own(shard.shard_id)
