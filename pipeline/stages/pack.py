"""The pack stage, as one Beam job: encodes every document, decides about it, and writes the corpus.

    document parts ─ TokenizeWork ─▶ work/tokens ─ placement ─▶ work/placement ─ PackWork ─▶ corpus/bucket=B/part-k
                               └──▶ work/cut ──────────────────────────────────────┘

Encoding and writing are maps over shards. The decisions concern all documents; they are made in steps over shards and
ranges, which read no texts or token ids (`stages.placement`). The stage's counts are counts of documents: a document
that is split or joined counts once, and a joined document counts in the shard that writes the joined row. Used by
`stages.chain`.

Counters: `documents/…` counts the kept documents as whole, split or joined. `tokens_of/…` shows what became of the
documents' tokens; `tokens_of/in` is the sum of the others. `skipped/unsplittable` counts files of source trees that fit
no bucket; their tokens are not in `tokens_of/in`. `contexts`, `bucket/B` and `tokens/B` count rows and their tokens.
`tokens_of_headings` counts the tokens of heading lines in joined rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, TypeVar

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PBegin

from pipeline.config.pack import PackRecipe
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.outputs import part_files
from pipeline.io.parts import NumberLists, Numbers, PartWriter, read_part, read_part_with_lists, read_rows_with_lists
from pipeline.io.token_store import TOKEN_IDS
from pipeline.pack.contexts import Placement, joined_context
from pipeline.pack.parts import STAGE, num_left_out, pack_rejection, part_rows
from pipeline.records import Context, DeadLetter, Document, Dropped, JoiningKind
from pipeline.stages.encoded_parts import (
    SECTION_TOKEN_STARTS,
    TOKEN_LISTS,
    EncodedPart,
    JoinedMember,
    JoinedRow,
    PlacedDocument,
    members_by_shard,
    read_documents,
)
from pipeline.stages.grouped import GroupWork
from pipeline.stages.placement import plan_placement
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.steps import RunSteps, Step
from pipeline.stages.tokenize import TokenizeWork
from pipeline.tokens.encode import encode_documents

Record = TypeVar("Record")

PACK_STAGE = STAGE


class PackDocuments(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the whole stage, except work that is already finished; returns the ids of shards that this job finished."""

    def __init__(self, *, steps: Sequence[Step], folder: BuildFolder) -> None:
        super().__init__()
        self._steps = tuple(steps)
        self._folder = folder

    def expand(self, start: PBegin) -> beam.PCollection:
        """Connect the steps."""
        return start | "pack" >> RunSteps(self._steps, self._folder)


def plan_pack(shards: Sequence[Shard], *, recipe: PackRecipe, seed: int, fingerprint: str) -> list[Step]:
    """Return the steps of the stage, in the order in which they run.

    Args:
        shards: one shard for each part of documents.
        recipe: the pack section of the recipe.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the stage.
    """
    return [
        Step(TokenizeWork(recipe=recipe, fingerprint=fingerprint), tuple(shards)),
        *plan_placement(shards, recipe=recipe, seed=seed, fingerprint=fingerprint),
        Step(PackWork(recipe=recipe, fingerprint=fingerprint), tuple(shards)),
    ]


