"""The first step of placement, over shards: measures documents, and gives each the place at which it is decided about.

Reads the token counts, clusters and signatures of a shard's documents, but no texts or token ids. Documents of one
domain and language are neighbours, and among them those that a rule may join: the versions of a document, the documents
of a source, the files of a folder, or documents that agree in their MinHash. Only a build with several ranges depends
on these keys. Used by `stages.placement`. Memory: the documents of a shard, about 5 KiB each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow.compute as pc

from pipeline.config.pack import PackRecipe
from pipeline.dedup.clusters import Role
from pipeline.documents.names import folder_of
from pipeline.domains import domain_rules
from pipeline.io import files
from pipeline.io.key_ranges import grouped_place
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_matching, read_part
from pipeline.records import JoiningKind
from pipeline.stages.encoded_parts import EncodedPart
from pipeline.stages.placement_files import MeasuredDocument, PlacementFile
from pipeline.stages.shards import Shard
from pipeline.stages.step_files import write_step

_FOLDERS = 4
"""Files of code are together if the first folders of their paths, up to this number, are the same."""
_MINHASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """The columns of a signature part that joining similar documents needs."""

    doc_id: str
    minhash: bytes


@dataclass(frozen=True, slots=True)
class MeasureWork:
    """Measures the documents of a shard."""

    stage: ClassVar[str] = "measure"
    recipe: PackRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the measures, by place."""
        documents = list(_documents(folder.encoded_part(shard.shard_id)))
        clusters = _own_clusters(folder, [rows[0].doc_id for _, rows in documents])
        minhashes = self._minhashes(folder.signature_part(shard.shard_id))
        measured = sorted(
            (
                self._measured(int(shard.shard_id), order, first_row, parts, clusters, minhashes)
                for order, (first_row, parts) in enumerate(documents)
            ),
            key=lambda one: (one.place, one.order),
        )
        number = shard.shard_id
        write_step(
            folder.placement, PlacementFile.MEASURED, number, measured, MeasuredDocument, ledger, sorted_by="place"
        )

    def _minhashes(self, path: str) -> Mapping[str, bytes]:
        if JoiningKind.NEAREST not in self.recipe.join.kinds or not files.exists(path):
            return {}
        return {signed.doc_id: signed.minhash for signed in read_part(path, SignedDocument)}

    def _measured(
        self,
        shard: int,
        order: int,
        first_row: int,
        parts: Sequence[EncodedPart],
        clusters: Mapping[str, _Cluster],
        minhashes: Mapping[str, bytes],
    ) -> MeasuredDocument:
        last = parts[-1]
        num_tokens = sum(one.num_tokens for one in parts)
        fits = not last.reason and not last.error
        is_short = fits and last.heading_tokens > 0 and num_tokens < self.recipe.join_below_tokens
        cluster = clusters.get(last.doc_id, _Cluster(last.doc_id, is_related=False, has_versions=False))
        minhash = minhashes.get(last.doc_id, b"") if is_short else b""
        return MeasuredDocument(
            place=_place(last, cluster, minhash),
            shard=shard,
            order=order,
            doc_id=last.doc_id,
            encoded_row=first_row,
            document_row=last.document_row,
            domain=last.domain,
            language=last.language,
            title=last.title if last.heading_tokens else "",
            source_uri=last.source_uri,
            source_offset=last.source_offset,
            num_tokens=num_tokens,
            longest_part=max(one.num_tokens for one in parts),
            heading_tokens=last.heading_tokens,
            outline_type=last.outline_type,
            relation=last.relation,
            imports=last.imports,
            fits=fits,
            cluster_id=cluster.cluster_id,
            is_related=cluster.is_related,
            versions=cluster.cluster_id if cluster.has_versions else "",
            minhash=minhash,
        )


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What `work/clusters` says about a document."""

    cluster_id: str
    is_related: bool
    has_versions: bool
    """Whether the document is the survivor or a version of a cluster with kept versions."""


def _place(part: EncodedPart, cluster: _Cluster, minhash: bytes) -> int:
    if cluster.has_versions:
        key = f"versions {cluster.cluster_id}"
    elif part.relation:
        key = f"relation {part.relation}"
    elif domain_rules(part.domain).is_code:
        key = f"folder {'/'.join(folder_of(part.source_uri).split('/')[: _FOLDERS + 1])}"
    elif similar := minhash[:_MINHASH_BYTES] or part.outline_type[:_MINHASH_BYTES]:
        key = f"similar {similar.hex()}"
    else:
        key = part.doc_id
    return grouped_place(f"{part.domain} {part.language}", key, part.doc_id)


def _documents(path: str) -> Iterator[tuple[int, list[EncodedPart]]]:
    """Yield the parts of each document of a shard, with the row number of the first part."""
    parts: list[EncodedPart] = []
    for row, part in enumerate(read_part(path, EncodedPart) if files.exists(path) else ()):
        parts.append(part)
        if part.part == part.num_parts:
            yield row + 1 - len(parts), parts
            parts = []


def _own_clusters(folder: BuildFolder, doc_ids: Sequence[str]) -> dict[str, _Cluster]:
    """Return the clusters of some documents; reads the file of all clusters in batches."""
    if not files.exists(folder.clusters):
        return {}
    own = read_matching(folder.clusters, ["doc_id", "cluster_id", "role", "is_kept"], doc_ids)
    is_version = pc.field("is_kept") & (pc.field("role") == Role.VERSION.value)
    cluster_ids = {row["cluster_id"] for row in own}
    kept = read_matching(folder.clusters, ["cluster_id", "role", "is_kept"], cluster_ids, where=is_version)
    with_versions = {row["cluster_id"] for row in kept}
    compared = (Role.SURVIVOR.value, Role.VERSION.value)
    return {
        row["doc_id"]: _Cluster(
            row["cluster_id"],
            is_related=True,
            has_versions=bool(row["is_kept"] and row["role"] in compared and row["cluster_id"] in with_versions),
        )
        for row in own
    }
