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
from pipeline.dedup.relations import relation_of_near_texts, relation_of_possible_versions
from pipeline.dedup.signature import unpacked, unpacked_ascending
from pipeline.dedup.similarity import Overlap, overlap
from pipeline.io.parts import read_rows
from pipeline.stages.cluster_files import ClusterDistributed, ClusterLocally, WriteClusters
from pipeline.stages.shards import Shard
from pipeline.stages.signature_parts import SignatureParts, read_referenced

_BANDS, _ANCHORS, _EDGES, _PASSAGES, _CHECKED = "bands", "anchors", "edges", "passages", "checked"
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
        near: list[tuple[Pair, float]] = []
        similarities: Counter[int] = Counter()
        for pair in pairs:
            first, second = (samples[document.part, document.row] for document in pair)
            shared = _overlap(first, second)
            similarities[int(shared.jaccard * 10)] += 1
            shorter, contained = min(zip(pair, (shared.of_first, shared.of_second), strict=True), key=_num_chars)
            if shared.jaccard >= self._recipe.threshold:
                near.append((pair, shared.jaccard))
            elif contained >= self._recipe.excerpt_threshold and shorter.num_chars >= self._recipe.min_excerpt_chars:
                yield Edge(first=pair[0], second=pair[1], similarity=contained, relation=Relation.CONTAINED)
                if shorter.is_earlier:  # it is never dropped, so its text is cut from the new document instead
                    yield from self._passages(pair, first, second)
            else:
                yield from self._passages(pair, first, second)
        yield from self._near_edges(near, samples)
        yield TaggedOutput(_CHECKED, similarities)

    def _near_edges(
        self, near: Sequence[tuple[Pair, float]], samples: Mapping[tuple[str, int], _Sample]
    ) -> Iterator[Edge | TaggedOutput]:
        comparable = [pair for pair, _ in near if all(self._parts.has_texts(document.part) for document in pair)]
        texts = read_referenced(chain.from_iterable(comparable), self._parts.document_part, _Text)
        for pair, similarity in near:
            relation: Relation | None = Relation.NEAR
            if all((document.part, document.row) in texts for document in pair):
                first, second = (texts[document.part, document.row].text for document in pair)
                domains = {samples[document.part, document.row].domain for document in pair}
                judge = (
                    relation_of_possible_versions
                    if domains <= set(self._recipe.versions_kept)
                    else relation_of_near_texts
                )
                relation = judge(first, second, similarity=similarity)
            if relation is None:
                yield from self._passages(pair, *(samples[document.part, document.row] for document in pair))
            else:
                yield Edge(first=pair[0], second=pair[1], similarity=similarity, relation=relation)

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


def _num_chars(side: tuple[DocumentRef, float]) -> int:
    return side[0].num_chars


def _overlap(first: _Sample, second: _Sample) -> Overlap:
    return overlap(
        unpacked_ascending(first.shingles),
        unpacked_ascending(second.shingles),
        first_bits=first.sampling_bits,
        second_bits=second.sampling_bits,
    )
