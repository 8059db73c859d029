"""Deduplication as one Beam job: sign every document, find clusters, write the rejections.

    document parts ─ SignWork ─▶ signature parts ─ FindClusters ─▶ clusters file ─ DedupWork ─▶ rejected parts

`DropDuplicates` is the whole of it and what `build` runs. Signing and rejecting are maps over units, so they resume
unit by unit; finding clusters runs again unless its report stands. Shuffles carry document references and band keys; no
text and no shingle passes through them. Every step depends on sets, never on order, so the files are the same for any
number of workers. Later stages ask `cluster_members` which documents were dropped; nothing is copied.

Documents that differ in amounts and dates only are near duplicates here once those are a small part of them, and one is
dropped with its survivor named; keeping such versions apart is a rule about their numbers, not their similarity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsIter, PBegin, TaggedOutput

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import Banding, band_keys, choose_banding
from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, copy_pairs
from pipeline.dedup.clusters import ClusterMember, Edge, Membership, Role, clusters_of
from pipeline.dedup.items import LetterCase, letter_case
from pipeline.dedup.shingles import Shingling
from pipeline.dedup.signature import (
    ShingleSketch,
    Signature,
    exact_hash,
    packed,
    packed_ascending,
    sketch_texts,
    unpacked,
    unpacked_ascending,
)
from pipeline.dedup.similarity import overlap
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger, UnitReport, read_unit_reports, write_unit_report
from pipeline.io.parts import PartWriter, read_part, read_rows, write_part
from pipeline.records import Document, Rejection, excerpt_of
from pipeline.stages.units import RunUnits, Unit, unfinished, unit_id

CLUSTER_STAGE = "cluster"
"""Name of the report that `FindClusters` leaves."""

_BATCH_CHARS = 2**18
_UNKNOWN = ("", "unknown")
_BANDS, _EDGES, _CHECKED = "bands", "edges", "checked"


def plan_document_units(folder: BuildFolder) -> list[Unit]:
    """One unit for each document part, under the part's own number; for deduplication and packing."""
    return [
        Unit(unit_id=path.rsplit("-", 1)[-1].removesuffix(".parquet"), inputs=(path,))
        for path in files.list_files(folder.documents, suffix=".parquet")
    ]


def cluster_members(folder: BuildFolder, fingerprint: str) -> Mapping[str, ClusterMember]:
    """Every document that has a duplicate, by id; documents without one are absent.

    Read once per worker process.

    Args:
        folder: the build.
        fingerprint: of the asking stage; it covers the clusters, so that a later build in the same process reads again.
    """
    return _cluster_members(folder.clusters, fingerprint)


@dataclass(frozen=True, slots=True)
class SignWork:
    """Document part in, signature part out. Counts every document as kept; signing is total, so none can fail alone."""

    stage: ClassVar[str] = "sign"
    recipe: DedupRecipe
    fingerprint: str

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Sign the documents of the unit, in their order."""
        with PartWriter(folder.signature_part(unit.unit_id), Signature) as writer:
            documents = (document for path in unit.inputs for document in read_part(path, Document))
            for batch in _batches(documents):
                for signature in sign_documents(batch, self.recipe):
                    writer.add(signature)
                    ledger.keep(1)


@dataclass(frozen=True, slots=True)
class DedupWork:
    """Signature part and clusters in, rejections out; a document is kept unless another one survives it."""

    stage: ClassVar[str] = "dedup"
    fingerprint: str

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Put each document of the unit on its pile."""
        clusters = cluster_members(folder, self.fingerprint)
        path = folder.signature_part(unit.unit_id)
        for document in read_part(path, _Source) if files.exists(path) else ():
            member = clusters.get(document.doc_id)
            if member is None or member.role == Role.SURVIVOR:
                ledger.keep(1)
            else:
                ledger.reject(_rejection(document, member))


