"""Find clusters with Beam transforms: signature parts in, the clusters file and the shared passages out.

    references ─ by exact hash ─ one of each copy ─┬─ by band ───┐
                                                  └─ by anchor ─┴─ pairs ─ by parts ─ verify ─ edges ─ components ─ file

Exact copies are found by hash first, and only one document of each group of copies takes part in the search. Two
documents that share a band may be near duplicates; two that share anchors may contain each other's passages. Each pair
is verified on the samples in the signature parts, one pair of parts at a time; if the recipe keeps versions apart, also
on the texts. Shuffles carry document references, band keys and anchors, but no text and no sample. Used by
`stages.dedup`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsIter, AsSingleton, TaggedOutput

from pipeline.config.build import DedupRecipe, ExcerptRule, SectionRule
from pipeline.dedup.banding import Banding, band_keys, choose_banding
from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, copy_pairs, copy_rank, passage_pairs
from pipeline.dedup.clusters import ClusterMember, Edge, Membership, Relation, Role, clusters_of
from pipeline.dedup.passages import SharedPassage, shared_passages
from pipeline.dedup.signature import unpacked, unpacked_ascending
from pipeline.dedup.similarity import Overlap, overlap
from pipeline.dedup.union_find import UnionFind
from pipeline.dedup.versions import are_versions
from pipeline.io import files
from pipeline.io.ledger import ShardReport, part_records, write_shard_report
from pipeline.io.parts import read_rows, write_whole_part
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.signature_parts import CLUSTER_STAGE, SignatureParts

_BANDS, _ANCHORS, _EDGES, _PASSAGES, _CHECKED = "bands", "anchors", "edges", "passages", "checked"
_MIN_SHARED_ANCHORS = 2
_FANOUT = 16


class FindClusters(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Turns the shards whose signatures are written into the path of the clusters file."""

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
            _ClusterHere(self._recipe) if join == "here" else _ClusterTogether(self._recipe)
        )
        return (
            start
            | "once" >> beam.Create([banding])
            | "write"
            >> beam.ParDo(
                _WriteClusters(self._parts, self._fingerprint),
                memberships=AsIter(memberships),
                passages=AsIter(verified[_PASSAGES]),
                checked=AsIter(verified[_CHECKED]),
            )
        )


def dropped_roles(recipe: DedupRecipe) -> tuple[Role, ...]:
    """Return the roles of cluster members that a recipe does not keep."""
    return (Role.EXACT, Role.NEAR, *([Role.EXCERPT] if recipe.excerpts is ExcerptRule.DROP else []))


@dataclass(frozen=True, slots=True)
class _SurvivorName:
    title: str
    source_uri: str


@dataclass(frozen=True, slots=True)
class _Keys:
    """Columns of a signature part that the search for candidates needs."""

    minhash: bytes
    anchors: bytes


@dataclass(frozen=True, slots=True)
class _Sample:
    """Columns of a signature part that verifying a pair needs."""

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
    """Documents of one exact hash → edges among them; (part, reference) of the one that represents them."""

    def process(self, group: tuple[str, Iterable[DocumentRef]]) -> Iterator[tuple[str, DocumentRef] | TaggedOutput]:
        members = [DocumentRef(*member) for member in group[1]]
        for first, second in copy_pairs(members):
            if not (first.is_earlier and second.is_earlier):
                yield TaggedOutput(_EDGES, Edge(first=first, second=second, similarity=1.0, relation=Relation.COPY))
        representative = min(members, key=copy_rank)
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
            # Signed, because Beam's integer coder is signed.
            for key in band_keys(minhash, self._banding).view(np.int64).tolist() if len(minhash) else ():
                yield key, references[row]
            for anchor in unpacked(keys.anchors).view(np.int64).tolist():
                yield TaggedOutput(_ANCHORS, (anchor, references[row]))


