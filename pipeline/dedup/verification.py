"""Verifies candidate pairs of documents on their signatures and texts.

Takes pairs, the samples of their signatures and, where they are at hand, their texts. Yields edges of related
documents, passages that other pairs share, and how many pairs had which similarity. Pure, apart from the texts that it
asks for. Used by `transforms.find_clusters`, which gives it the pairs of two signature parts, and by `dedup.in_memory`.
Cost: two merges of sorted samples a pair; of a pair that may be a duplicate or an excerpt, both texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.dedup.candidates import DocumentRef, Pair
from pipeline.dedup.clusters import Edge, Relation
from pipeline.dedup.items import Hashes, Offsets
from pipeline.dedup.passages import SharedPassage, shared_passages
from pipeline.dedup.relations import (
    Side,
    is_excerpt,
    relation_of_near_texts,
    relation_of_possible_versions,
    side_of,
)
from pipeline.dedup.signature import ShortHashes, unpacked, unpacked_ascending
from pipeline.dedup.similarity import Overlap, overlap

Place = tuple[str, int]
"""The signature part and the row of a document."""
_KEPT_DOCUMENTS = 1024
"""The number of documents whose numbers are kept unpacked, which is about as many bytes again as their samples have."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The fields of a signature that verifying a pair needs."""

    domain: str
    title: str
    shingles: bytes
    sampling_bits: int
    anchors: bytes
    anchor_starts: bytes


class Texts(Protocol):
    """The texts of documents, of which some may not be at hand."""

    def holds(self, document: DocumentRef) -> bool:
        """Return whether the text of a document is at hand."""

    def read(self, documents: Iterable[DocumentRef]) -> Mapping[Place, str]:
        """Return the texts of documents that are at hand, by place."""


def verify_pairs(
    pairs: Sequence[Pair], *, samples: Mapping[Place, Sample], texts: Texts, recipe: DedupRecipe
) -> Iterator[Edge | SharedPassage | Counter[int]]:
    """Yield the edges and the shared passages of pairs; last, the number of pairs in each tenth of similarity.

    Args:
        pairs: the candidate pairs.
        samples: the samples of all documents in the pairs, by place.
        texts: the texts of these documents.
        recipe: the recipe section.
    """
    near: list[tuple[Pair, Overlap]] = []
    contained: list[tuple[Pair, Overlap]] = []
    similarities: Counter[int] = Counter()
    hashes = lru_cache(_KEPT_DOCUMENTS)(lambda document: _Unpacked.of(samples[_place(document)]))
    for pair in pairs:
        shared = _overlap(pair, hashes)
        similarities[int(shared.jaccard * 10)] += 1
        if shared.jaccard >= recipe.threshold:
            near.append((pair, shared))
        elif (
            _shorter_share(pair, shared) >= recipe.excerpt_threshold
            and min(document.num_chars for document in pair) >= recipe.min_excerpt_chars
        ):
            contained.append((pair, shared))
        else:
            yield from _passages(pair, hashes, recipe)
    sides = _sides([pair for pair, _ in (*near, *contained)], samples, texts)
    yield from _near_edges(near, samples, hashes, sides, recipe)
    yield from _contained_edges(contained, hashes, sides, recipe)
    yield similarities


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """The numbers in a sample."""

    shingles: ShortHashes
    sampling_bits: int
    anchors: Hashes
    anchor_starts: Offsets

    @classmethod
    def of(cls, sample: Sample) -> _Unpacked:
        return cls(
            unpacked_ascending(sample.shingles),
            sample.sampling_bits,
            unpacked(sample.anchors),
            unpacked_ascending(sample.anchor_starts).astype(np.int64),
        )


_HashesOf = Callable[[DocumentRef], _Unpacked]


def _near_edges(
    near: Sequence[tuple[Pair, Overlap]],
    samples: Mapping[Place, Sample],
    hashes: _HashesOf,
    sides: Mapping[Place, Side],
    recipe: DedupRecipe,
) -> Iterator[Edge | SharedPassage]:
    for pair, shared in near:
        first, second = (samples[_place(document)] for document in pair)
        relation: Relation | None = Relation.NEAR
        if all(_place(document) in sides for document in pair):
            keeps_versions = {first.domain, second.domain} <= set(recipe.versions_kept)
            judge = relation_of_possible_versions if keeps_versions else relation_of_near_texts
            relation = judge(*(sides[_place(document)] for document in pair), similarity=shared.jaccard)
        if relation is None:
            yield from _passages(pair, hashes, recipe)
        else:
            is_contained = relation is Relation.CONTAINED
            share = _shorter_share(pair, shared) if is_contained else shared.jaccard
            yield Edge(first=pair[0], second=pair[1], similarity=share, relation=relation)


def _contained_edges(
    contained: Sequence[tuple[Pair, Overlap]],
    hashes: _HashesOf,
    sides: Mapping[Place, Side],
    recipe: DedupRecipe,
) -> Iterator[Edge | SharedPassage]:
    for pair, shared in contained:
        shorter, longer = sorted(pair, key=lambda document: (document.num_chars, document.doc_id))
        are_read = all(_place(document) in sides for document in pair)
        contains = not are_read or is_excerpt(sides[_place(shorter)], sides[_place(longer)])
        if contains:
            share = _shorter_share(pair, shared)
            yield Edge(first=pair[0], second=pair[1], similarity=share, relation=Relation.CONTAINED)
        if not contains or shorter.is_earlier:
            # An earlier document is never dropped, so its text is cut from the new document instead.
            yield from _passages(pair, hashes, recipe)


def _sides(pairs: Sequence[Pair], samples: Mapping[Place, Sample], texts: Texts) -> dict[Place, Side]:
    """Return the documents of the pairs whose texts are at hand."""
    comparable = [pair for pair in pairs if all(texts.holds(document) for document in pair)]
    documents = {_place(document): document for pair in comparable for document in pair}
    return {
        place: side_of(
            text=text,
            title=samples[place].title,
            domain=samples[place].domain,
            standing=documents[place].standing,
        )
        for place, text in texts.read(documents.values()).items()
    }


def _passages(pair: Pair, hashes: _HashesOf, recipe: DedupRecipe) -> Iterator[SharedPassage]:
    """Yield the passages that two documents share, as rows of the one that may lose them.

    That is the document of this build, or the shorter one if both are of this build.
    """
    if recipe.sections is SectionRule.IGNORE:
        return
    cut, kept = sorted(pair, key=lambda document: (document.is_earlier, document.num_chars, document.doc_id))
    own, other = hashes(cut), hashes(kept)
    for passage in shared_passages(
        own.anchors,
        own.anchor_starts,
        other.anchors,
        other.anchor_starts,
        first_chars=cut.num_chars,
        min_chars=recipe.min_passage_chars,
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
            is_cut=recipe.sections is SectionRule.CUT,
        )


def _place(document: DocumentRef) -> Place:
    return document.part, document.row


def _shorter_share(pair: Pair, shared: Overlap) -> float:
    """Return the share of the shorter document that the longer one contains."""
    return shared.of_first if pair[0].num_chars <= pair[1].num_chars else shared.of_second


def _overlap(pair: Pair, hashes: _HashesOf) -> Overlap:
    first, second = map(hashes, pair)
    return overlap(first.shingles, second.shingles, first_bits=first.sampling_bits, second_bits=second.sampling_bits)
