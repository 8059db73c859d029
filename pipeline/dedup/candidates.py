"""Members of one band bucket in, candidate pairs out: linear in the bucket, never all pairs.

Every member is paired with the bucket's hub (smallest id), and with the few members closest to it in length. The hub
alone would lose true pairs whenever it is itself a false candidate; neighbours by length are the likeliest duplicates.
Used by `stages.dedup`.
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
    """Unit id of the signature part."""
    row: int
    num_chars: int
    completeness: int


Pair = tuple[DocumentRef, DocumentRef]


def bucket_pairs(members: Sequence[DocumentRef]) -> Iterator[Pair]:
    """Pairs worth verifying among documents that share a band, each ordered by id, in any order of the members."""
    by_length = sorted(members, key=lambda member: (member.num_chars, member.doc_id))
    hub = min(members, key=lambda member: member.doc_id)
    for index, member in enumerate(by_length):
        for neighbour in by_length[max(0, index - NUM_NEIGHBOURS) : index]:
            yield _ordered(neighbour, member)
        if member is not hub:
            yield _ordered(hub, member)


def copy_pairs(members: Sequence[DocumentRef]) -> list[Pair]:
    """Documents of one exact hash: each paired with the smallest id, which stands for all of them afterwards."""
    first, *copies = sorted(members)
    return [(first, copy) for copy in copies]


def _ordered(first: DocumentRef, second: DocumentRef) -> Pair:
    return (first, second) if first.doc_id < second.doc_id else (second, first)
