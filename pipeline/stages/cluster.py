"""Finds related documents with Beam transforms: signature parts in, the clusters file and the shared passages out.

    references ─ by exact hash ─ one per hash ─┬─ by band ───┐
                                               └─ by anchor ─┴─ pairs ─ by parts ─ verify ─ edges ─ components ─ file

Exact copies are found by hash first, and only one document of each group of copies takes part in the further search.
Documents that share a band (see `dedup.banding`) may be near duplicates; documents that share anchors (see
`dedup.sketch`) may contain passages of each other. Each pair of documents is verified by comparing the shingle samples
in their signatures. Pairs from the same two signature parts are verified together. Then the texts of near duplicates
are compared: two documents on different subjects, made from one template, are no copies. `stages.cluster_files` turns
the verified edges into files. Beam shuffles document references, band keys, anchors, edges and passages, but no texts
or samples. Used by `stages.dedup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsIter, TaggedOutput

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import Banding, band_keys, choose_banding
from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, copy_pairs, copy_representative, passage_pairs
from pipeline.dedup.clusters import Edge, Relation
from pipeline.dedup.passages import SharedPassage
from pipeline.dedup.signature import unpacked
from pipeline.dedup.verification import BAND_VOTES, Place, Sample, verify_pairs, voted_pairs
from pipeline.io.parts import read_rows
from pipeline.stages.cluster_files import ClusterDistributed, ClusterLocally, WriteClusters
from pipeline.stages.shards import Shard
from pipeline.stages.signature_parts import SignatureParts, read_referenced

_BANDS, _ANCHORS, _EDGES, _PASSAGES, _CHECKED = "bands", "anchors", "edges", "passages", "checked"


class FindClusters(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Turns shards whose signatures are written into the path of the clusters file."""

    def __init__(self, parts: SignatureParts, recipe: DedupRecipe, fingerprint: str, *, num_documents: int) -> None:
        super().__init__()
        self._parts = parts
        self._recipe = recipe
        self._fingerprint = fingerprint
        self._num_documents = num_documents

    def expand(self, shards: beam.PCollection) -> beam.PCollection:
        """References → copies → bands and anchors → pairs → verified edges → components → files."""
        banding = choose_banding(
            threshold=self._recipe.threshold,
            false_negative_target=self._recipe.false_negative_target,
            num_permutations=self._recipe.num_permutations,
        )
        start = shards.pipeline
        own = shards | "own parts" >> beam.Map(_own_part)
        earlier = start | "earlier parts" >> beam.Create(self._parts.earlier())
        copies = (
            (own, earlier)
            | "all parts" >> beam.Flatten()
            | "spread" >> beam.Reshuffle()
            | "read references" >> beam.ParDo(_ReadReferences(self._parts)).with_output_types(tuple[str, Any])
            | "by exact hash" >> beam.GroupByKey()
            | "join copies"
            >> beam.ParDo(_JoinCopies()).with_output_types(tuple[str, Any]).with_outputs(_EDGES, main=_BANDS)
        )
        keys = (
            copies[_BANDS]
            | "by part" >> beam.GroupByKey()
            | "read keys"
            >> beam.ParDo(_ReadKeys(self._parts, banding))
            .with_output_types(tuple[int, Any])
            .with_outputs(_ANCHORS, main=_BANDS)
        )
        pair = tuple[tuple[str, str], Any]
        by_band = (
            keys[_BANDS]
            | "by band" >> beam.GroupByKey()
            | "pair by band" >> beam.FlatMap(_pair_band).with_output_types(pair)
        )
        by_anchor = (
            keys[_ANCHORS]
            | "by anchor" >> beam.GroupByKey()
            | "pair by anchor" >> beam.FlatMap(_pair_anchor).with_output_types(pair)
        )
        verified = (
            (by_band, by_anchor)
            | "pairs" >> beam.Flatten()
            | "by parts" >> beam.GroupByKey()
            | "verify" >> beam.ParDo(_Verify(self._parts, self._recipe)).with_outputs(_PASSAGES, _CHECKED, main=_EDGES)
        )
        edges = (copies[_EDGES], verified[_EDGES]) | "edges" >> beam.Flatten()
        join = "here" if self._num_documents <= self._recipe.max_local_documents else "together"
        memberships = edges | f"cluster {join}" >> (
            ClusterLocally(self._recipe) if join == "here" else ClusterDistributed(self._recipe)
        )
        return (
            start
            | "once" >> beam.Create([banding])
            | "write"
            >> beam.ParDo(
                WriteClusters(self._parts, self._fingerprint),
                memberships=AsIter(memberships),
                passages=AsIter(verified[_PASSAGES]),
                checked=AsIter(verified[_CHECKED]),
            )
        )


