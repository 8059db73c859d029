"""Group verified pairs into clusters with one survivor each.

Takes edges between documents; returns each document's place in its cluster. A cluster is a connected component of the
graph of verified duplicates, so two members may be linked only through a third. The survivor is a document of an
earlier build if the cluster has one, else the longest cleaned text, then the one with the most complete metadata, then
the smallest id. Versions are kept with their survivor; excerpts follow the survivor of the document that contains them.
The result does not depend on the order of the pairs. Used by `stages.cluster`.

Cost: linear in the pairs, which are all in memory. Callers may pass one component at a time.
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


class Relation(StrEnum):
    """The relation between the two documents of a verified pair."""

    COPY = "copy"
    """The same text except for whitespace."""
    NEAR = "near"
    """Shingle sets that are similar enough."""
    VERSION = "version"
    """Similar, but different in numbers, dates or names, in a domain where these matter."""
    CONTAINED = "contained"
    """Most of the shorter document is also in the longer one."""


class Role(StrEnum):
    """The role of a member in its cluster."""

    SURVIVOR = "survivor"
    EXACT = "exact"
    """The same text as the survivor except for whitespace."""
    NEAR = "near"
    """Linked to the survivor by verified similarity, directly or through others."""
    VERSION = "version"
    """Another version of the survivor; kept."""
    EXCERPT = "excerpt"
    """Contained in the survivor."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two related documents; `first.doc_id < second.doc_id`."""

    first: DocumentRef
    second: DocumentRef
    similarity: float
    """Jaccard similarity; for a contained document, the share of it that the other document holds."""
    relation: Relation


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A document that is related to another. A row of `work/clusters`, sorted by `doc_id`."""

    doc_id: str
    cluster_id: str
    """The survivor's `doc_id`."""
    role: str
    is_kept: bool
    similarity: float
    """Similarity to the survivor if that pair was verified, else to the most similar verified neighbour."""
    survivor_title: str
    survivor_uri: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A document's place in a cluster, before the survivor's title is looked up."""

    document: DocumentRef
    survivor: DocumentRef
    role: Role
    is_kept: bool
    similarity: float


def clusters_of(edges: Sequence[Edge], *, dropped_roles: Sequence[Role]) -> list[Membership]:
    """Return every document that is related to another, with its survivor, sorted by id.

    Args:
        edges: the edges of whole connected components, in any order.
        dropped_roles: roles of members that are not kept; survivors are always kept.
    """
    documents = sorted({document for edge in edges for document in (edge.first, edge.second)})
    index_of = {document.doc_id: index for index, document in enumerate(documents)}
    assert len(index_of) == len(documents), "two documents share an id"
    places = _duplicates(documents, edges, index_of)
    _part_versions(documents, edges, index_of, places)
    _follow_containers(documents, edges, index_of, places)
    memberships = []
    for document, place in zip(documents, places, strict=True):
        survivor = place.survivor
        while (above := places[index_of[survivor.doc_id]]).role in dropped_roles:
            survivor = above.survivor
        memberships.append(
            Membership(
                document=document,
                survivor=survivor,
                role=place.role,
                is_kept=place.role not in dropped_roles,
                similarity=place.similarity,
            )
        )
    return memberships


def components(num_nodes: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Return the label of each node's connected component.

    Args:
        num_nodes: nodes are 0 … `num_nodes` − 1.
        ends: pairs of nodes that are connected.
    """
    if num_nodes == 0:
        return []
    rows, columns = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return [int(label) for label in component_labels(num_nodes, rows, columns)]


def component_labels(
    num_nodes: int, rows: NDArray[np.signedinteger], columns: NDArray[np.signedinteger]
) -> NDArray[np.int32]:
    """Return the component label of each node, shape [nodes], for arrays of edge ends of shape [edges]."""
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(num_nodes, num_nodes))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int32)


@dataclass(slots=True)
class _Place:
    survivor: DocumentRef
    role: Role
    similarity: float


