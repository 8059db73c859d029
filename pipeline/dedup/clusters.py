"""Groups related documents into clusters with one survivor each.

Takes edges (verified pairs of related documents); returns the role of each document and its survivor. The best document
is kept, and the documents that are near duplicates of it are dropped; then the best of the rest is kept, and so on. So
each dropped document has a verified pair with its survivor, or is a copy of a document that has one: in a chain of near
duplicates, both ends are kept. Documents of an earlier build come first; then follows the order in which a person would
keep them, by the standing of each (`dedup.standing`); then the smallest id. An excerpt is dropped for a kept document
that contains it. If kept documents are versions of each other, the best of them in this order is the survivor of all.
The result does not depend on the order of the edges. Used by `transforms.cluster_edges`. Cost: O(n log n) for n edges,
which are all in memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.config.build import DedupRecipe, ExcerptRule
from pipeline.dedup.candidates import DocumentRef, survival_rank
from pipeline.dedup.keepers import kept_nodes
from pipeline.dedup.standing import reason


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
    """The document, or a copy of it, is similar to the survivor; the pair was verified."""
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
    """For a near duplicate, the similarity to the survivor; for a version, the highest similarity to another version;
    for an excerpt, the share of it that its best kept container has; otherwise 1."""
    survivor_title: str
    survivor_uri: str
    decided_by: str = ""
    """Why the survivor is kept instead of a copy or near duplicate; empty for other roles."""


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


def roles_to_drop(recipe: DedupRecipe) -> tuple[Role, ...]:
    """Return the roles whose documents are dropped under a recipe."""
    return (Role.EXACT, Role.NEAR, *([Role.EXCERPT] if recipe.excerpts is ExcerptRule.DROP else []))


def clusters_of(edges: Sequence[Edge], *, dropped_roles: Sequence[Role]) -> list[Membership]:
    """Return the memberships, sorted by id, of the documents that share a cluster with another document.

    A document can be absent although it occurs in an edge: if the other document is dropped for a third one.

    Args:
        edges: the edges of one or more complete connected components, in any order.
        dropped_roles: roles whose members are not kept; near duplicates and copies are always dropped.
    """
    graph = _graph_of(edges)
    droppers = [set(similarity) for similarity in graph.better]
    if Role.EXCERPT in dropped_roles:
        droppers = [nodes | set(outer) for nodes, outer in zip(droppers, graph.containers, strict=True)]
    is_kept = kept_nodes(droppers)
    places = [_place(node, graph, is_kept) for node in range(len(graph.groups))]
    _assign_versions(graph, places)
    if Role.EXCERPT not in dropped_roles:
        _assign_kept_excerpts(graph, places)
    memberships = [
        _membership(document, node, places[node], graph, dropped_roles)
        for node, group in enumerate(graph.groups)
        for document in group
    ]
    shared = {m.survivor.doc_id for m in memberships if m.survivor != m.document}
    return sorted(
        (m for m in memberships if m.survivor != m.document or m.document.doc_id in shared),
        key=lambda member: member.document.doc_id,
    )


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


@dataclass(frozen=True, slots=True)
class _Graph:
    """Groups of exact copies, the best first, with the relations between them. Groups are numbered by their place."""

    groups: list[list[DocumentRef]]
    """The documents of each group, the best first."""
    better: list[dict[int, float]]
    """For each group, the better groups that are near duplicates of it, with the similarity."""
    containers: list[dict[int, float]]
    """For each group, the groups that contain it, with the share that each contains."""
    versions: list[tuple[int, int, float]]
    longest: list[int]
    """For each group, the length of the longest document among its near duplicates, direct or through others."""
    agreement: list[float]
    """For each group, the sum of its similarities to its near duplicates and to the copies of each, and of its copies
    to each other."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The role of the best document of a group, and the group of its survivor."""

    survivor: int
    role: Role
    similarity: float


def _graph_of(edges: Sequence[Edge]) -> _Graph:
    documents = sorted({document for edge in edges for document in (edge.first, edge.second)})
    index_of = {document.doc_id: index for index, document in enumerate(documents)}
    assert len(index_of) == len(documents), "two documents share an id"
    near = [edge for edge in edges if edge.relation in (Relation.COPY, Relation.NEAR)]
    labels = components(len(documents), [_ends(edge, index_of) for edge in near])
    copy_labels = components(
        len(documents), [_ends(edge, index_of) for edge in edges if edge.relation is Relation.COPY]
    )
    longest_of: dict[int, int] = defaultdict(int)
    for document, label in zip(documents, labels, strict=True):
        longest_of[label] = max(longest_of[label], document.num_chars)
    agreement_of = _agreements(near, index_of, copy_labels)
    ranked = sorted(
        (survival_rank(document, longest=longest_of[labels[i]], agreement=agreement_of[copy_labels[i]]), i)
        for i, document in enumerate(documents)
    )
    number_of: dict[int, int] = {}
    groups: list[list[DocumentRef]] = []
    longest: list[int] = []
    agreement: list[float] = []
    for _, index in ranked:
        number = number_of.setdefault(copy_labels[index], len(groups))
        if number == len(groups):
            groups.append([])
            longest.append(longest_of[labels[index]])
            agreement.append(agreement_of[copy_labels[index]])
        groups[number].append(documents[index])
    graph = _Graph(groups, [{} for _ in groups], [{} for _ in groups], [], longest, agreement)
    for edge in edges:
        first, second = sorted(number_of[copy_labels[end]] for end in _ends(edge, index_of))
        if first != second:
            _add_relation(graph, edge, first, second)
    for first, second, _ in graph.versions:
        graph.better[second].pop(first, None)
    return graph


