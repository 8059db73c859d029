"""The decontamination stage, as one Beam job: drops, cuts or marks documents that contain evaluation items.

    evaluation sets ─ IndexWork ─▶ index ─┬─ MatchWork ─▶ matches ─ CommonWork ─▶ common n-grams ─┐
    document parts ───────────────────────┴───────────────────────────── DecontaminateWork ◀──────┘

Every document is looked up once. The n-grams that too many documents contain are known only after that, so the
documents that contain any are looked up again without these. A shard whose documents change gets a new part in
`work/decontaminated` (see `stages.kept_documents`). All steps but the second and the last are one shard. The results do
not depend on the number of workers. Used by `stages.chain`. Cost: reads the texts once, at more than 30 MB/s a core;
memory for the index (see `decontamination.index`) in each worker process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsIter, PBegin

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.findings import ItemFinder
from pipeline.decontamination.ngrams import read_text
from pipeline.dedup.passages import without_spans
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import NumberLists, PartWriter, num_rows, read_part, read_part_with_lists, write_whole_part
from pipeline.records import Document
from pipeline.stages.contamination import STAGE, Contamination, DocumentText, Fate, Judged, Rules, judge
from pipeline.stages.evaluation_index import IndexWork
from pipeline.stages.shards import RunShards, Shard, ShardWork, after, shard_id, unfinished
from pipeline.stages.stored_index import (
    COMMON_STAGE,
    INDEX_STAGE,
    NGRAMS,
    IndexArray,
    arrays_as_rows,
    limits_of,
    load_distinctive_index,
    load_index,
    read_items,
)

MATCH_STAGE = "match"
"""The name under which the reports of the second step are stored."""
_MIN_COMMON_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class MatchedDocument:
    """A row of `work/matches`: a document that contains n-grams of the index.

    An additional column has the numbers of the n-grams, each once.
    """

    row: int
    """The row of the document in the shard's document part."""


@dataclass(frozen=True, slots=True)
class _Text:
    """The column of a document part that is looked up."""

    text: str


@dataclass(frozen=True, slots=True)
class MatchWork:
    """Turns a document part into the n-grams of the index that each document contains. Counts documents as kept."""

    stage: ClassVar[str] = MATCH_STAGE
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Look up every document of the shard, unless the index is empty."""
        index = load_index(folder, self.fingerprint)
        path = folder.matches_part(shard.shard_id)
        files.remove_file(path)
        if not len(index.ngrams):
            ledger.keep(sum(num_rows(part) for part in shard.inputs))
            return
        with ledger.part(PartWriter(path, MatchedDocument, (NGRAMS,))) as writer:
            texts = (one.text for part in shard.inputs for one in read_part(part, _Text))
            for row, text in enumerate(texts):
                hits = index.find(read_text(text))
                if len(hits.ngrams):
                    lists: NumberLists = {NGRAMS: np.unique(hits.ngrams)}
                    writer.add(MatchedDocument(row), lists)
                ledger.keep(1)


@dataclass(frozen=True, slots=True)
class CommonWork:
    """Finds the n-grams that too many documents contain. Counts documents with any n-gram as kept."""

    stage: ClassVar[str] = COMMON_STAGE
    recipe: DecontaminationRecipe
    num_documents: int
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the numbers of these n-grams."""
        files.remove_file(folder.common_ngrams)
        index = load_index(folder, self.fingerprint)
        counts = np.zeros(len(index.ngrams), dtype=np.int64)
        for path in filter(files.exists, map(folder.matches_part, shard.inputs)):
            for _, lists in read_part_with_lists(path, MatchedDocument, (NGRAMS,)):
                counts[lists[NGRAMS]] += 1
                ledger.keep(1)
        limit = max(_MIN_COMMON_DOCUMENTS, int(self.recipe.max_document_share * self.num_documents))
        common = np.flatnonzero(counts > limit).astype(np.uint32)
        ledger.count("common_ngrams/documents", len(common))
        if len(common):
            rows = arrays_as_rows({NGRAMS: common})
            ledger.add_parts(write_whole_part(folder.common_ngrams, rows, IndexArray).written)


