"""Groups short documents; each group becomes one context. Used by `stages.placement`; does not read texts.

A recipe lists the kinds of groups in order: documents of one source in their original order (for code, each file after
the files that it imports), similar documents, or random documents (distractors). Each kind uses only the documents that
earlier kinds left over. A document is in at most one group. The result does not depend on the order of the documents.
Cost: O(n log n), and about 1 KiB per document.
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
    """The properties of a short document that decide about joining."""

    doc_id: str
    domain: str
    language: str
    num_tokens: int
    """Number of tokens of the text and of its heading line."""
    source_uri: str
    source_offset: int
    relation: str
    """A key that documents of one source share, see `pack.relations`; empty if the document has none."""
    imports: tuple[str, ...]
    """What a source file of a repository imports; empty for other documents."""


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Documents that become one context, in this order."""

    kind: JoiningKind
    doc_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JoinRules:
    """The recipe's rules for joining."""

    kinds: Sequence[JoiningKind]
    """Kinds of groups, in the order in which they are tried."""
    max_tokens: int
    """Maximum number of tokens in a group."""
    min_tokens: int
    """A group with fewer tokens is not joined."""
    max_members: int
    """Maximum number of documents in a group."""
    min_similarity: float
    """Minimum similarity of a pair of documents for which `NEAREST` joins their groups."""

    def allow(self, num_tokens: int, num_members: int) -> bool:
        """Return whether a group of this size is within the limits."""
        return num_tokens <= self.max_tokens and num_members <= self.max_members


def join_documents(
    candidates: Iterable[JoinCandidate], *, rules: JoinRules, minhashes: Mapping[str, Hashes], seed: int
) -> list[JoinGroup]:
    """Return groups of at least two documents, ordered by the smallest id in each group.

    Args:
        candidates: the short documents. Documents of different domains or languages are never joined.
        rules: the kinds and limits of groups.
        minhashes: the MinHash of each document that has one, by `doc_id`; used only for `NEAREST`.
        seed: decides which documents are joined at random.
    """
    pools: dict[tuple[str, str], list[JoinCandidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=_source_order):
        pools[candidate.domain, candidate.language].append(candidate)
    groups: list[JoinGroup] = []
    for pool in pools.values():
        left = pool
        for kind in rules.kinds:
            if kind is JoiningKind.SAME_SOURCE:
                found = _of_same_source(left, rules)
            elif kind is JoiningKind.NEAREST:
                found = _of_nearest(left, minhashes, rules)
            else:
                found = _filled(sorted(left, key=lambda c: (unit_interval(seed, "join", c.doc_id), c.doc_id)), rules)
            joined = [
                members
                for members in found
                if len(members) > 1 and sum(member.num_tokens for member in members) >= rules.min_tokens
            ]
            groups += [JoinGroup(kind, tuple(member.doc_id for member in members)) for members in joined]
            taken = {member.doc_id for members in joined for member in members}
            left = [candidate for candidate in left if candidate.doc_id not in taken]
    return sorted(groups, key=lambda group: min(group.doc_ids))


def _source_order(candidate: JoinCandidate) -> tuple[object, ...]:
    return (source_order(candidate.source_uri, candidate.source_offset), candidate.doc_id)


def _of_same_source(pool: Sequence[JoinCandidate], rules: JoinRules) -> list[list[JoinCandidate]]:
    by_relation: dict[str, list[JoinCandidate]] = defaultdict(list)
    for candidate in pool:
        if candidate.relation:
            by_relation[candidate.relation].append(candidate)
    return [group for relatives in by_relation.values() for group in _filled(_in_import_order(relatives), rules)]


def _in_import_order(relatives: list[JoinCandidate]) -> list[JoinCandidate]:
    if not any(candidate.imports for candidate in relatives):
        return relatives
    by_path = {candidate.source_uri: candidate for candidate in relatives}
    if len(by_path) < len(relatives):  # if a file holds several documents, imports do not order them
        return relatives
    order = import_order({path: candidate.imports for path, candidate in by_path.items()})
    return [by_path[path] for path in order]


def _filled(ordered: Sequence[JoinCandidate], rules: JoinRules) -> list[list[JoinCandidate]]:
    """Divide ordered documents into groups; a new group starts when the next document does not fit."""
    groups: list[list[JoinCandidate]] = []
    num_tokens = 0
    for candidate in ordered:
        if groups and rules.allow(num_tokens + candidate.num_tokens, len(groups[-1]) + 1):
            groups[-1].append(candidate)
            num_tokens += candidate.num_tokens
        else:
            groups.append([candidate])
            num_tokens = candidate.num_tokens
    return groups


def _of_nearest(
    pool: Sequence[JoinCandidate], minhashes: Mapping[str, Hashes], rules: JoinRules
) -> list[list[JoinCandidate]]:
    """Merge the groups of similar pairs, the most similar pair first, if the result is within the limits."""
    signed = [candidate for candidate in pool if len(minhashes.get(candidate.doc_id, ()))]
    if len(signed) < 2:
        return []
    group_of = list(range(len(signed)))
    members = [[index] for index in group_of]
    tokens = [candidate.num_tokens for candidate in signed]
    stacked = np.stack([minhashes[candidate.doc_id] for candidate in signed])
    for pair in similar_pairs(stacked, min_similarity=rules.min_similarity):
        first, second = sorted((group_of[pair.first], group_of[pair.second]))
        num_members = len(members[first]) + len(members[second])
        if first != second and rules.allow(tokens[first] + tokens[second], num_members):
            for index in members[second]:
                group_of[index] = first
            members[first] += members[second]
            tokens[first] += tokens[second]
            members[second] = []
    return [[signed[index] for index in sorted(group)] for group in members if group]
