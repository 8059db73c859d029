"""Which candidates become rows, and of which split; decided on ids and labels, never on text.

Three rules, in this order: a document gives at most so many rows, from its depth bins in turn; written rows are at
most their share of all rows; and whole clusters of documents, not rows, go to validation. Pure; about 300 bytes a
candidate, so a million candidates are chosen in a few hundred megabytes. Used by the export stage.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.identity import unit_interval
from pipeline.records import Origin, Split


@dataclass(frozen=True, slots=True)
class CandidateLabels:
    """What selection needs to know of a candidate."""

    candidate_id: str
    parent_id: str
    cluster_id: str
    """Documents of one cluster (versions, marked excerpts, parts of one document) go to the same split."""
    depth: float
    origin: str
    language: str
    domain: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of a candidate. A row of `work/selection/`."""

    candidate_id: str
    split: str
    """Empty where the candidate is dropped."""
    reason: str
    """Code of the rejection; empty where the candidate becomes a row."""
    detail: str


def select_rows(
    candidates: Sequence[CandidateLabels],
    *,
    validation_share: float,
    max_written_share: float,
    max_rows_per_document: int,
    depth_bins: int,
    seed: int,
) -> list[Choice]:
    """A choice for every candidate, in the order given; independent of that order.

    Args:
        candidates: labels of all candidates of a build.
        validation_share: share of documents that go to validation.
        max_written_share: most of the rows that may be written ones.
        max_rows_per_document: over all parts of a document.
        depth_bins: equal parts of a document's depth from which its rows are taken in turn.
        seed: of the recipe.
    """
    dropped: dict[str, tuple[str, str]] = {}
    by_parent: dict[str, list[CandidateLabels]] = defaultdict(list)
    for candidate in candidates:
        by_parent[candidate.parent_id].append(candidate)
    kept: list[CandidateLabels] = []
    for members in by_parent.values():
        chosen = _spread_over_depth(members, max_rows_per_document, depth_bins, seed)
        kept += chosen
        chosen_ids = {member.candidate_id for member in chosen}
        detail = f"{len(members)} candidates of the document, {max_rows_per_document} become rows."
        dropped |= {m.candidate_id: ("document_cap", detail) for m in members if m.candidate_id not in chosen_ids}
    surplus = _written_surplus(kept, max_written_share, seed)
    detail = f"Written rows would be more than {max_written_share} of all."
    dropped |= {candidate.candidate_id: ("mix", detail) for candidate in surplus}
    splits = split_documents(
        {c.cluster_id: (c.language, c.domain) for c in kept if c.candidate_id not in dropped},
        validation_share=validation_share,
        seed=seed,
    )
    return [
        Choice(
            candidate_id=c.candidate_id, split="", reason=dropped[c.candidate_id][0], detail=dropped[c.candidate_id][1]
        )
        if c.candidate_id in dropped
        else Choice(candidate_id=c.candidate_id, split=splits[c.cluster_id], reason="", detail="")
        for c in candidates
    ]


def split_documents(strata: Mapping[str, tuple[str, str]], *, validation_share: float, seed: int) -> dict[str, str]:
    """A split for every document, stratified over language and domain.

    Validation gets the nearest whole number of documents to its share, at least one where there are two and a share is
    asked for. A document goes there only while train keeps another of its language and domain, then only while train
    keeps another of its language and another of its domain; where not even that can be had for one document, the
    first by its hash goes.

    Args:
        strata: language and domain by id of the document, or of the cluster that stays together.
        validation_share: 0 to 1.
        seed: of the recipe.
    """
    splits = dict.fromkeys(strata, Split.TRAIN.value)
    if validation_share <= 0 or len(strata) < 2:
        return splits
    wanted = min(len(strata) - 1, max(1, round(validation_share * len(strata))))
    in_stratum: dict[tuple[str, str], list[str]] = defaultdict(list)
    for doc_id in sorted(strata, key=lambda key: (unit_interval(seed, "split", key), key)):
        in_stratum[strata[doc_id]].append(doc_id)
    ranks = {doc_id: rank for members in in_stratum.values() for rank, doc_id in enumerate(members)}
    order = sorted(strata, key=lambda key: (ranks[key], unit_interval(seed, "split", key), key))
    in_train = Counter(strata.values())
    for is_free in (_leaves_its_stratum, _leaves_its_language_and_domain):
        for doc_id in order:
            if wanted and splits[doc_id] == Split.TRAIN and is_free(strata[doc_id], in_train):
                splits[doc_id] = Split.VALIDATION.value
                in_train[strata[doc_id]] -= 1
                wanted -= 1
    if Split.VALIDATION not in splits.values():
        splits[order[0]] = Split.VALIDATION.value
    return splits


def _leaves_its_stratum(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    return in_train[stratum] > 1


def _leaves_its_language_and_domain(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    language, domain = stratum
    same_language = sum(count for (other, _), count in in_train.items() if other == language)
    same_domain = sum(count for (_, other), count in in_train.items() if other == domain)
    return same_language > 1 and same_domain > 1


def _spread_over_depth(
    members: Sequence[CandidateLabels], max_rows: int, depth_bins: int, seed: int
) -> list[CandidateLabels]:
    bins: dict[int, list[CandidateLabels]] = defaultdict(list)
    for member in sorted(members, key=lambda m: (unit_interval(seed, "rows", m.candidate_id), m.candidate_id)):
        bins[min(depth_bins - 1, int(member.depth * depth_bins))].append(member)
    chosen: list[CandidateLabels] = []
    for turn in range(max(map(len, bins.values()))):
        for key in sorted(bins):
            if turn < len(bins[key]) and len(chosen) < max_rows:
                chosen.append(bins[key][turn])
    return chosen


def _written_surplus(kept: Sequence[CandidateLabels], max_share: float, seed: int) -> list[CandidateLabels]:
    written = [candidate for candidate in kept if candidate.origin == Origin.WRITTEN]
    if max_share >= 1:
        return []
    num_structural = len(kept) - len(written)
    allowed = int(max_share * num_structural / (1 - max_share) + 1e-9)
    written.sort(key=lambda c: (unit_interval(seed, "mix", c.candidate_id), c.candidate_id))
    return written[allowed:]