@dataclass(frozen=True, slots=True)
class _Keys:
    """The columns of a signature part that the search for candidates needs."""

    minhash: bytes
    anchors: bytes


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _StoredTexts:
    """The texts of the documents of a build, and of earlier builds that still have them."""

    parts: SignatureParts

    def holds(self, document: DocumentRef) -> bool:
        """Return whether the text of a document is at hand."""
        return self.parts.has_texts(document.part)

    def read(self, documents: Iterable[DocumentRef]) -> dict[Place, str]:
        """Return the texts of documents by place."""
        found = read_referenced(documents, self.parts.document_part, _Text)
        return {place: one.text for place, one in found.items()}


class _ReadReferences(beam.DoFn):  # type: ignore[misc]
    """Part → (exact hash, reference)."""

    def __init__(self, parts: SignatureParts) -> None:
        self._parts = parts

    def process(self, part: str) -> Iterator[tuple[str, DocumentRef]]:
        yield from self._parts.references(part)


class _JoinCopies(beam.DoFn):  # type: ignore[misc]
    """Documents with the same exact hash → edges to the representative; the representative as (part, reference)."""

    def process(self, group: tuple[str, Iterable[DocumentRef]]) -> Iterator[tuple[str, DocumentRef] | TaggedOutput]:
        members = [DocumentRef(*member) for member in group[1]]
        for first, second in copy_pairs(members):
            if not (first.is_earlier and second.is_earlier):
                yield TaggedOutput(_EDGES, Edge(first=first, second=second, similarity=1.0, relation=Relation.COPY))
        representative = copy_representative(members)
        yield representative.part, representative


class _ReadKeys(beam.DoFn):  # type: ignore[misc]
    """References of one part → (band key, reference), (anchor, reference)."""

    def __init__(self, parts: SignatureParts, banding: Banding) -> None:
        self._parts = parts
        self._banding = banding

    def process(self, group: tuple[str, Iterable[DocumentRef]]) -> Iterator[tuple[int, DocumentRef] | TaggedOutput]:
        references = {reference.row: reference for reference in (DocumentRef(*member) for member in group[1])}
        rows = read_rows(self._parts.signature_part(group[0]), references, _Keys)
        for row, keys in sorted(rows.items()):
            minhash = unpacked(keys.minhash)
            # Keys and anchors are viewed as signed integers, because Beam's integer coder is signed.
            for key in band_keys(minhash, self._banding).view(np.int64).tolist() if len(minhash) else ():
                yield key, references[row]
            for anchor in unpacked(keys.anchors).view(np.int64).tolist():
                yield TaggedOutput(_ANCHORS, (anchor, references[row]))


class _Verify(beam.DoFn):  # type: ignore[misc]
    """Candidate pairs of two signature parts → edges; shared passages; number of pairs in each tenth of similarity."""

    def __init__(self, parts: SignatureParts, recipe: DedupRecipe) -> None:
        self._parts = parts
        self._recipe = recipe

    def process(self, group: tuple[tuple[str, str], Iterable[tuple[Pair, int]]]) -> Iterator[Edge | TaggedOutput]:
        pairs = voted_pairs(((DocumentRef(*one), DocumentRef(*other)), votes) for (one, other), votes in group[1])
        samples = read_referenced(chain.from_iterable(pairs), self._parts.signature_part, Sample)
        for found in verify_pairs(pairs, samples=samples, texts=_StoredTexts(self._parts), recipe=self._recipe):
            if isinstance(found, Edge):
                yield found
            else:
                yield TaggedOutput(_PASSAGES if isinstance(found, SharedPassage) else _CHECKED, found)


def _own_part(shard: Shard) -> str:
    return SignatureParts.own(shard.shard_id)


def _pair_band(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    """Yield the pairs that share a band. One shared band is enough for a pair to be verified."""
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in bucket_pairs(members) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), BAND_VOTES)


def _pair_anchor(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in set(passage_pairs(members)) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), 1)