@dataclass(frozen=True, slots=True)
class PackWork:
    """Turns one shard's documents, cut documents, token ids and placement into corpus parts."""

    stage: ClassVar[str] = PACK_STAGE
    recipe: PackRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the rows of the shard's documents, then its joined rows, and count every document and token."""
        _remove_earlier_parts(folder, shard.shard_id)
        if shard.shard_id == shard_id(0):
            for report in read_shard_reports(folder, GroupWork.stage, self.fingerprint).values():
                for name, number in report.counters.items():
                    ledger.count(name, number)
        with ExitStack() as stack:
            corpus = _CorpusWriter(folder, shard.shard_id, ledger, stack)
            for document, parts, decision in self._documents(shard, folder, ledger):
                self._write_document(document, parts, decision, corpus, ledger)
            self._write_joined(shard, folder, corpus, ledger)

    def _documents(
        self, shard: Shard, folder: BuildFolder, ledger: ShardLedger
    ) -> Iterator[tuple[Document, list[tuple[EncodedPart, NumberLists]], PlacedDocument]]:
        """Yield the shard's surviving documents in order, with parts and decision, without those in joined rows."""
        documents = enumerate(document for path in shard.inputs for document in read_part(path, Document))
        decisions = _read(folder.placed_part(shard.shard_id), PlacedDocument)
        path = folder.encoded_part(shard.shard_id)
        rows = read_part_with_lists(path, EncodedPart, TOKEN_LISTS) if files.exists(path) else iter(())
        cut = _read(folder.cut_part(shard.shard_id), Document)
        next_cut = next(cut, None)
        for document_row, group in groupby(rows, key=lambda row: row[0].document_row):
            source = document = next(document for row, document in documents if row == document_row)
            if next_cut is not None and next_cut.doc_id == source.doc_id:
                document, next_cut = next_cut, next(cut, None)
            ledger.count("cut_chars", len(source.text) - len(document.text))
            decision = next(decisions)
            assert decision.doc_id == document.doc_id, f"placement has {decision.doc_id}, tokens have {document.doc_id}"
            if not decision.is_joined:
                yield document, list(group), decision
        assert next_cut is None, "a document from which passages were cut has no token row"

    def _write_document(
        self,
        document: Document,
        parts: Sequence[tuple[EncodedPart, NumberLists]],
        decision: PlacedDocument,
        corpus: _CorpusWriter,
        ledger: ShardLedger,
    ) -> None:
        first = parts[0][0]
        num_tokens = sum(part.num_tokens for part, _ in parts)
        ledger.count("tokens_of/in", num_tokens)
        if first.error:
            ledger.add_dead(_dead_letter(first))
            return
        if reason := first.reason or decision.reason:
            detail, score = (first.detail, first.score) if first.reason else (decision.detail, decision.score)
            ledger.count(f"tokens_of/rejected/{reason}", num_tokens)
            ledger.reject(pack_rejection(document, Dropped(reason, detail, score)))
            return
        spans = [part for part, _ in parts]
        if left_out := num_left_out(document, spans):
            ledger.count("skipped/unsplittable", left_out)
        rows = part_rows(document, spans, self.recipe, cluster_id=decision.cluster_id, repeats=decision.repeats)
        for context, (_, lists) in zip(rows, parts, strict=True):
            corpus.add(context, lists)
        kind = "split" if len(parts) > 1 else "whole"
        ledger.count(f"tokens_of/{kind}", num_tokens)
        ledger.count(f"documents/{kind}", 1)
        ledger.keep(1)

    def _write_joined(self, shard: Shard, folder: BuildFolder, corpus: _CorpusWriter, ledger: ShardLedger) -> None:
        rows = list(_read(folder.joined_part(shard.shard_id), JoinedRow))
        sources = _Sources(folder, members_by_shard(rows))
        for row in rows:
            members = [sources.of(member) for member in row.members]
            counts = [part.num_tokens for _, part, _ in members]
            context = joined_context(
                [document for document, _, _ in members],
                num_tokens=counts,
                joining=JoiningKind(row.joining),
                placement=Placement(
                    num_tokens=row.num_tokens, bucket=row.bucket, cluster_id=row.cluster_id, repeats=row.repeats
                ),
            )
            corpus.add(context, self._joined_tokens(context, [lists for _, _, lists in members]))
            ledger.count("tokens_of/in", sum(counts))
            ledger.count("tokens_of/joined", sum(counts))
            ledger.count("tokens_of_headings", row.num_tokens - sum(counts))
            ledger.count("documents/joined", len(members))
            ledger.count(f"joined/{row.joining}", len(members))
            ledger.keep(len(members))

    def _joined_tokens(self, context: Context, members: Sequence[NumberLists]) -> NumberLists:
        """Return the ids of a joined row: for each member, the ids of its heading line, then its own ids."""
        ends = [0, *(member.end for member in context.members)]
        headings = encode_documents(
            [context.text[end : member.start] for end, member in zip(ends, context.members, strict=False)],
            self.recipe.tokenizer,
        )
        ids: list[Numbers] = []
        starts: list[Numbers] = []
        length = 0
        for heading, lists, member in zip(headings, members, context.members, strict=True):
            member_starts = lists[SECTION_TOKEN_STARTS]
            num_deeper = sum(member.start <= section.start < member.end for section in context.sections)
            # Text before a document's first heading belongs to the section of the heading line.
            deeper = member_starts[len(member_starts) - num_deeper :]
            starts += [np.array([length], dtype=np.uint32), deeper + np.uint32(length + len(heading))]
            ids += [heading, lists[TOKEN_IDS]]
            length += len(heading) + len(lists[TOKEN_IDS])
        return {TOKEN_IDS: np.concatenate(ids), SECTION_TOKEN_STARTS: np.concatenate(starts)}