def _agreements(near: Sequence[Edge], index_of: Mapping[str, int], copy_labels: Sequence[int]) -> dict[int, float]:
    """Return for each label of copies how much their near duplicates agree with them; see `_Graph.agreement`."""
    num_copies = Counter(copy_labels)
    similarities: dict[tuple[int, int], float] = {}
    for edge in near:
        first, second = sorted(copy_labels[end] for end in _ends(edge, index_of))
        if first != second:
            similarities[first, second] = max(similarities.get((first, second), 0.0), edge.similarity)
    found = {label: float(count - 1) for label, count in num_copies.items()}
    for (first, second), similarity in sorted(similarities.items()):
        found[first] += similarity * num_copies[second]
        found[second] += similarity * num_copies[first]
    return {label: round(value, 3) for label, value in found.items()}


def _add_relation(graph: _Graph, edge: Edge, first: int, second: int) -> None:
    """Add an edge between two groups, of which the first is better. Changes `graph`. Earlier builds lose nothing."""
    if edge.relation is Relation.VERSION:
        graph.versions.append((first, second, edge.similarity))
        return
    relations, inner, outer = graph.better, second, first
    if edge.relation is Relation.CONTAINED:
        longer, shorter = sorted((first, second), key=lambda number: _length_rank(graph.groups[number][0]))
        relations, inner, outer = graph.containers, shorter, longer
    if not graph.groups[inner][0].is_earlier:
        relations[inner][outer] = max(relations[inner].get(outer, 0.0), edge.similarity)


def _place(node: int, graph: _Graph, is_kept: Sequence[bool]) -> _Place:
    """Return the place of a group; a dropped one goes to the best kept near duplicate, or else to its container."""
    if is_kept[node]:
        return _Place(node, Role.SURVIVOR, 1.0)
    if better := [other for other in graph.better[node] if is_kept[other]]:
        return _Place(min(better), Role.NEAR, graph.better[node][min(better)])
    outer = _best_container(node, graph, is_kept)
    assert outer is not None, "a group is dropped for none that is kept"
    return _Place(outer, Role.EXCERPT, graph.containers[node][outer])


def _best_container(node: int, graph: _Graph, is_kept: Sequence[bool]) -> int | None:
    """Return the kept group that contains the most of a group; None if none contains it."""
    shares = graph.containers[node]
    return min(
        (number for number in shares if is_kept[number]),
        key=lambda number: (-shares[number], _length_rank(graph.groups[number][0])),
        default=None,
    )


def _assign_versions(graph: _Graph, places: list[_Place]) -> None:
    """Give the role VERSION to kept groups that are versions of a better one. Changes `places`.

    A near duplicate that is a version of a third document makes its survivor a version of it.
    """
    ends: list[tuple[int, int]] = []
    similarity: dict[int, float] = defaultdict(float)
    for first, second, value in graph.versions:
        if Role.EXCERPT in (places[first].role, places[second].role):
            continue
        ends.append((places[first].survivor, places[second].survivor))
        for node in ends[-1]:
            similarity[node] = max(similarity[node], value)
    labels = components(len(places), ends)
    members: dict[int, list[int]] = defaultdict(list)
    for node in sorted(similarity):
        members[labels[node]].append(node)
    for nodes in members.values():
        best = {node: graph.groups[node][0] for node in nodes}
        longest = max(document.num_chars for document in best.values())
        leader = min(nodes, key=lambda node: survival_rank(best[node], longest=longest, agreement=0.0))
        for node in nodes:
            if node != leader:
                places[node] = _Place(leader, Role.VERSION, similarity[node])


def _assign_kept_excerpts(graph: _Graph, places: list[_Place]) -> None:
    """Give the role EXCERPT to kept groups that another kept group contains; longer ones first. Changes `places`."""
    is_kept = [place.role in (Role.SURVIVOR, Role.VERSION) for place in places]
    for node in sorted(range(len(places)), key=lambda number: _length_rank(graph.groups[number][0])):
        outer = _best_container(node, graph, is_kept)
        if places[node].role is not Role.SURVIVOR or outer is None:
            continue
        survivor = places[outer].survivor if places[outer].role is Role.EXCERPT else outer
        if survivor != node:
            places[node] = _Place(survivor, Role.EXCERPT, graph.containers[node][outer])


def _membership(
    document: DocumentRef, node: int, place: _Place, graph: _Graph, dropped_roles: Sequence[Role]
) -> Membership:
    """Return the membership of a document, given the group of its copies and the place of this group."""
    group = graph.groups[node]
    survivor, role, similarity = graph.groups[place.survivor][0], place.role, place.similarity
    if document != group[0] and role not in (Role.NEAR, *dropped_roles):
        survivor, role, similarity = group[0], Role.EXACT, 1.0
    return Membership(
        document=document,
        survivor=survivor,
        role=role,
        is_kept=role not in dropped_roles,
        similarity=similarity,
        decided_by=_reason(
            survivor,
            document,
            longest=graph.longest[place.survivor],
            agreements=(graph.agreement[place.survivor], graph.agreement[node]),
        )
        if role in (Role.NEAR, Role.EXACT)
        else "",
    )


def _ends(edge: Edge, index_of: Mapping[str, int]) -> tuple[int, int]:
    return index_of[edge.first.doc_id], index_of[edge.second.doc_id]


def _reason(kept: DocumentRef, dropped: DocumentRef, *, longest: int, agreements: tuple[float, float]) -> str:
    if kept.is_earlier:
        return "an earlier build has it"
    return reason(
        kept.standing,
        dropped.standing,
        kept_chars=kept.num_chars,
        dropped_chars=dropped.num_chars,
        longest=longest,
        agreements=agreements,
    )


def _length_rank(document: DocumentRef) -> tuple[int, str]:
    return (-document.num_chars, document.doc_id)
