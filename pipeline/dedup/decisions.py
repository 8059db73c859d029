"""What clusters and shared passages mean for each document: its row among the members, its rejection, its cuts.

Takes the memberships of `dedup.clusters` and the passages of `dedup.passages`. Used by `stages.cluster_files`,
`stages.dedup` and `transforms.find_duplicates`. Memory: all passages, in `settled_passages`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from pipeline.dedup.clusters import ClusterMember, Membership, Role
from pipeline.dedup.passages import SharedPassage, with_keepers
from pipeline.records import Rejection

STAGE = "dedup"
"""The stage of the rejections."""

_REASONS = {Role.EXACT: "exact_duplicate", Role.NEAR: "near_duplicate", Role.EXCERPT: "excerpt"}


@dataclass(frozen=True, slots=True)
class SurvivorName:
    """The columns of a signature part that name a survivor."""

    title: str
    source_uri: str


class Source(Protocol):
    """What a rejection tells of a document; a signature has it."""

    @property
    def doc_id(self) -> str:
        """The document's id."""

    @property
    def source_uri(self) -> str:
        """The printable name of its source."""

    @property
    def source_offset(self) -> int:
        """Where it starts in its source."""

    @property
    def excerpt(self) -> str:
        """The first characters of its text."""


def cluster_member(membership: Membership, *, name: SurvivorName, doc_id: str, cluster_id: str) -> ClusterMember:
    """Return the row of a document.

    Args:
        membership: the document's role and survivor.
        name: the name of the survivor.
        doc_id: the id that the document has in its own build or pipeline.
        cluster_id: the id that the survivor has there.
    """
    return ClusterMember(
        doc_id=doc_id,
        cluster_id=cluster_id,
        role=membership.role,
        is_kept=membership.is_kept,
        similarity=membership.similarity,
        survivor_title=name.title,
        survivor_uri=name.source_uri,
        decided_by=membership.decided_by,
    )


def settled_passages(passages: Iterable[SharedPassage], *, dropped: Collection[str]) -> list[SharedPassage]:
    """Return the shared passages between documents that are kept, each once, with a keeper for each that is cut.

    Args:
        passages: the passages that the search found, in any order; some may occur twice.
        dropped: the ids of the documents that are dropped.
    """
    of_kept = {row for row in passages if row.doc_id not in dropped and row.kept_id not in dropped}
    return sorted(with_keepers(of_kept), key=lambda row: (row.doc_id, row.start, row.kept_id))


def duplicate_rejection(document: Source, member: ClusterMember) -> Rejection:
    """Return the rejection of a document that is dropped."""
    survivor = f"{member.cluster_id} ({member.survivor_title or 'untitled'}, {member.survivor_uri})"
    why = f" The other is kept because {member.decided_by}." if member.decided_by else ""
    details = {
        Role.EXACT: f"Same text as {survivor}.{why}",
        Role.NEAR: f"Shingle similarity {member.similarity:.3f}; kept instead: {survivor}.{why}",
        Role.EXCERPT: f"Contained to {member.similarity:.3f} in {survivor}, which is kept.",
    }
    role = Role(member.role)
    return Rejection(
        stage=STAGE,
        item_id=document.doc_id,
        reason=_REASONS[role],
        detail=details[role],
        score=member.similarity,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=document.excerpt,
    )