class DropDuplicates(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """The whole stage, on a pipeline; ids of finished units out. Finished units and standing clusters are left out."""

    def __init__(self, *, units: Sequence[Unit], folder: BuildFolder, recipe: DedupRecipe, fingerprint: str) -> None:
        super().__init__()
        self._units = units
        self._folder = folder
        self._recipe = recipe
        self._fingerprint = fingerprint

    def expand(self, start: PBegin) -> beam.PCollection:
        """Chain the three steps; each waits for the one before it through a side input."""
        sign = SignWork(recipe=self._recipe, fingerprint=self._fingerprint)
        drop = DedupWork(fingerprint=self._fingerprint)
        to_sign = unfinished(self._units, work=sign, folder=self._folder)
        to_drop = unfinished(self._units, work=drop, folder=self._folder)
        done = start | "units to sign" >> beam.Create(to_sign) | "sign" >> RunUnits(sign, self._folder)
        if to_sign or not read_unit_reports(self._folder, CLUSTER_STAGE, self._fingerprint):
            done = (
                start
                | "signed units" >> beam.Create(self._units)
                | "after signing" >> beam.Map(_after, AsIter(done))
                | "find clusters" >> FindClusters(self._folder, self._recipe, self._fingerprint)
            )
        return (
            start
            | "units to drop from" >> beam.Create(to_drop)
            | "after clustering" >> beam.Map(_after, AsIter(done))
            | "drop" >> RunUnits(drop, self._folder)
        )


class FindClusters(beam.PTransform):  # type: ignore[misc]
    """Units whose signatures are written in; the clusters file and its report out, as one element: the file's path.

    Exact copies are found by hash first and only one of each takes part in the search for near duplicates. Each pair
    that shares a band is verified on the shingles, which are read from the signature parts, one pair of parts at a
    time.
    """

    def __init__(self, folder: BuildFolder, recipe: DedupRecipe, fingerprint: str) -> None:
        super().__init__()
        self._folder = folder
        self._recipe = recipe
        self._fingerprint = fingerprint

    def expand(self, units: beam.PCollection) -> beam.PCollection:
        """Signatures → copies → bands → pairs → verified edges → components."""
        banding = choose_banding(
            threshold=self._recipe.threshold,
            false_negative_target=self._recipe.false_negative_target,
            num_permutations=self._recipe.num_permutations,
        )
        copies = (
            units
            | "spread" >> beam.Reshuffle()
            | "read" >> beam.ParDo(_ReadSignatures(self._folder, banding)).with_output_types(tuple[str, Any])
            | "by exact hash" >> beam.GroupByKey()
            | "join copies"
            >> beam.ParDo(_JoinCopies()).with_output_types(tuple[int, Any]).with_outputs(_EDGES, main=_BANDS)
        )
        verified = (
            copies[_BANDS]
            | "by band" >> beam.GroupByKey()
            | "pair" >> beam.ParDo(_PairBucket()).with_output_types(tuple[tuple[str, str], Any])
            | "by parts" >> beam.GroupByKey()
            | "verify" >> beam.ParDo(_Verify(self._folder, self._recipe.threshold)).with_outputs(_CHECKED, main=_EDGES)
        )
        return (
            units.pipeline
            | "once" >> beam.Create([banding])
            | "write"
            >> beam.ParDo(
                _WriteClusters(self._folder, self._fingerprint),
                copies=AsIter(copies[_EDGES]),
                near=AsIter(verified[_EDGES]),
                checked=AsIter(verified[_CHECKED]),
            )
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """Columns of a signature part that a rejection needs."""

    doc_id: str
    source_uri: str
    source_offset: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class _SurvivorName:
    title: str
    source_uri: str


@dataclass(frozen=True, slots=True)
class _Comparable:
    """Columns of a signature part that the search for candidates needs."""

    doc_id: str
    num_chars: int
    completeness: int
    exact_hash: str
    minhash: bytes


@dataclass(frozen=True, slots=True)
class _ShingleSet:
    shingles: bytes
    sampling_bits: int


class _ReadSignatures(beam.DoFn):  # type: ignore[misc]
    """Unit → (exact hash, (reference, band keys))."""

    def __init__(self, folder: BuildFolder, banding: Banding) -> None:
        self._folder = folder
        self._banding = banding

    def process(self, unit: Unit) -> Iterator[tuple[str, tuple[DocumentRef, list[int]]]]:
        path = self._folder.signature_part(unit.unit_id)
        for row, signature in enumerate(read_part(path, _Comparable) if files.exists(path) else ()):
            reference = DocumentRef(
                doc_id=signature.doc_id,
                part=unit.unit_id,
                row=row,
                num_chars=signature.num_chars,
                completeness=signature.completeness,
            )
            minhash = unpacked(signature.minhash)
            # Signed, since Beam's integer coder is.
            keys = band_keys(minhash, self._banding).view(np.int64).tolist() if len(minhash) else []
            yield signature.exact_hash, (reference, keys)


class _JoinCopies(beam.DoFn):  # type: ignore[misc]
    """Documents of one exact hash → edges among them; band keys of the one that stands for all."""

    def process(
        self, group: tuple[str, Iterable[tuple[DocumentRef, list[int]]]]
    ) -> Iterator[tuple[int, DocumentRef] | TaggedOutput]:
        keys_of = {DocumentRef(*reference): keys for reference, keys in group[1]}
        for first, copy in copy_pairs(list(keys_of)):
            yield TaggedOutput(_EDGES, Edge(first=first, second=copy, similarity=1.0, is_copy=True))
        representative = min(keys_of)
        for key in keys_of[representative]:
            yield key, representative


class _PairBucket(beam.DoFn):  # type: ignore[misc]
    """Documents that share a band → candidate pairs, keyed by the signature parts they are in."""

    def process(self, bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], Pair]]:
        members = [DocumentRef(*member) for member in bucket[1]]
        for first, second in bucket_pairs(members) if len(members) > 1 else ():
            yield (first.part, second.part), (first, second)