class _CorpusWriter:
    """Writes the rows of one shard into one part for each bucket; a part is opened for its first row."""

    def __init__(self, folder: BuildFolder, shard_id: str, ledger: ShardLedger, stack: ExitStack) -> None:
        self._folder = folder
        self._shard_id = shard_id
        self._ledger = ledger
        self._stack = stack
        self._parts: dict[int, PartWriter[Context]] = {}

    def add(self, context: Context, lists: NumberLists) -> None:
        assert len(lists[TOKEN_IDS]) == context.num_tokens, f"{context.doc_id}: the number of ids is not num_tokens"
        bucket = context.bucket
        if bucket not in self._parts:
            path = self._folder.corpus_part(bucket, self._shard_id)
            writer = self._ledger.part(PartWriter(path, Context, TOKEN_LISTS))
            self._parts[bucket] = self._stack.enter_context(writer)
        self._parts[bucket].add(context, lists)
        self._ledger.count("contexts", 1)
        self._ledger.count(f"bucket/{bucket}", 1)
        self._ledger.count(f"tokens/{bucket}", context.num_tokens)
        self._ledger.count("repeated_tokens", context.num_tokens * (context.repeats - 1))


class _Sources:
    """The documents and token ids of all members of a shard's joined rows, in memory; each part is read once."""

    def __init__(self, folder: BuildFolder, members: Mapping[str, Sequence[JoinedMember]]) -> None:
        self._documents: dict[tuple[str, int], Document] = {}
        self._encoded: dict[tuple[str, int], tuple[EncodedPart, NumberLists]] = {}
        for shard, shard_members in members.items():
            documents = read_documents(folder, shard, [member.document_row for member in shard_members])
            self._documents |= {(shard, row): document for row, document in documents.items()}
            rows = [member.encoded_row for member in shard_members]
            encoded = read_rows_with_lists(folder.encoded_part(shard), rows, EncodedPart, TOKEN_LISTS)
            self._encoded |= {(shard, row): found for row, found in encoded.items()}

    def of(self, member: JoinedMember) -> tuple[Document, EncodedPart, NumberLists]:
        part, lists = self._encoded[member.shard_id, member.encoded_row]
        document = self._documents[member.shard_id, member.document_row]
        assert part.doc_id == document.doc_id, f"tokens of {part.doc_id} are stored for document {document.doc_id}"
        return document, part, lists


def _read(path: str, record_type: type[Record]) -> Iterator[Record]:
    return read_part(path, record_type) if files.exists(path) else iter(())


def _dead_letter(part: EncodedPart) -> DeadLetter:
    return DeadLetter(
        stage=PACK_STAGE,
        item_id=part.doc_id,
        source_uri=part.source_uri,
        source_offset=part.source_offset,
        error=part.error,
        traceback=part.traceback,
    )


def _remove_earlier_parts(folder: BuildFolder, shard_id: str) -> None:
    """Remove a shard's corpus parts from an earlier run, which may have used different buckets."""
    for path in part_files(folder, "corpus", suffix=f"/part-{shard_id}.parquet"):
        files.remove_file(path)