class _Verify(beam.DoFn):  # type: ignore[misc]
    """Candidate pairs of two signature parts → edges between related documents, passages, similarities of all pairs."""

    def __init__(self, parts: SignatureParts, recipe: DedupRecipe) -> None:
        self._parts = parts
        self._recipe = recipe

    def process(self, group: tuple[tuple[str, str], Iterable[tuple[Pair, int]]]) -> Iterator[Edge | TaggedOutput]:
        votes: Counter[Pair] = Counter()
        for (first, second), num_anchors in group[1]:
            votes[DocumentRef(*first), DocumentRef(*second)] += num_anchors
        pairs = sorted(pair for pair, num_votes in votes.items() if num_votes >= _MIN_SHARED_ANCHORS)
        samples = _rows(pairs, self._parts.signature_part, _Sample)
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
            elif self._recipe.sections is not SectionRule.IGNORE:
                yield from (TaggedOutput(_PASSAGES, row) for row in self._passages(pair, first, second))
        yield from self._near_edges(near, samples)
        yield TaggedOutput(_CHECKED, similarities)

    def _near_edges(
        self, near: Sequence[tuple[Pair, float]], samples: Mapping[tuple[str, int], _Sample]
    ) -> Iterator[Edge]:
        comparable = [
            pair
            for pair, _ in near
            if all(samples[document.part, document.row].domain in self._recipe.versions_kept for document in pair)
            and all(self._parts.has_texts(document.part) for document in pair)
        ]
        texts = _rows(comparable, self._parts.document_part, _Text)
        versions = {
            pair for pair in comparable if are_versions(*(texts[document.part, document.row].text for document in pair))
        }
        for pair, similarity in near:
            relation = Relation.VERSION if pair in versions else Relation.NEAR
            yield Edge(first=pair[0], second=pair[1], similarity=similarity, relation=relation)

    def _passages(self, pair: Pair, first: _Sample, second: _Sample) -> Iterator[SharedPassage]:
        """Yield shared passages, as rows of the shorter document."""
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
            yield SharedPassage(
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


class _ClusterHere(beam.PTransform):  # type: ignore[misc]
    """Turns all edges into memberships, in one worker's memory."""

    def __init__(self, recipe: DedupRecipe) -> None:
        super().__init__()
        self._dropped = dropped_roles(recipe)

    def expand(self, edges: beam.PCollection) -> beam.PCollection:
        """Process all edges as one group."""
        once = edges.pipeline | beam.Create([None])
        return once | beam.FlatMap(_all_clusters, edges=AsIter(edges), dropped=self._dropped)


class _ClusterTogether(beam.PTransform):  # type: ignore[misc]
    """The same for more edges than one worker can hold: sets are united in parts, then each component is one group."""

    def __init__(self, recipe: DedupRecipe) -> None:
        super().__init__()
        self._dropped = dropped_roles(recipe)

    def expand(self, edges: beam.PCollection) -> beam.PCollection:
        """Edges → roots → edges of each root → memberships."""
        roots = edges | "unite" >> beam.CombineGlobally(_UniteEdges()).with_fanout(_FANOUT)
        return (
            edges
            | "by root" >> beam.Map(_with_root, roots=AsSingleton(roots)).with_output_types(tuple[str, Any])
            | "of one root" >> beam.GroupByKey()
            | "cluster" >> beam.FlatMap(_clusters_of_root, dropped=self._dropped)
        )


class _UniteEdges(beam.CombineFn):  # type: ignore[misc]
    def create_accumulator(self) -> UnionFind:
        return UnionFind()

    def add_input(self, accumulator: UnionFind, edge: Edge) -> UnionFind:
        accumulator.unite(edge.first.doc_id, edge.second.doc_id)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[UnionFind]) -> UnionFind:
        merged = UnionFind()
        merged.merge(accumulators)
        return merged

    def extract_output(self, accumulator: UnionFind) -> dict[str, str]:
        return accumulator.roots()


