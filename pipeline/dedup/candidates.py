"""Chooses candidate pairs among the documents of one bucket, without comparing all pairs.

A bucket holds the documents that share a band, an anchor or an exact hash. In a band bucket, every member is paired
with the *hub* (the member with the smallest id) and with the few members whose length is closest to its own. The hub
alone is not enough, because it can be a false candidate; members of similar length are the most likely duplicates. In
an anchor bucket, the hub is the longest member, because it is the most likely to contain the others. Two documents of
earlier builds are not paired in these buckets. Used by `stages.cluster`; `stages.signature_parts` and `dedup.clusters`
use `DocumentRef`. Cost: the number of pairs grows linearly with the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

NUM_NEIGHBOURS = 4
"""Each member is paired with this many members just below it in length. A bucket of up to five yields all pairs."""


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
    yield from _star(members, hub=min(members, key=lambda member: member.doc_id))


def passage_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Yield the candidate pairs among documents that share an anchor, each ordered by id; a pair may occur twice."""
    yield from _star(members, hub=min(members, key=lambda member: (-member.num_chars, member.doc_id)))


def copy_pairs(members: Sequence[DocumentRef]) -> list[Pair]:
    """Pair each document of an exact-hash bucket with the bucket's representative, the first in `copy_rank` order."""
    first, *copies = sorted(members, key=copy_rank)
    return [_ordered(first, copy) for copy in copies]


def copy_rank(member: DocumentRef) -> tuple[bool, str]:
    """Return a sort key for exact copies: documents of earlier builds come first, then the smallest id."""
    return (not member.is_earlier, member.doc_id)


def _star(members: Sequence[DocumentRef], *, hub: DocumentRef) -> Iterator[Pair]:
    by_length = sorted(members, key=lambda member: (member.num_chars, member.doc_id))
    for index, member in enumerate(by_length):
        for neighbour in by_length[max(0, index - NUM_NEIGHBOURS) : index]:
            yield from _unless_both_earlier(neighbour, member)
        if member is not hub:
            yield from _unless_both_earlier(hub, member)


def _unless_both_earlier(first: DocumentRef, second: DocumentRef) -> Iterator[Pair]:
    if not (first.is_earlier and second.is_earlier):
        yield _ordered(first, second)


def _ordered(first: DocumentRef, second: DocumentRef) -> Pair:
    return (first, second) if first.doc_id < second.doc_id else (second, first)
