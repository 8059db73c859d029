"""Groups related documents into clusters with one survivor each.

Takes edges (verified pairs of related documents); returns the role of each document and its survivor. A cluster is a
connected component of the graph of verified duplicates, so two members may be linked only through a third. The survivor
is a document of an earlier build if the cluster has one; otherwise the one that a person would keep, by the standing of
each (`dedup.standing`); otherwise the one with the smallest id. If documents are versions of each other, the best of
them in this order is the survivor of all. An excerpt belongs to the cluster of the document that contains it. The
result does not depend on the order of the edges. Used by `stages.cluster_files`. Cost: O(n log n) for n edges, which
are all in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.standing import rank_of, reason

_Rank = tuple[bool | int | str, ...]


class Relation(StrEnum):
    """The relation between the two documents of a verified pair."""

    COPY = "copy"
    """The texts are the same except for the kind and amount of whitespace."""
    NEAR = "near"
    """The shingle sets are similar enough."""
    VERSION = "version"
    """The texts are similar, but differ in numbers, dates or names, in a domain where these matter."""
    CONTAINED = "contained"
    """Most of the shorter document is also in the longer document."""


class Role(StrEnum):
    """The role of a member in its cluster."""

    SURVIVOR = "survivor"
    EXACT = "exact"
    """The text is the same as the survivor's except for the kind and amount of whitespace."""
    NEAR = "near"
    """The document is linked to the survivor by verified similarity, directly or through other documents."""
    VERSION = "version"
    """The document is a different version of the survivor."""
    EXCERPT = "excerpt"
    """The document is contained in the survivor."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A verified pair of related documents; `first.doc_id < second.doc_id`."""

    first: DocumentRef
    second: DocumentRef
    similarity: float
    """Jaccard similarity; for `CONTAINED`, the share of the shorter document that the longer document contains."""
    relation: Relation


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A document that is related to at least one other: a row of `work/clusters`, which is sorted by `doc_id`."""

    doc_id: str
    cluster_id: str
    """The survivor's `doc_id`."""
    role: str
    is_kept: bool
    similarity: float
    """For a near duplicate, the similarity to the survivor if that pair was verified, otherwise the highest verified
    similarity; for a version, the highest similarity to another version; for an excerpt, the share of the excerpt
    that its best container has; otherwise 1."""
    survivor_title: str
    survivor_uri: str
    decided_by: str = ""
    """Why the survivor is kept instead of a copy or near duplicate; empty for other roles, and if the survivor is not
    the best duplicate but a document that contains it."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A document's role in a cluster and its survivor, before the survivor's title is looked up."""

    document: DocumentRef
    survivor: DocumentRef
    role: Role
    is_kept: bool
    similarity: float
    decided_by: str = ""
    """See `ClusterMember`."""


def clusters_of(edges: Sequence[Edge], *, dropped_roles: Sequence[Role]) -> list[Membership]:
    """Return the membership of every document that occurs in an edge, sorted by id.

    If a document's survivor is itself dropped, for example as an excerpt, the survivor's own survivor is used instead.

    Args:
        edges: the edges of one or more complete connected components, in any order.
        dropped_roles: roles whose members are not kept. Survivors are always kept.
    """
    documents = sorted({document for edge in edges for document in (edge.first, edge.second)})
    index_of = {document.doc_id: index for index, document in enumerate(documents)}
    assert len(index_of) == len(documents), "two documents share an id"
    assignments = _assign_duplicates(documents, edges, index_of)
    _assign_versions(documents, edges, index_of, assignments)
    _assign_excerpts(documents, edges, index_of, assignments)
    memberships = []
    for document, assignment in zip(documents, assignments, strict=True):
        survivor = assignment.survivor
        while (above := assignments[index_of[survivor.doc_id]]).role in dropped_roles:
            survivor = above.survivor
        memberships.append(
            Membership(
                document=document,
                survivor=survivor,
                role=assignment.role,
                is_kept=assignment.role not in dropped_roles,
                similarity=assignment.similarity,
                decided_by=assignment.decided_by if survivor == assignment.survivor else "",
            )
        )
    return memberships


def components(num_nodes: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Return a label for each node; nodes of the same connected component have the same label.

    Args:
        num_nodes: the number of nodes; nodes are the numbers from 0 to `num_nodes` − 1.
        ends: pairs of nodes that are connected.
    """
    if num_nodes == 0:
        return []
    rows, columns = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return [int(label) for label in component_labels(num_nodes, rows, columns)]


def component_labels(
    num_nodes: int, rows: NDArray[np.signedinteger], columns: NDArray[np.signedinteger]
) -> NDArray[np.int32]:
    """Return the component label of each node, shape [nodes]; `rows` and `columns` hold the ends of each edge."""
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(num_nodes, num_nodes))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int32)


@dataclass(slots=True)
class _Assignment:
    """A document's role and survivor so far."""

    survivor: DocumentRef
    role: Role
    similarity: float
    decided_by: str = ""


def _assign_duplicates(
    documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int]
) -> list[_Assignment]:
    """Return the assignment of each document, based on copies and near duplicates only."""
    near = [edge for edge in edges if edge.relation in (Relation.COPY, Relation.NEAR)]
    labels = components(len(documents), [_ends(edge, index_of) for edge in near])
    copy_labels = components(len(documents), [_ends(edge, index_of) for edge in near if edge.relation is Relation.COPY])
    longest = _longest_of(documents, labels)
    survivors = _best_of(documents, labels)
    links = _links(near, index_of, copy_labels)
    assignments = []
    for index, document in enumerate(documents):
        survivor = survivors[labels[index]]
        own, other = copy_labels[index], copy_labels[index_of[survivor.doc_id]]
        if document == survivor:
            assignments.append(_Assignment(survivor, Role.SURVIVOR, 1.0))
            continue
        why = _reason(survivor, document, longest=longest[labels[index]])
        if own == other:
            assignments.append(_Assignment(survivor, Role.EXACT, 1.0, why))
        else:
            neighbours = links[own]
            similarity = neighbours.get(other, max(neighbours.values()))
            assignments.append(_Assignment(survivor, Role.NEAR, similarity, why))
    return assignments


