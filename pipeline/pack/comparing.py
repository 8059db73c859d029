"""Groups documents that can be compared: the versions of one document, and documents of the same type.

Questions about several documents need them in one context. Takes the properties of documents; returns groups, each of
which becomes one context. A document is in at most one group. The recipe says which share of the possible groups is
formed; the documents of the others stay alone. Used by `stages.placement` before short documents are joined. The result
does not depend on the order of the documents. Cost: as for `pack.nearest`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.identity import unit_interval
from pipeline.pack.joining import JoinGroup
from pipeline.pack.nearest import similar_pairs
from pipeline.pack.outline_type import unpacked_type
from pipeline.pack.relations import source_order
from pipeline.records import JoiningKind


@dataclass(frozen=True, slots=True)
class Comparable:
    """The properties of a document that decide what it can be compared with."""

    doc_id: str
    domain: str
    language: str
    num_tokens: int
    """Number of tokens of the text and of its heading line."""
    source_uri: str
    source_offset: int
    versions: str
    """The id of the cluster whose kept documents are versions of this document; empty if there is none."""
    outline_type: bytes
    """See `pack.outline_type`; empty if the document has too few titles, or is not to be compared by type."""


@dataclass(frozen=True, slots=True)
class CompareRules:
    """The recipe's rules for groups to compare."""

    versions_share: float
    """Share of the possible groups of versions that are formed, from 0 to 1."""
    comparison_share: float
    """Share of the possible groups of documents of one type that are formed, from 0 to 1."""
    max_tokens: int
    """Maximum number of tokens in a group."""
    max_members: int
    min_similarity: float
    """Minimum estimated Jaccard similarity of the titles of two documents of the same type."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The groups, and how many were possible."""

    groups: tuple[JoinGroup, ...]
    num_possible: dict[JoiningKind, int]
    """The supply: number of groups that could be formed, by kind."""


def compare_documents(documents: Iterable[Comparable], *, rules: CompareRules, seed: int) -> Compared:
    """Return groups of at least two documents, ordered by kind and then by the smallest id in each group.

    Args:
        documents: the documents. Documents of different domains or languages are never in one group.
        rules: the shares and limits.
        seed: decides which of the possible groups are formed.
    """
    pool = sorted(documents, key=lambda one: (source_order(one.source_uri, one.source_offset), one.doc_id))
    versions = _of_versions(pool, rules)
    formed = _formed(versions, JoiningKind.VERSIONS, rules.versions_share, seed)
    taken = {doc_id for group in formed for doc_id in group.doc_ids}
    # Documents of one cluster are compared as versions or not at all.
    of_type = _of_type([one for one in pool if one.doc_id not in taken and not one.versions], rules)
    formed += _formed(of_type, JoiningKind.COMPARISON, rules.comparison_share, seed)
    possible = {JoiningKind.VERSIONS: len(versions), JoiningKind.COMPARISON: len(of_type)}
    return Compared(tuple(formed), possible)


def _formed(groups: Sequence[Sequence[Comparable]], kind: JoiningKind, share: float, seed: int) -> list[JoinGroup]:
    found = [JoinGroup(kind, tuple(member.doc_id for member in members)) for members in groups]
    chosen = [group for group in found if unit_interval(seed, kind.value, min(group.doc_ids)) < share]
    return sorted(chosen, key=lambda group: min(group.doc_ids))


def _of_versions(pool: Sequence[Comparable], rules: CompareRules) -> list[list[Comparable]]:
    by_cluster: dict[tuple[str, str, str], list[Comparable]] = defaultdict(list)
    for one in pool:
        if one.versions:
            by_cluster[one.domain, one.language, one.versions].append(one)
    groups: list[list[Comparable]] = []
    for members in by_cluster.values():
        group: list[Comparable] = []
        for one in members:
            if group and not _fits([*group, one], rules):
                groups.append(group)
                group = []
            group.append(one)
        groups.append(group)
    return [group for group in groups if len(group) > 1]


def _of_type(pool: Sequence[Comparable], rules: CompareRules) -> list[list[Comparable]]:
    """Merge the groups of similar documents, the most similar pair first, as long as the result is within the limits.

    A document joins a group only if it is similar to each of its members, so that a chain of documents that change
    gradually does not form a group.
    """
    groups: list[list[Comparable]] = []
    by_kind: dict[tuple[str, str], list[Comparable]] = defaultdict(list)
    for one in pool:
        if one.outline_type:
            by_kind[one.domain, one.language].append(one)
    for members in by_kind.values():
        if len(members) > 1:
            groups += _merged(members, rules)
    return groups


def _merged(members: Sequence[Comparable], rules: CompareRules) -> list[list[Comparable]]:
    types_DB = np.stack([unpacked_type(one.outline_type) for one in members])
    group_of = list(range(len(members)))
    groups = [[index] for index in group_of]
    for pair in similar_pairs(types_DB, min_similarity=rules.min_similarity):
        first, second = sorted((group_of[pair.first], group_of[pair.second]))
        if first == second:
            continue
        together = groups[first] + groups[second]
        similar = (types_DB[groups[first]][:, None] == types_DB[groups[second]][None]).mean(axis=2)
        if similar.min() >= rules.min_similarity and _fits([members[index] for index in together], rules):
            for index in groups[second]:
                group_of[index] = first
            groups[first], groups[second] = sorted(together), []
    return [[members[index] for index in group] for group in groups if len(group) > 1]


def _fits(members: Sequence[Comparable], rules: CompareRules) -> bool:
    return len(members) <= rules.max_members and sum(one.num_tokens for one in members) <= rules.max_tokens