@dataclass(frozen=True, slots=True)
class DecontaminateWork:
    """Turns a document part and its matches into the documents that are kept, and rejections."""

    stage: ClassVar[str] = STAGE
    recipe: DecontaminationRecipe
    rules: Rules
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Judge the documents with n-grams of the index. Shard 0 also adds the counters of the earlier steps."""
        (part,) = shard.inputs
        kept_path = folder.decontaminated_part(shard.shard_id)
        for earlier in (folder.contamination_part(shard.shard_id), kept_path):
            files.remove_file(earlier)
        left_out, cuts = self._judge_matches(part, shard.shard_id, folder, ledger)
        ledger.keep(num_rows(part) - len(left_out))
        if left_out or cuts:
            with ledger.part(PartWriter(kept_path, Document)) as writer:
                for row, document in enumerate(read_part(part, Document)):
                    if row not in left_out:
                        writer.add(without_spans(document, cuts.get(row, ())))
        if shard.shard_id == shard_id(0):
            for name in (INDEX_STAGE, COMMON_STAGE):
                for report in read_shard_reports(folder, name, self.fingerprint).values():
                    for counter, amount in report.counters.items():
                        ledger.count(counter, amount)

    def _judge_matches(
        self, part: str, number: str, folder: BuildFolder, ledger: ShardLedger
    ) -> tuple[set[int], dict[int, Sequence[tuple[int, int]]]]:
        """Write what was found, rejections and dead letters. Return the rows to leave out, and the spans to cut."""
        matches = folder.matches_part(number)
        left_out: set[int] = set()
        cuts: dict[int, Sequence[tuple[int, int]]] = {}
        if not files.exists(matches):
            return left_out, cuts
        rows = {match.row for match in read_part(matches, MatchedDocument)}
        index, items = load_distinctive_index(folder, self.fingerprint), read_items(folder)
        finder = ItemFinder(index, limits_of(self.recipe))
        with ledger.part(PartWriter(folder.contamination_part(number), Contamination)) as writer:
            for row, document in enumerate(read_part(part, DocumentText)):
                if row not in rows:
                    continue
                try:
                    judged = judge(document, index, finder, items, self.rules)
                except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the stage
                    ledger.add_dead_letter(
                        item_id=document.doc_id,
                        source_uri=document.source_uri,
                        source_offset=document.source_offset,
                        error=error,
                    )
                    left_out.add(row)
                    continue
                for found in judged.found:
                    writer.add(found)
                _count(judged, ledger)
                if judged.rejection:
                    ledger.reject(judged.rejection)
                    left_out.add(row)
                elif judged.cuts:
                    cuts[row] = judged.cuts
        return left_out, cuts


class Decontaminate(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the whole stage, except work that is already finished; returns the ids of the shards that this job finished.

    Args:
        shards: the document shards.
        folder: the build folder.
        index: the first step.
        rules: what happens to a document that contains an item.
    """

    def __init__(self, *, shards: Sequence[Shard], folder: BuildFolder, index: IndexWork, rules: Rules) -> None:
        super().__init__()
        self._shards = shards
        self._folder = folder
        self._index = index
        self._rules = rules

    def expand(self, start: PBegin) -> beam.PCollection:
        """Connect the four steps; a side input makes each step wait for the previous one."""
        recipe, fingerprint = self._index.recipe, self._index.fingerprint
        num_documents = sum(num_rows(path) for shard in self._shards for path in shard.inputs)
        everything = Shard(shard_id(0), tuple(shard.shard_id for shard in self._shards))
        steps: Sequence[tuple[ShardWork, Sequence[Shard]]] = (
            (self._index, [everything]),
            (MatchWork(fingerprint), self._shards),
            (CommonWork(recipe, num_documents, fingerprint), [everything]),
            (DecontaminateWork(recipe, self._rules, fingerprint), self._shards),
        )
        done = start | "nothing done" >> beam.Create([], reshuffle=False)
        for work, shards in steps:
            todo = unfinished(shards, work=work, folder=self._folder)
            done = (
                start
                | f"shards for {work.stage}" >> beam.Create(todo, reshuffle=False)
                | f"wait for {work.stage}" >> beam.Map(after, AsIter(done))
                | work.stage >> RunShards(work, self._folder)
            )
        return done


def _count(judged: Judged, ledger: ShardLedger) -> None:
    """Count a document once for each set and fate of the items that it contains."""
    for set_name in {found.set_name for found in judged.found}:
        fates = {found.fate for found in judged.found if found.set_name == set_name}
        fate = next(fate for fate in Fate if fate in fates)
        ledger.count(f"documents/{set_name}/{fate}", 1)
