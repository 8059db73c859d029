"""Finds the related documents among a few thousand, in memory: the pure twin of `transforms.find_clusters`.

Takes signatures and texts; returns memberships of clusters. The steps and their functions are those of the Beam steps:
exact copies, pairs that share a band or anchors, verification, clusters. Those group by shuffles instead of
dictionaries, and their keys are in more than one range; they find the same. Memory: all texts and signatures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import banding_of
from pipeline.dedup.candidates import DocumentRef, Pair, copy_pairs, copy_representative
from pipeline.dedup.clusters import Edge, Membership, Relation, clusters_of, roles_to_drop
from pipeline.dedup.shared_keys import BAND_VOTES, KeyBlock, KeyKind, shared_key_pairs, signature_blocks
from pipeline.dedup.signature import Signature
from pipeline.dedup.signing import sign_documents
from pipeline.dedup.verification import Place, Sample, verify_pairs
from pipeline.records import Document

_PART = "0/00000"
"""The signature part that all documents belong to, as if a build had one shard."""


def find_related(documents: Sequence[Document], recipe: DedupRecipe) -> list[Membership]:
    """Return the membership of each document that is related to another one, sorted by `doc_id`.

    Args:
        documents: the documents, each with an id of its own.
        recipe: the recipe section; `against` is ignored.
    """
    signatures = sign_documents(documents, recipe)
    refs = [
        DocumentRef(own.doc_id, _PART, row, own.num_chars, own.standing, is_earlier=False)
        for row, own in enumerate(signatures)
    ]
    by_hash: defaultdict[str, list[DocumentRef]] = defaultdict(list)
    for ref, own in zip(refs, signatures, strict=True):
        by_hash[own.exact_hash].append(ref)
    edges = [Edge(*pair, 1.0, Relation.COPY) for copies in by_hash.values() for pair in copy_pairs(copies)]
    searched = [copy_representative(copies) for copies in by_hash.values()]
    samples = {
        (_PART, row): Sample(own.domain, own.title, own.shingles, own.sampling_bits, own.anchors, own.anchor_starts)
        for row, own in enumerate(signatures)
    }
    pairs = _candidates(searched, signatures, recipe)
    verified = verify_pairs(pairs, samples=samples, texts=_TextsInMemory(documents), recipe=recipe)
    edges += [found for found in verified if isinstance(found, Edge)]
    return clusters_of(edges, dropped_roles=roles_to_drop(recipe))


@dataclass(frozen=True, slots=True)
class _TextsInMemory:
    documents: Sequence[Document]

    def holds(self, _document: DocumentRef) -> bool:
        """Return True: all texts are at hand."""
        return True

    def read(self, documents: Iterable[DocumentRef]) -> Mapping[Place, str]:
        """Return the texts of documents by place."""
        return {(ref.part, ref.row): self.documents[ref.row].text for ref in documents}


def _candidates(refs: Sequence[DocumentRef], signatures: Sequence[Signature], recipe: DedupRecipe) -> list[Pair]:
    """Return the pairs that share a band or enough anchors, in order."""
    own = [(ref, signatures[ref.row].minhash, signatures[ref.row].anchors) for ref in refs]
    blocks: defaultdict[KeyKind, list[KeyBlock]] = defaultdict(list)
    for kind, _, block in signature_blocks(own, banding_of(recipe), num_ranges=1):
        blocks[kind].append(block)
    votes: Counter[Pair] = Counter()
    for kind, of_kind in blocks.items():
        votes.update(shared_key_pairs(kind, of_kind))
    return sorted(pair for pair, num_votes in votes.items() if num_votes >= BAND_VOTES)
