"""Group short documents that become one context each. Used by `stages.placement`; reads no text.

First come documents of one source, in the order of the source; then the remaining documents by similarity; then, if the
recipe asks for it, the rest at random. A document is in at most one group, and a group stays within its limits of
tokens and members. The result does not depend on the order of the documents. Cost: O(n log n), about 1 KiB a document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.identity import unit_interval
from pipeline.pack.imports import import_order
from pipeline.pack.nearest import Hashes, similar_pairs
from pipeline.pack.relations import source_order
from pipeline.records import JoiningKind


@dataclass(frozen=True, slots=True)
class JoinCandidate:
    """What joining needs to know about a short document."""

    doc_id: str
    domain: str
    language: str
    num_tokens: int
    """Tokens of the text and of the line above it."""
    source_uri: str
    source_offset: int
    relation: str
    """A key shared by documents of one source; empty if the source has no such key."""
    imports: tuple[str, ...]
    """Imports of a source file of a repository; empty for other documents."""


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Documents that become one context, in order."""

    kind: JoiningKind
    doc_ids: tuple[str, ...]


def join_documents(
    candidates: Iterable[JoinCandidate],
    *,
    kinds: Sequence[JoiningKind],
    minhashes: Mapping[str, Hashes],
    max_tokens: int,
    min_tokens: int,
    max_members: int,
    min_similarity: float,
    seed: int,
) -> list[JoinGroup]:
    """Return groups of two documents or more, in the order of their smallest id.

    Args:
        candidates: short documents; domains and languages are never mixed.
        kinds: tried in this order, each on the documents that the kinds before left over.
        minhashes: MinHash by `doc_id`, if the document has one; only used for `nearest`.
        max_tokens: the most tokens of a group.
        min_tokens: a smaller group is not joined.
        max_members: the most documents of a group.
        min_similarity: least similarity of documents that `nearest` puts into one group.
        seed: decides which documents are joined at random.
    """
    limits = _Limits(max_tokens=max_tokens, max_members=max_members)
    pools: dict[tuple[str, str], list[JoinCandidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=_source_order):
        pools[candidate.domain, candidate.language].append(candidate)
    groups: list[JoinGroup] = []
    for pool in pools.values():
        left = pool
        for kind in kinds:
            if kind is JoiningKind.SAME_SOURCE:
                found = _of_same_source(left, limits)
            elif kind is JoiningKind.NEAREST:
                found = _of_nearest(left, minhashes, min_similarity, limits)
            else:
                found = _filled(sorted(left, key=lambda c: (unit_interval(seed, "join", c.doc_id), c.doc_id)), limits)
            joined = [
                members
                for members in found
                if len(members) > 1 and sum(member.num_tokens for member in members) >= min_tokens
            ]
            groups += [JoinGroup(kind, tuple(member.doc_id for member in members)) for members in joined]
            taken = {member.doc_id for members in joined for member in members}
            left = [candidate for candidate in left if candidate.doc_id not in taken]
    return sorted(groups, key=lambda group: min(group.doc_ids))


@dataclass(frozen=True, slots=True)
class _Limits:
    max_tokens: int
    max_members: int

    def hold(self, num_tokens: int, num_members: int) -> bool:
        return num_tokens <= self.max_tokens and num_members <= self.max_members


def _source_order(candidate: JoinCandidate) -> tuple[object, ...]:
    return (source_order(candidate.source_uri, candidate.source_offset), candidate.doc_id)


def _of_same_source(pool: Sequence[JoinCandidate], limits: _Limits) -> list[list[JoinCandidate]]:
    by_relation: dict[str, list[JoinCandidate]] = defaultdict(list)
    for candidate in pool:
        if candidate.relation:
            by_relation[candidate.relation].append(candidate)
    return [group for relatives in by_relation.values() for group in _filled(_in_import_order(relatives), limits)]


def _in_import_order(relatives: list[JoinCandidate]) -> list[JoinCandidate]:
    if not any(candidate.imports for candidate in relatives):
        return relatives
    by_path = {candidate.source_uri: candidate for candidate in relatives}
    if len(by_path) < len(relatives):  # several documents from one file have no import order
        return relatives
    order = import_order({path: candidate.imports for path, candidate in by_path.items()})
    return [by_path[path] for path in order]


def _filled(ordered: Sequence[JoinCandidate], limits: _Limits) -> list[list[JoinCandidate]]:
    """Return groups of consecutive documents, each filled while they fit, so that neighbours stay together."""
    groups: list[list[JoinCandidate]] = []
    num_tokens = 0
    for candidate in ordered:
        if groups and limits.hold(num_tokens + candidate.num_tokens, len(groups[-1]) + 1):
            groups[-1].append(candidate)
            num_tokens += candidate.num_tokens
        else:
            groups.append([candidate])
            num_tokens = candidate.num_tokens
    return groups


def _of_nearest(
    pool: Sequence[JoinCandidate], minhashes: Mapping[str, Hashes], min_similarity: float, limits: _Limits
) -> list[list[JoinCandidate]]:
    """Return groups built from the most similar pair on; two groups are merged if the result is within the limits."""
    signed = [candidate for candidate in pool if len(minhashes.get(candidate.doc_id, ()))]
    if len(signed) < 2:
        return []
    group_of = list(range(len(signed)))
    members = [[index] for index in group_of]
    tokens = [candidate.num_tokens for candidate in signed]
    stacked = np.stack([minhashes[candidate.doc_id] for candidate in signed])
    for pair in similar_pairs(stacked, min_similarity=min_similarity):
        first, second = sorted((group_of[pair.first], group_of[pair.second]))
        num_members = len(members[first]) + len(members[second])
        if first != second and limits.hold(tokens[first] + tokens[second], num_members):
            for index in members[second]:
                group_of[index] = first
            members[first] += members[second]
            tokens[first] += tokens[second]
            members[second] = []
    return [[signed[index] for index in sorted(group)] for group in members if group]