class _Verify(beam.DoFn):  # type: ignore[misc]
    """Candidate pairs of two signature parts → those whose shingle sets are similar enough; how many were checked."""

    def __init__(self, folder: BuildFolder, threshold: float) -> None:
        self._folder = folder
        self._threshold = threshold

    def process(self, group: tuple[tuple[str, str], Iterable[Pair]]) -> Iterator[Edge | TaggedOutput]:
        pairs = sorted({(DocumentRef(*first), DocumentRef(*second)) for first, second in group[1]})
        rows_by_part: dict[str, set[int]] = defaultdict(set)
        for pair in pairs:
            for document in pair:
                rows_by_part[document.part].add(document.row)
        sets = {
            (part, row): shingles
            for part, rows in rows_by_part.items()
            for row, shingles in read_rows(self._folder.signature_part(part), rows, _ShingleSet).items()
        }
        for first, second in pairs:
            ours, theirs = sets[first.part, first.row], sets[second.part, second.row]
            similarity = overlap(
                unpacked_ascending(ours.shingles),
                unpacked_ascending(theirs.shingles),
                first_bits=ours.sampling_bits,
                second_bits=theirs.sampling_bits,
            ).jaccard
            if similarity >= self._threshold:
                yield Edge(first=first, second=second, similarity=similarity, is_copy=False)
        yield TaggedOutput(_CHECKED, len(pairs))


