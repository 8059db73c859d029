"""Packing as a map over units: documents in, `corpus/bucket=B/part-k.parquet` out.

A unit reads one document part, passes over what deduplication dropped, counts tokens a batch at a time and writes each
document, whole or in parts, to its length bucket. Documents are the unit of its counts: one that is split counts once;
the counters `contexts`, `split_documents`, `bucket/B` and `tokens/B` tell what became of them. Memory: one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar

from pipeline.config.build import PackRecipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.passages import SharedPassage, without_passages
from pipeline.errors import PipelineError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger
from pipeline.io.parts import PartWriter, read_part
from pipeline.io.tokenizer import count_tokens
from pipeline.pack.contexts import STAGE, pack_document
from pipeline.records import Context, Document, Rejection
from pipeline.stages.dedup import cluster_members, cut_passages, plan_document_units
from pipeline.stages.units import Unit

_BATCH_DOCUMENTS = 64
_BATCH_CHARS = 2 * 2**20


def plan_pack_units(folder: BuildFolder) -> list[Unit]:
    """One unit for each document part, under the part's own number."""
    return plan_document_units(folder)


@dataclass(frozen=True, slots=True)
class PackWork:
    """Document part and clusters in, corpus parts out."""

    stage: ClassVar[str] = STAGE
    recipe: PackRecipe
    fingerprint: str

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Put every surviving document of the unit into its bucket.

        Raises:
            InputError: the tokenizer cannot be loaded.
        """
        clusters = cluster_members(folder, self.fingerprint)
        cuts = cut_passages(folder, self.fingerprint)
        survivors = (
            _without_cuts(document, cuts.get(document.doc_id, ()), ledger)
            for path in unit.inputs
            for document in read_part(path, Document)
            if _survives(document, clusters)
        )
        _remove_earlier_parts(folder, unit.unit_id)
        with ExitStack() as stack:
            writers = {
                bucket: stack.enter_context(PartWriter(folder.corpus_part(bucket, unit.unit_id), Context))
                for bucket in self.recipe.buckets
            }
            for batch in _batches(survivors):
                counts = count_tokens([document.text for document in batch], self.recipe.tokenizer)
                for document, num_tokens in zip(batch, counts, strict=True):
                    member = clusters.get(document.doc_id)
                    self._place(
                        document,
                        num_tokens=num_tokens,
                        cluster_id=member.cluster_id if member else document.doc_id,
                        writers=writers,
                        ledger=ledger,
                    )

    def _place(
        self,
        document: Document,
        *,
        num_tokens: int,
        cluster_id: str,
        writers: Mapping[int, PartWriter[Context]],
        ledger: UnitLedger,
    ) -> None:
        try:
            packed = pack_document(
                document,
                num_tokens=num_tokens,
                cluster_id=cluster_id,
                buckets=self.recipe.buckets,
                room_tokens=self.recipe.room_tokens,
                min_tokens=self.recipe.min_tokens,
                overflow=self.recipe.overflow,
                count_tokens=lambda texts: count_tokens(texts, self.recipe.tokenizer),
            )
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  the boundary of one document
            ledger.bury(
                item_id=document.doc_id,
                source_uri=document.source_uri,
                source_offset=document.source_offset,
                error=error,
            )
            return
        if isinstance(packed, Rejection):
            ledger.reject(packed)
            return
        for context in packed:
            writers[context.bucket].add(context)
            ledger.count("contexts", 1)
            ledger.count(f"bucket/{context.bucket}", 1)
            ledger.count(f"tokens/{context.bucket}", context.num_tokens)
        ledger.count("split_documents", int(len(packed) > 1))
        ledger.keep(1)


def _survives(document: Document, clusters: Mapping[str, ClusterMember]) -> bool:
    member = clusters.get(document.doc_id)
    return member is None or member.is_kept


def _without_cuts(document: Document, cuts: Sequence[SharedPassage], ledger: UnitLedger) -> Document:
    shortened = without_passages(document, cuts)
    ledger.count("cut_chars", len(document.text) - len(shortened.text))
    return shortened


def _remove_earlier_parts(folder: BuildFolder, unit_id: str) -> None:
    """A unit that is run again may fill fewer buckets than the first time, whatever the buckets were then."""
    for path in files.list_files(folder.corpus, suffix=f"/part-{unit_id}.parquet"):
        files.remove_file(path)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    num_chars = 0
    for document in documents:
        batch.append(document)
        num_chars += len(document.text)
        if len(batch) >= _BATCH_DOCUMENTS or num_chars >= _BATCH_CHARS:
            yield batch
            batch, num_chars = [], 0
    if batch:
        yield batch
