"""Pair the members of one bucket: linear in the bucket, never all pairs.

Takes the documents that share a band, an anchor or an exact hash; returns candidate pairs. In a band bucket, every
member is paired with the hub (the smallest id) and with the few members closest to it in length. The hub alone would
lose true pairs whenever it is itself a false candidate; neighbours by length are the most likely duplicates. In an
anchor bucket the hub is the longest member, because it is the most likely to contain the others. Used by
`stages.cluster`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

NUM_NEIGHBOURS = 4
"""How many of the next shorter members each member is paired with. Buckets of up to five members are paired fully."""


class DocumentRef(NamedTuple):
    """The place of a document's signature, and what ranks the document as a survivor. Shuffles carry only this."""

    doc_id: str
    part: str
    """Build and shard id of the signature part."""
    row: int
    num_chars: int
    completeness: int
    is_earlier: bool
    """Whether the document is of an earlier build; such a document is never dropped."""


Pair = tuple[DocumentRef, DocumentRef]


def bucket_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Yield the pairs worth verifying among documents that share a band, each ordered by id; input order is free."""
    yield from _star(members, hub=min(members, key=lambda member: member.doc_id))


def passage_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Yield the pairs worth verifying among documents that share an anchor, each ordered by id."""
    yield from _star(members, hub=min(members, key=lambda member: (-member.num_chars, member.doc_id)))


def copy_pairs(members: Sequence[DocumentRef]) -> list[Pair]:
    """Return documents of one exact hash, each paired with the first, which represents all of them afterwards."""
    first, *copies = sorted(members, key=copy_rank)
    return [_ordered(first, copy) for copy in copies]


def copy_rank(member: DocumentRef) -> tuple[bool, str]:
    """Return the sort key that puts the representative of exact copies first: earlier builds, then the smallest id."""
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