class _WriteClusters(beam.DoFn):  # type: ignore[misc]
    """All edges → the clusters file, sorted by id, and last the report that says it stands."""

    def __init__(self, folder: BuildFolder, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint

    def process(
        self, banding: Banding, copies: Iterable[Edge], near: Iterable[Edge], checked: Iterable[int]
    ) -> Iterator[str]:
        near_edges = list(near)
        memberships = clusters_of([*copies, *near_edges])
        files.remove_file(self._folder.clusters)
        write_part(self._folder.clusters, _members(memberships, self._folder), ClusterMember)
        survivors = sum(membership.role is Role.SURVIVOR for membership in memberships)
        report = UnitReport(
            stage=CLUSTER_STAGE,
            unit_id=unit_id(0),
            fingerprint=self._fingerprint,
            num_in=len(memberships),
            num_kept=len(memberships),
            num_rejected=0,
            num_dead=0,
            counters={
                "bands": banding.num_bands,
                "clusters": survivors,
                "pairs_checked": sum(checked),
                "pairs_similar": len(near_edges),
                "rows": banding.num_rows,
            },
        )
        write_unit_report(self._folder, report)
        yield self._folder.clusters


def _after(unit: Unit, _earlier: Iterable[str]) -> Unit:
    """The unit itself; Beam computes a side input before the elements that are given it."""
    return unit


def sign_documents(documents: Sequence[Document], recipe: DedupRecipe) -> list[Signature]:
    """Signatures of some documents, in their order."""
    sketches: dict[int, ShingleSketch] = {}
    for case in LetterCase:
        places = [index for index, document in enumerate(documents) if letter_case(document.domain) is case]
        shingling = Shingling(case=case, word_shingle=recipe.word_shingle, hangul_shingle=recipe.hangul_shingle)
        texts = [documents[index].text for index in places]
        sketches |= zip(places, sketch_texts(texts, shingling, num_permutations=recipe.num_permutations), strict=True)
    return [_signature(document, sketches[index]) for index, document in enumerate(documents)]


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    num_chars = 0
    for document in documents:
        batch.append(document)
        num_chars += len(document.text)
        if num_chars >= _BATCH_CHARS:
            yield batch
            batch, num_chars = [], 0
    if batch:
        yield batch


def _signature(document: Document, sketch: ShingleSketch) -> Signature:
    return Signature(
        doc_id=document.doc_id,
        title=document.title,
        domain=document.domain,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=excerpt_of(document.text),
        num_chars=len(document.text),
        completeness=sum(value not in _UNKNOWN for value in (document.title, document.licence)),
        exact_hash=exact_hash(document.text),
        minhash=packed(sketch.minhash),
        shingles=packed_ascending(sketch.shingles),
        sampling_bits=sketch.sampling_bits,
        anchors=packed(sketch.anchors),
        anchor_starts=packed_ascending(sketch.anchor_starts),
        anchor_bits=sketch.anchor_bits,
    )


def _members(memberships: Sequence[Membership], folder: BuildFolder) -> Iterator[ClusterMember]:
    rows_by_part: dict[str, set[int]] = defaultdict(set)
    for membership in memberships:
        rows_by_part[membership.survivor.part].add(membership.survivor.row)
    names = {
        (part, row): name
        for part, rows in rows_by_part.items()
        for row, name in read_rows(folder.signature_part(part), rows, _SurvivorName).items()
    }
    for membership in memberships:
        survivor = membership.survivor
        name = names[survivor.part, survivor.row]
        yield ClusterMember(
            doc_id=membership.document.doc_id,
            cluster_id=survivor.doc_id,
            role=membership.role,
            similarity=membership.similarity,
            survivor_title=name.title,
            survivor_uri=name.source_uri,
        )


def _rejection(document: _Source, member: ClusterMember) -> Rejection:
    survivor = f"{member.cluster_id} ({member.survivor_title or 'untitled'}, {member.survivor_uri})"
    if member.role == Role.EXACT:
        reason, detail = "exact_duplicate", f"Same text as {survivor}."
    else:
        reason, detail = "near_duplicate", f"Shingle similarity {member.similarity:.3f}; kept instead: {survivor}."
    return Rejection(
        stage=DedupWork.stage,
        item_id=document.doc_id,
        reason=reason,
        detail=detail,
        score=member.similarity,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=document.excerpt,
    )


@lru_cache(maxsize=1)
def _cluster_members(path: str, fingerprint: str) -> dict[str, ClusterMember]:
    if not files.exists(path):
        return {}
    return {member.doc_id: member for member in read_part(path, ClusterMember)}
