"""Finds related documents with Beam transforms: signature parts in, memberships of clusters and shared passages out.

    references ─ by exact hash ─ one per hash ─ keys by range ─ pairs ─ by part ─ verify ─ edges ─ memberships

Exact copies are found by hash first, and only one document of each group of copies takes part in the further search.
Documents that share a band (see `dedup.banding`) may be near duplicates; documents that share anchors (see
`dedup.sketch`) may contain passages of each other. Both keys meet in ranges (`dedup.shared_keys`). Each pair of
documents is verified by comparing the shingle samples in their signatures. The pairs of a part, as that of the first
document, are verified together: its samples are read once, and those of every other part one after the other. Then the
texts of near duplicates are compared: two documents on different subjects, made from one template, are no copies.
`transforms.cluster_edges` turns the verified edges into memberships. Beam shuffles document references, blocks of keys,
pairs, edges and passages, but no texts or samples; both are read again by part and row (`transforms.signed_parts`).
Used by `stages.dedup` and `transforms.find_duplicates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import Banding, banding_of
from pipeline.dedup.candidates import DocumentRef, copy_pairs, copy_representative
from pipeline.dedup.clusters import Edge, Relation
from pipeline.dedup.passages import SharedPassage
from pipeline.dedup.shared_keys import (
    KeyBlock,
    KeyKind,
    PairBlock,
    RowPairs,
    enough_votes,
    num_ranges,
    pair_blocks,
    shared_key_pairs,
    signature_blocks,
)
from pipeline.dedup.verification import Place, Sample, verify_pairs
from pipeline.io.parts import read_rows
from pipeline.transforms.cluster_edges import ClusterDistributed, ClusterLocally
from pipeline.transforms.signed_parts import SignedParts, StoredTexts

_UNIQUE, _EDGES, _PASSAGES, _CHECKED = "unique", "edges", "passages", "checked"

Plain = tuple[Any, ...]
"""A reference or a block as a plain tuple, which Beam encodes without pickling."""


class Clusters(NamedTuple):
    """What the search found, as collections."""

    memberships: beam.PCollection
    """The `Membership` of each document that is related to another one."""
    passages: beam.PCollection
    """Pairs of a part and a `SharedPassage` of a document in it. A passage may occur twice."""
    checked: beam.PCollection
    """The number of verified pairs for each tenth of similarity, as several counts to add up."""


class FindClusters(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Turns the names of parts whose signatures are written into `Clusters`.

    Args:
        parts: where signatures and texts are read.
        recipe: the recipe section.
        num_documents: the number of documents, if known; decides the number of ranges of keys. Up to
            `recipe.max_local_documents` documents are clustered in the memory of one worker; otherwise each connected
            component by itself. The results are the same.
        num_earlier: the number of documents of earlier builds, whose keys are in the same ranges.
    """

    def __init__(
        self, parts: SignedParts, recipe: DedupRecipe, *, num_documents: int | None = None, num_earlier: int = 0
    ) -> None:
        super().__init__()
        self.num_ranges = num_ranges(None if num_documents is None else num_documents + num_earlier)
        self._parts = parts
        self._recipe = recipe
        self._num_documents = num_documents

    def expand(self, own: beam.PCollection) -> Clusters:
        """References → copies → bands and anchors → pairs → verified edges → memberships."""
        banding = banding_of(self._recipe)
        earlier = own.pipeline | "earlier parts" >> beam.Create(self._parts.earlier())
        copies = (
            (own, earlier)
            | "all parts" >> beam.Flatten()
            | "spread" >> beam.Reshuffle()
            | "read references" >> beam.ParDo(_ReadReferences(self._parts)).with_output_types(tuple[str, Any])
            | "by exact hash" >> beam.GroupByKey()
            | "join copies"
            >> beam.ParDo(_JoinCopies()).with_output_types(tuple[str, Any]).with_outputs(_EDGES, main=_UNIQUE)
        )
        pairs = (
            copies[_UNIQUE]
            | "by part" >> beam.GroupByKey()
            | "read keys"
            >> beam.ParDo(_ReadKeys(self._parts, banding, self.num_ranges)).with_output_types(
                tuple[tuple[str, int], Any]
            )
            | "by range" >> beam.GroupByKey()
            | "pair" >> beam.FlatMap(_pairs_of_range).with_output_types(tuple[str, Any])
        )
        verified = (
            pairs
            | "by first part" >> beam.GroupByKey()
            | "verify" >> beam.ParDo(_Verify(self._parts, self._recipe)).with_outputs(_PASSAGES, _CHECKED, main=_EDGES)
        )
        edges = (copies[_EDGES], verified[_EDGES]) | "edges" >> beam.Flatten()
        is_small = self._num_documents is not None and self._num_documents <= self._recipe.max_local_documents
        memberships = (
            edges | "cluster here" >> ClusterLocally(self._recipe)
            if is_small
            else edges | "cluster together" >> ClusterDistributed(self._recipe)
        )
        return Clusters(memberships, verified[_PASSAGES], verified[_CHECKED])