def _assign_versions(
    documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int], assignments: list[_Assignment]
) -> None:
    """Give the role VERSION to survivors that are versions of a better document. Changes `assignments`.

    First, a version leaves the cluster of its counterpart if it joined that cluster through a third document.
    """
    versions = [(*_ends(edge, index_of), edge) for edge in edges if edge.relation is Relation.VERSION]
    for first, second, _ in versions:
        for index, other in ((first, second), (second, first)):
            if assignments[index].role is Role.NEAR and assignments[index].survivor == documents[other]:
                assignments[index] = _Assignment(documents[index], Role.SURVIVOR, 1.0)
    survivors = [index_of[assignment.survivor.doc_id] for assignment in assignments]
    ends = [(survivors[first], survivors[second]) for first, second, _ in versions]
    leaders_by_label = _best_of(documents, labels := components(len(documents), ends))
    similarity: dict[int, float] = defaultdict(float)
    for (a, b), (_, _, edge) in zip(ends, versions, strict=True):
        for index in (a, b):
            similarity[index] = max(similarity[index], edge.similarity)
    for index in similarity:
        leader = leaders_by_label[labels[index]]
        if leader != documents[index] and assignments[index].role is Role.SURVIVOR:
            assignments[index] = _Assignment(leader, Role.VERSION, similarity[index])


def _assign_excerpts(
    documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int], assignments: list[_Assignment]
) -> None:
    """Give each contained survivor the role EXCERPT and the survivor of its best container. Changes `assignments`.

    If the container is a version, it is itself the survivor. Longer documents come first. Documents of earlier builds
    keep their role.
    """
    containers: dict[int, list[tuple[float, DocumentRef]]] = defaultdict(list)
    for edge in edges:
        if edge.relation is Relation.CONTAINED:
            outer, inner = sorted((edge.first, edge.second), key=_length_rank)
            containers[index_of[inner.doc_id]].append((edge.similarity, outer))
    for index in sorted(containers, key=lambda index: _length_rank(documents[index])):
        if assignments[index].role is not Role.SURVIVOR or documents[index].is_earlier:
            continue
        most = max(similarity for similarity, _ in containers[index])
        similarity, outer = min(
            (pair for pair in containers[index] if pair[0] == most), key=lambda pair: _rank(pair[1], longest=0)
        )
        outer_assignment = assignments[index_of[outer.doc_id]]
        kept = outer if outer_assignment.role is Role.VERSION else outer_assignment.survivor
        # If the container is itself an excerpt, use its survivor, so that documents never point to each other in a
        # circle.
        while (above := assignments[index_of[kept.doc_id]]).role is Role.EXCERPT:
            kept = above.survivor
        if kept != documents[index]:
            assignments[index] = _Assignment(kept, Role.EXCERPT, similarity)


def _best_of(documents: Sequence[DocumentRef], labels: Iterable[int]) -> dict[int, DocumentRef]:
    """Return the document that should survive for each component label."""
    labelled = list(zip(documents, labels, strict=True))
    longest = _longest_of(documents, [label for _, label in labelled])
    best: dict[int, tuple[_Rank, DocumentRef]] = {}
    for document, label in labelled:
        candidate = (_rank(document, longest=longest[label]), document)
        best[label] = min(best.get(label, candidate), candidate)
    return {label: document for label, (_, document) in best.items()}


def _longest_of(documents: Sequence[DocumentRef], labels: Iterable[int]) -> dict[int, int]:
    """Return the length of the longest document for each component label."""
    longest: dict[int, int] = defaultdict(int)
    for document, label in zip(documents, labels, strict=True):
        longest[label] = max(longest[label], document.num_chars)
    return longest


def _links(
    edges: Sequence[Edge], index_of: Mapping[str, int], copy_labels: Sequence[int]
) -> dict[int, dict[int, float]]:
    """Return the verified similarity between groups of exact copies, by the labels of both groups.

    Exact copies have the same shingles, so one verified pair gives the similarity of two groups.
    """
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for edge in edges:
        if edge.relation is Relation.NEAR:
            first, second = (copy_labels[end] for end in _ends(edge, index_of))
            links[first][second] = links[second][first] = edge.similarity
    return links


def _ends(edge: Edge, index_of: Mapping[str, int]) -> tuple[int, int]:
    return index_of[edge.first.doc_id], index_of[edge.second.doc_id]


def _rank(document: DocumentRef, *, longest: int) -> _Rank:
    """Return a sort key; the document that survives has the smallest."""
    rank = rank_of(document.standing, num_chars=document.num_chars, longest=longest)
    return (not document.is_earlier, *(-value for value in rank), document.doc_id)


def _reason(kept: DocumentRef, dropped: DocumentRef, *, longest: int) -> str:
    if kept.is_earlier:
        return "an earlier build has it"
    return reason(
        kept.standing,
        dropped.standing,
        kept_chars=kept.num_chars,
        dropped_chars=dropped.num_chars,
        longest=longest,
    )


def _length_rank(document: DocumentRef) -> tuple[int, str]:
    return (-document.num_chars, document.doc_id)
