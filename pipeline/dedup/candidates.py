"""Members of one bucket in, candidate pairs out: linear in the bucket, never all pairs.

In a band bucket every member is paired with the hub (smallest id), and with the few members closest to it in length.
The hub alone would lose true pairs whenever it is itself a false candidate; neighbours by length are the likeliest
duplicates. In a bucket of one anchor the hub is the longest member, the likeliest to contain the others. Used by
`stages.cluster`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

NUM_NEIGHBOURS = 4
"""Buckets of up to five members are thereby paired completely."""


class DocumentRef(NamedTuple):
    """Where a document's signature is, and what ranks it as a survivor; this is all that a shuffle carries."""

    doc_id: str
    part: str
    """Build and unit id of the signature part."""
    row: int
    num_chars: int
    completeness: int
    is_earlier: bool
    """Of an earlier build, so never dropped."""


Pair = tuple[DocumentRef, DocumentRef]


def bucket_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Pairs worth verifying among documents that share a band, each ordered by id, in any order of the members."""
    yield from _star(members, hub=min(members, key=lambda member: member.doc_id))


def passage_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """The same among documents that share an anchor."""
    yield from _star(members, hub=min(members, key=lambda member: (-member.num_chars, member.doc_id)))


def copy_pairs(members: Sequence[DocumentRef]) -> list[Pair]:
    """Documents of one exact hash: each paired with the first, which stands for all of them afterwards."""
    first, *copies = sorted(members, key=copy_rank)
    return [_ordered(first, copy) for copy in copies]


def copy_rank(member: DocumentRef) -> tuple[bool, str]:
    """Of copies the smallest id stands for all, one of an earlier build before the others."""
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
