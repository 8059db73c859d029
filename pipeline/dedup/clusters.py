"""Verified pairs in, clusters with one survivor each out.

A cluster is a connected component of the graph of verified pairs, so two of its members may be linked through a third
only. The survivor is the longest cleaned text, then the one with the most complete metadata, then the smallest id; the
result does not depend on the order of the pairs. Used by `stages.dedup`.

Cost: linear in the pairs, all of which are in memory; `components` is the one place to replace past that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.dedup.candidates import DocumentRef


class Role(StrEnum):
    """What a member is to its cluster."""

    SURVIVOR = "survivor"
    EXACT = "exact"
    """Same text as the survivor but for whitespace."""
    NEAR = "near"
    """Linked to the survivor by verified similarity, directly or through others."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two documents found to be duplicates; `first.doc_id < second.doc_id`."""

    first: DocumentRef
    second: DocumentRef
    similarity: float
    is_copy: bool
    """Equal exact hashes."""


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A document of a cluster of two or more. A row of `work/clusters`, sorted by `doc_id`."""

    doc_id: str
    cluster_id: str
    """The survivor's `doc_id`."""
    role: str
    similarity: float
    """Jaccard similarity to the survivor where that pair was verified, else to the most similar verified neighbour."""
    survivor_title: str
    survivor_uri: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A document's place in a cluster, before the survivor's title is looked up."""

    document: DocumentRef
    survivor: DocumentRef
    role: Role
    similarity: float


def clusters_of(edges: Sequence[Edge]) -> list[Membership]:
    """Every document that has a duplicate, sorted by id, with its survivor."""
    documents = sorted({document for edge in edges for document in (edge.first, edge.second)})
    index_of = {document.doc_id: index for index, document in enumerate(documents)}
    assert len(index_of) == len(documents), "two documents share an id"
    labels = components(len(documents), [_ends(edge, index_of) for edge in edges])
    copy_labels = components(len(documents), [_ends(edge, index_of) for edge in edges if edge.is_copy])
    survivors: dict[int, DocumentRef] = {}
    for document, label in zip(documents, labels, strict=True):
        best = survivors.get(label)
        survivors[label] = document if best is None or _rank(document) < _rank(best) else best
    links = _links(edges, index_of, copy_labels)
    memberships = []
    for index, document in enumerate(documents):
        survivor = survivors[labels[index]]
        own, other = copy_labels[index], copy_labels[index_of[survivor.doc_id]]
        if document == survivor:
            role, similarity = Role.SURVIVOR, 1.0
        elif own == other:
            role, similarity = Role.EXACT, 1.0
        else:
            neighbours = links[own]
            role, similarity = Role.NEAR, neighbours.get(other, max(neighbours.values()))
        memberships.append(Membership(document=document, survivor=survivor, role=role, similarity=similarity))
    return memberships


def components(num_nodes: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """The label of each node's connected component.

    Args:
        num_nodes: nodes are 0 … `num_nodes` − 1.
        ends: pairs of nodes that are connected.
    """
    if num_nodes == 0:
        return []
    rows, columns = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(ends), dtype=np.int8), (rows, columns)), shape=(num_nodes, num_nodes))
    _, labels = connected_components(graph, directed=False)
    return [int(label) for label in labels]


def _links(
    edges: Sequence[Edge], index_of: Mapping[str, int], copy_labels: Sequence[int]
) -> dict[int, dict[int, float]]:
    """Verified similarity between groups of exact copies; copies share their shingles, so one pair speaks for all."""
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for edge in edges:
        if not edge.is_copy:
            first, second = (copy_labels[end] for end in _ends(edge, index_of))
            links[first][second] = links[second][first] = edge.similarity
    return links


def _ends(edge: Edge, index_of: Mapping[str, int]) -> tuple[int, int]:
    return index_of[edge.first.doc_id], index_of[edge.second.doc_id]


def _rank(document: DocumentRef) -> tuple[int, int, str]:
    return (-document.num_chars, -document.completeness, document.doc_id)