@dataclass(frozen=True, slots=True)
class _Keys:
    """The columns of a signature part that the search for candidates needs."""

    minhash: bytes
    anchors: bytes


class _ReadReferences(beam.DoFn):  # type: ignore[misc]
    """Part → (exact hash, reference as a plain tuple)."""

    def __init__(self, parts: SignedParts) -> None:
        self._parts = parts

    def process(self, part: str) -> Iterator[tuple[str, Plain]]:
        for exact_hash, reference in self._parts.references(part):
            yield exact_hash, tuple(reference)


class _JoinCopies(beam.DoFn):  # type: ignore[misc]
    """Documents with the same exact hash → edges to the representative; the representative as (part, plain tuple)."""

    def process(self, group: tuple[str, Iterable[Plain]]) -> Iterator[tuple[str, Plain] | TaggedOutput]:
        members = [DocumentRef(*member) for member in group[1]]
        for first, second in copy_pairs(members):
            if not (first.is_earlier and second.is_earlier):
                yield TaggedOutput(_EDGES, Edge(first=first, second=second, similarity=1.0, relation=Relation.COPY))
        representative = copy_representative(members)
        yield representative.part, tuple(representative)


class _ReadKeys(beam.DoFn):  # type: ignore[misc]
    """References of one part → ((kind of keys, range), block of keys)."""

    def __init__(self, parts: SignedParts, banding: Banding, ranges: int) -> None:
        self._parts = parts
        self._banding = banding
        self._ranges = ranges

    def process(self, group: tuple[str, Iterable[Plain]]) -> Iterator[tuple[tuple[str, int], Plain]]:
        references = {reference.row: reference for reference in (DocumentRef(*member) for member in group[1])}
        rows = sorted(read_rows(self._parts.signature_part(group[0]), references, _Keys).items())
        signatures = [(references[row], keys.minhash, keys.anchors) for row, keys in rows]
        for kind, number, block in signature_blocks(signatures, self._banding, num_ranges=self._ranges):
            yield (kind.value, number), tuple(block)


class _Verify(beam.DoFn):  # type: ignore[misc]
    """Candidate pairs of a part → edges; shared passages by part; number of pairs in each tenth of similarity.

    Memory: the pairs of the part, and the samples of the documents of two parts.
    """

    def __init__(self, parts: SignedParts, recipe: DedupRecipe) -> None:
        self._parts = parts
        self._recipe = recipe

    def process(self, group: tuple[str, Iterable[Plain]]) -> Iterator[Edge | TaggedOutput]:
        part, blocks = group
        by_part = enough_votes(PairBlock(*block) for block in blocks)
        firsts = self._read(part, {row for pairs in by_part for row in pairs.first_rows})
        for pairs in by_part:
            yield from self._verified(pairs, firsts)

    def _verified(self, pairs: RowPairs, firsts: Mapping[int, _Signed]) -> Iterator[Edge | TaggedOutput]:
        """Verify the pairs of two parts."""
        seconds = self._read(pairs.part, pairs.second_rows)
        found = [
            (firsts[first].document, seconds[second].document)
            for first, second in zip(pairs.first_rows, pairs.second_rows, strict=True)
        ]
        signed = chain(firsts.values(), seconds.values())
        samples: dict[Place, Sample] = {(document.part, document.row): sample for document, sample in signed}
        part_of = {document.doc_id: document.part for document in chain.from_iterable(found)}
        for one in verify_pairs(found, samples=samples, texts=StoredTexts(self._parts), recipe=self._recipe):
            if isinstance(one, Edge):
                yield one
            elif isinstance(one, SharedPassage):
                yield TaggedOutput(_PASSAGES, (part_of[one.doc_id], one))
            else:
                yield TaggedOutput(_CHECKED, one)

    def _read(self, part: str, rows: Iterable[int]) -> dict[int, _Signed]:
        """Return the documents in some rows of a part, with their samples."""
        found = read_rows(self._parts.signature_part(part), rows, _NamedSample)
        return {row: _Signed(self._parts.reference(part, row, sample), sample) for row, sample in found.items()}


@dataclass(frozen=True, slots=True)
class _NamedSample(Sample):
    """The columns of a signature part that verifying a pair needs."""

    doc_id: str
    num_chars: int
    standing: int


class _Signed(NamedTuple):
    document: DocumentRef
    sample: _NamedSample


def _pairs_of_range(group: tuple[tuple[str, int], Iterable[Plain]]) -> Iterator[tuple[str, Plain]]:
    """Yield the pairs that share keys of a range, in blocks by the part of their first document."""
    (kind, _), blocks = group
    for part, pairs in pair_blocks(shared_key_pairs(KeyKind(kind), (KeyBlock(*block) for block in blocks))):
        yield part, tuple(pairs)
