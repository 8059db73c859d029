"""Chooses candidate pairs among the documents of one bucket, without comparing all pairs.

A bucket holds the documents that share a band, an anchor or an exact hash. In a band bucket, every member is paired
with the *hubs* and with the few members whose length is closest to its own. The hubs are the members that are most
likely to survive, because a document is dropped only if it was compared with the document that is kept. Members of
similar length are the most likely duplicates. In an anchor bucket, the longest members are hubs too, because they are
the most likely to contain the others. Two documents of earlier builds are not paired in these buckets. Used by
`transforms.find_clusters`; `stages.signature_parts` and `dedup.clusters` use `DocumentRef`. Cost: the number of pairs
grows linearly with the bucket.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.dedup.standing import rank_of

NUM_NEIGHBOURS = 4
"""Each member is paired with this many members just below it in length. A bucket of up to five yields all pairs."""
NUM_HUBS = 2
"""The number of members of each kind with which all members are paired."""


class DocumentRef(NamedTuple):
    """Where a document's signature is stored, and what decides whether the document survives.

    Beam shuffles carry this instead of the signature.
    """

    doc_id: str
    part: str
    """The build and the shard id of the signature file."""
    row: int
    """Row in the signature file."""
    num_chars: int
    standing: int
    """See `dedup.standing`."""
    is_earlier: bool
    """Whether the document belongs to an earlier build; such a document is never dropped."""


Pair = tuple[DocumentRef, DocumentRef]


def bucket_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Yield the candidate pairs among documents that share a band, each ordered by id; a pair may occur twice."""
    yield from _stars(members, hubs=_best(members))


def passage_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Yield the candidate pairs among documents that share an anchor, each ordered by id; a pair may occur twice."""
    longest = heapq.nsmallest(NUM_HUBS, members, key=lambda member: (-member.num_chars, member.doc_id))
    yield from _stars(members, hubs=list(dict.fromkeys([*longest, *_best(members)])))


def survival_rank(member: DocumentRef, *, longest: int, agreement: float) -> tuple[bool | float | str, ...]:
    """Return a sort key; of near duplicates, the document with the smallest is kept.

    Args:
        member: the document.
        longest: the length of the longest of the documents that are compared.
        agreement: how much the other duplicates agree with it; 0 for all as long as none is verified.
    """
    rank = rank_of(member.standing, num_chars=member.num_chars, longest=longest, agreement=agreement)
    return (not member.is_earlier, *(-value for value in rank), member.doc_id)


def copy_pairs(members: Sequence[DocumentRef]) -> list[Pair]:
    """Pair each document of an exact-hash bucket with the bucket's representative, the one that is kept."""
    first = copy_representative(members)
    return [_ordered(first, copy) for copy in sorted(members) if copy is not first]


def copy_representative(members: Sequence[DocumentRef]) -> DocumentRef:
    """Return the exact copy that takes part in the further search."""
    longest = max(member.num_chars for member in members)
    return min(members, key=lambda member: survival_rank(member, longest=longest, agreement=0.0))


def _best(members: Sequence[DocumentRef]) -> list[DocumentRef]:
    longest = max(member.num_chars for member in members)
    return heapq.nsmallest(NUM_HUBS, members, key=lambda member: survival_rank(member, longest=longest, agreement=0.0))


def _stars(members: Sequence[DocumentRef], *, hubs: Sequence[DocumentRef]) -> Iterator[Pair]:
    by_length = sorted(members, key=lambda member: (member.num_chars, member.doc_id))
    for index, member in enumerate(by_length):
        for neighbour in by_length[max(0, index - NUM_NEIGHBOURS) : index]:
            yield from _unless_both_earlier(neighbour, member)
        for hub in hubs:
            if member is not hub:
                yield from _unless_both_earlier(hub, member)


def _unless_both_earlier(first: DocumentRef, second: DocumentRef) -> Iterator[Pair]:
    if not (first.is_earlier and second.is_earlier):
        yield _ordered(first, second)


def _ordered(first: DocumentRef, second: DocumentRef) -> Pair:
    return (first, second) if first.doc_id < second.doc_id else (second, first)