class _WriteClusters(beam.DoFn):  # type: ignore[misc]
    """All memberships → the clusters file, sorted by id, the passages, and last the report that marks them as valid."""

    def __init__(self, parts: SignatureParts, fingerprint: str) -> None:
        self._parts = parts
        self._fingerprint = fingerprint

    def process(
        self,
        banding: Banding,
        memberships: Iterable[Membership],
        passages: Iterable[SharedPassage],
        checked: Iterable[Counter[int]],
    ) -> Iterator[str]:
        members = sorted(
            (member for member in memberships if not member.document.is_earlier), key=lambda m: m.document.doc_id
        )
        dropped = {member.document.doc_id for member in members if not member.is_kept}
        folder = self._parts.folder
        files.remove_file(folder.clusters)
        files.remove_file(folder.shared_passages)
        members_part = write_whole_part(folder.clusters, self._rows(members), ClusterMember)
        passages_part = write_whole_part(
            folder.shared_passages,
            sorted(
                {row for row in passages if row.doc_id not in dropped and row.kept_id not in dropped},
                key=lambda row: (row.doc_id, row.start, row.kept_id),
            ),
            SharedPassage,
        )
        similarities = sum(checked, Counter())
        roles = Counter(member.role for member in members)
        report = ShardReport(
            stage=CLUSTER_STAGE,
            shard_id=shard_id(0),
            fingerprint=self._fingerprint,
            num_in=len(members),
            num_kept=len(members),
            num_rejected=0,
            num_dead=0,
            counters={
                "bands": banding.num_bands,
                "clusters": len({member.survivor.doc_id for member in members}),
                "pairs_checked": similarities.total(),
                **{f"pairs_of_similarity/0.{tenth}": similarities[tenth] for tenth in range(10) if similarities[tenth]},
                "pairs_of_similarity/1.0": similarities[10],
                "rows": banding.num_rows,
                "shared_passages": passages_part.num_records,
                **{f"members/{role}": count for role, count in sorted(roles.items())},
            },
            parts=tuple(part_records(folder, [members_part.written, passages_part.written])),
        )
        write_shard_report(folder, report)
        yield folder.clusters

    def _rows(self, members: Sequence[Membership]) -> Iterator[ClusterMember]:
        names = _rows([(member.survivor,) for member in members], self._parts.signature_part, _SurvivorName)
        for member in members:
            name = names[member.survivor.part, member.survivor.row]
            yield ClusterMember(
                doc_id=member.document.doc_id,
                cluster_id=self._parts.plain_id(member.survivor),
                role=member.role,
                is_kept=member.is_kept,
                similarity=member.similarity,
                survivor_title=name.title,
                survivor_uri=name.source_uri,
            )


def _own_part(shard: Shard) -> str:
    return SignatureParts.own(shard.shard_id)


def _pair_band(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    """Yield pairs that share a band; one shared band is enough for a pair to be verified."""
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in bucket_pairs(members) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), _MIN_SHARED_ANCHORS)


def _pair_anchor(bucket: tuple[int, Iterable[DocumentRef]]) -> Iterator[tuple[tuple[str, str], tuple[Pair, int]]]:
    members = [DocumentRef(*member) for member in bucket[1]]
    for first, second in set(passage_pairs(members)) if len(members) > 1 else ():
        yield (first.part, second.part), ((first, second), 1)


def _all_clusters(_once: None, *, edges: Iterable[Edge], dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(edges), dropped_roles=dropped)


def _with_root(edge: Edge, *, roots: Mapping[str, str]) -> tuple[str, Edge]:
    return roots[edge.first.doc_id], edge


def _clusters_of_root(group: tuple[str, Iterable[Edge]], *, dropped: Sequence[Role]) -> list[Membership]:
    return clusters_of(list(group[1]), dropped_roles=dropped)


def _num_chars(side: tuple[DocumentRef, float]) -> int:
    return side[0].num_chars


def _overlap(first: _Sample, second: _Sample) -> Overlap:
    return overlap(
        unpacked_ascending(first.shingles),
        unpacked_ascending(second.shingles),
        first_bits=first.sampling_bits,
        second_bits=second.sampling_bits,
    )


def _rows(groups: Iterable[Sequence[DocumentRef]], path_of: Any, record_type: type[Any]) -> dict[tuple[str, int], Any]:
    """Return the records of some documents by part and row; each part is read once."""
    rows_by_part: dict[str, set[int]] = defaultdict(set)
    for group in groups:
        for document in group:
            rows_by_part[document.part].add(document.row)
    return {
        (part, row): record
        for part, rows in rows_by_part.items()
        for row, record in read_rows(path_of(part), rows, record_type).items()
    }
