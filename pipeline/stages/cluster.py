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

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsIter, TaggedOutput

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.dedup.banding import Banding, band_keys, choose_banding
from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, copy_pairs, copy_representative, passage_pairs
from pipeline.dedup.clusters import Edge, Relation
from pipeline.dedup.passages import SharedPassage, shared_passages
from pipeline.dedup.relations import (
    Side,
    is_excerpt,
    relation_of_near_texts,
    relation_of_possible_versions,
    side_of,
)
from pipeline.dedup.signature import unpacked, unpacked_ascending
from pipeline.dedup.similarity import Overlap, overlap
from pipeline.io.parts import read_rows
from pipeline.stages.cluster_files import ClusterDistributed, ClusterLocally, WriteClusters
from pipeline.stages.shards import Shard
from pipeline.stages.signature_parts import SignatureParts, read_referenced

_BANDS, _ANCHORS, _EDGES, _PASSAGES, _CHECKED = "bands", "anchors", "edges", "passages", "checked"
_Place = tuple[str, int]
"""The signature part and the row of a document."""
_MIN_SHARED_ANCHORS = 2
"""A pair that shares fewer anchors and no band is not verified."""


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
class _Sample:
    """The columns of a signature part that verifying a pair needs."""

    domain: str
    title: str
    shingles: bytes
    sampling_bits: int
    anchors: bytes
    anchor_starts: bytes


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


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
        votes: Counter[Pair] = Counter()
        for (one, other), num_anchors in group[1]:
            votes[DocumentRef(*one), DocumentRef(*other)] += num_anchors
        pairs = sorted(pair for pair, num_votes in votes.items() if num_votes >= _MIN_SHARED_ANCHORS)
        samples = read_referenced(chain.from_iterable(pairs), self._parts.signature_part, _Sample)
        near: list[tuple[Pair, Overlap]] = []
        contained: list[tuple[Pair, Overlap]] = []
        similarities: Counter[int] = Counter()
        for pair in pairs:
            first, second = (samples[document.part, document.row] for document in pair)
            shared = _overlap(first, second)
            similarities[int(shared.jaccard * 10)] += 1
            if shared.jaccard >= self._recipe.threshold:
                near.append((pair, shared))
            elif (
                _shorter_share(pair, shared) >= self._recipe.excerpt_threshold
                and min(document.num_chars for document in pair) >= self._recipe.min_excerpt_chars
            ):
                contained.append((pair, shared))
            else:
                yield from self._passages(pair, first, second)
        sides = self._sides([pair for pair, _ in (*near, *contained)], samples)
        yield from self._near_edges(near, samples, sides)
        yield from self._contained_edges(contained, samples, sides)
        yield TaggedOutput(_CHECKED, similarities)

    def _near_edges(
        self, near: Sequence[tuple[Pair, Overlap]], samples: Mapping[_Place, _Sample], sides: Mapping[_Place, Side]
    ) -> Iterator[Edge | TaggedOutput]:
        for pair, shared in near:
            first, second = (samples[_place(document)] for document in pair)
            relation: Relation | None = Relation.NEAR
            if all(_place(document) in sides for document in pair):
                keeps_versions = {first.domain, second.domain} <= set(self._recipe.versions_kept)
                judge = relation_of_possible_versions if keeps_versions else relation_of_near_texts
                relation = judge(*(sides[_place(document)] for document in pair), similarity=shared.jaccard)
            if relation is None:
                yield from self._passages(pair, first, second)
            else:
                is_contained = relation is Relation.CONTAINED
                share = _shorter_share(pair, shared) if is_contained else shared.jaccard
                yield Edge(first=pair[0], second=pair[1], similarity=share, relation=relation)

    def _contained_edges(
        self, contained: Sequence[tuple[Pair, Overlap]], samples: Mapping[_Place, _Sample], sides: Mapping[_Place, Side]
    ) -> Iterator[Edge | TaggedOutput]:
        for pair, shared in contained:
            shorter, longer = sorted(pair, key=lambda document: (document.num_chars, document.doc_id))
            are_read = all(_place(document) in sides for document in pair)
            contains = not are_read or is_excerpt(sides[_place(shorter)], sides[_place(longer)])
            if contains:
                share = _shorter_share(pair, shared)
                yield Edge(first=pair[0], second=pair[1], similarity=share, relation=Relation.CONTAINED)
            if not contains or shorter.is_earlier:
                # An earlier document is never dropped, so its text is cut from the new document instead.
                yield from self._passages(pair, *(samples[_place(document)] for document in pair))

    def _sides(self, pairs: Sequence[Pair], samples: Mapping[_Place, _Sample]) -> dict[_Place, Side]:
        """Return the documents of the pairs whose texts are at hand."""
        comparable = [pair for pair in pairs if all(self._parts.has_texts(document.part) for document in pair)]
        documents = {_place(document): document for pair in comparable for document in pair}
        texts = read_referenced(documents.values(), self._parts.document_part, _Text)
        return {
            place: side_of(
                text=found.text,
                title=samples[place].title,
                domain=samples[place].domain,
                standing=documents[place].standing,
            )
            for place, found in texts.items()
        }

    def _passages(self, pair: Pair, first: _Sample, second: _Sample) -> Iterator[TaggedOutput]:
        """Yield the passages that two documents share, as rows of the one that may lose them.

        That is the document of this build, or the shorter one if both are of this build.
        """
        if self._recipe.sections is SectionRule.IGNORE:
            return
        (cut, cut_sample), (kept, kept_sample) = sorted(
            zip(pair, (first, second), strict=True),
            key=lambda side: (side[0].is_earlier, side[0].num_chars, side[0].doc_id),
        )
        for passage in shared_passages(
            unpacked(cut_sample.anchors),
            unpacked_ascending(cut_sample.anchor_starts).astype(np.int64),
            unpacked(kept_sample.anchors),
            unpacked_ascending(kept_sample.anchor_starts).astype(np.int64),
            first_chars=cut.num_chars,
            min_chars=self._recipe.min_passage_chars,
        ):
            row = SharedPassage(
                doc_id=cut.doc_id,
                start=passage.first_start,
                end=passage.first_end,
                reach_start=passage.reach_start,
                reach_end=passage.reach_end,
                kept_id=kept.doc_id,
                kept_start=passage.second_start,
                kept_end=passage.second_end,
                is_cut=self._recipe.sections is SectionRule.CUT,
            )
            yield TaggedOutput(_PASSAGES, row)


def _own_part(shard: Shard) -> str:
    return SignatureParts.own(shard.shard_id)


def _pair_band(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    """Yield the pairs that share a band. One shared band is enough for a pair to be verified."""
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in bucket_pairs(members) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), _MIN_SHARED_ANCHORS)


def _pair_anchor(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in set(passage_pairs(members)) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), 1)


def _place(document: DocumentRef) -> _Place:
    return document.part, document.row


def _shorter_share(pair: Pair, shared: Overlap) -> float:
    """Return the share of the shorter document that the longer one contains."""
    return shared.of_first if pair[0].num_chars <= pair[1].num_chars else shared.of_second


def _overlap(first: _Sample, second: _Sample) -> Overlap:
    return overlap(
        unpacked_ascending(first.shingles),
        unpacked_ascending(second.shingles),
        first_bits=first.sampling_bits,
        second_bits=second.sampling_bits,
    )