def _duplicates(documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int]) -> list[_Place]:
    """Return the place of each document, based on copies and near duplicates only."""
    near = [edge for edge in edges if edge.relation in (Relation.COPY, Relation.NEAR)]
    labels = components(len(documents), [_ends(edge, index_of) for edge in near])
    copy_labels = components(len(documents), [_ends(edge, index_of) for edge in near if edge.relation is Relation.COPY])
    survivors = _best_of(documents, labels)
    links = _links(near, index_of, copy_labels)
    places = []
    for index, document in enumerate(documents):
        survivor = survivors[labels[index]]
        own, other = copy_labels[index], copy_labels[index_of[survivor.doc_id]]
        if own == other:
            places.append(_Place(survivor, Role.SURVIVOR if document == survivor else Role.EXACT, 1.0))
        else:
            neighbours = links[own]
            places.append(_Place(survivor, Role.NEAR, neighbours.get(other, max(neighbours.values()))))
    return places


def _part_versions(
    documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int], places: list[_Place]
) -> None:
    """Take versions out of clusters that they joined through a third document, then mark all versions.

    Changes `places`.
    """
    versions = [(*_ends(edge, index_of), edge) for edge in edges if edge.relation is Relation.VERSION]
    for first, second, _ in versions:
        for index, other in ((first, second), (second, first)):
            if places[index].role is Role.NEAR and places[index].survivor == documents[other]:
                places[index] = _Place(documents[index], Role.SURVIVOR, 1.0)
    ends = [(index_of[places[a].survivor.doc_id], index_of[places[b].survivor.doc_id]) for a, b, _ in versions]
    leaders_by_label = _best_of(documents, labels := components(len(documents), ends))
    similarity: dict[int, float] = defaultdict(float)
    for (a, b), (_, _, edge) in zip(ends, versions, strict=True):
        for index in (a, b):
            similarity[index] = max(similarity[index], edge.similarity)
    for index in similarity:
        leader = leaders_by_label[labels[index]]
        if leader != documents[index] and places[index].role is Role.SURVIVOR:
            places[index] = _Place(leader, Role.VERSION, similarity[index])


def _follow_containers(
    documents: Sequence[DocumentRef], edges: Sequence[Edge], index_of: Mapping[str, int], places: list[_Place]
) -> None:
    """Give each contained document the survivor of its best container, longest containers first. Changes `places`."""
    containers: dict[int, list[tuple[float, DocumentRef]]] = defaultdict(list)
    for edge in edges:
        if edge.relation is Relation.CONTAINED:
            outer, inner = sorted((edge.first, edge.second), key=_length_rank)
            containers[index_of[inner.doc_id]].append((edge.similarity, outer))
    for index in sorted(containers, key=lambda index: _length_rank(documents[index])):
        if places[index].role is not Role.SURVIVOR or documents[index].is_earlier:
            continue
        similarity, outer = min(containers[index], key=lambda pair: (-pair[0], _rank(pair[1])))
        outer_place = places[index_of[outer.doc_id]]
        kept = outer if outer_place.role is Role.VERSION else outer_place.survivor
        # If the container is itself an excerpt, follow it to its survivor, so that no two documents point to each other
        # in a circle.
        while (above := places[index_of[kept.doc_id]]).role is Role.EXCERPT:
            kept = above.survivor
        if kept != documents[index]:
            places[index] = _Place(kept, Role.EXCERPT, similarity)


def _best_of(documents: Sequence[DocumentRef], labels: Iterable[int]) -> dict[int, DocumentRef]:
    best: dict[int, DocumentRef] = {}
    for document, label in zip(documents, labels, strict=True):
        other = best.get(label)
        best[label] = document if other is None or _rank(document) < _rank(other) else other
    return best


def _links(
    edges: Sequence[Edge], index_of: Mapping[str, int], copy_labels: Sequence[int]
) -> dict[int, dict[int, float]]:
    """Return the verified similarity between groups of exact copies.

    Copies share their shingles, so one pair gives the similarity of two groups.
    """
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for edge in edges:
        if edge.relation is Relation.NEAR:
            first, second = (copy_labels[end] for end in _ends(edge, index_of))
            links[first][second] = links[second][first] = edge.similarity
    return links


def _ends(edge: Edge, index_of: Mapping[str, int]) -> tuple[int, int]:
    return index_of[edge.first.doc_id], index_of[edge.second.doc_id]


def _rank(document: DocumentRef) -> tuple[bool, int, int, str]:
    return (not document.is_earlier, -document.num_chars, -document.completeness, document.doc_id)


def _length_rank(document: DocumentRef) -> tuple[int, str]:
    return (-document.num_chars, document.doc_id)
