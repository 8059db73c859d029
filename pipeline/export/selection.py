"""Decides which candidates become turns of rows, and in which split, from ids and labels alone, never from text.

The length of a context limits its number of turns. Look-ups and written turns each have a limited share of all turns;
these limits always hold. Tasks, domains, languages and depths have limits that yield if there are too few candidates of
other groups (see `balance`). Whole clusters of documents, not single rows, go to validation. Used by the export stage.
Cost: about 700 bytes and 50 microseconds per candidate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.build import ExportRecipe
from pipeline.export.balance import CONTEXT_FULL, Cap, CappedItem, Outcome, choose_balanced
from pipeline.identity import stable_hash64, unit_interval
from pipeline.records import Origin, Split, TaskFamily

_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class CandidateLabels:
    """The properties of a candidate that selection needs."""

    candidate_id: str
    doc_id: str
    """Id of the candidate's context."""
    cluster_id: str
    """Id of the document's cluster. The documents of a cluster, such as versions or the parts of a document, share a
    split."""
    depth: float
    task: str
    family: str
    is_trivial: bool
    """Whether the question looks up a heading or a speaker."""
    origin: str
    language: str
    domain: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision on a candidate; a row of `work/selection/`."""

    candidate_id: str
    split: str
    """Empty if the candidate is dropped."""
    reason: str
    """Reason code of the rejection; empty if the candidate becomes a turn of a row."""
    detail: str


def select_rows(
    candidates: Sequence[CandidateLabels], *, num_chars: Mapping[str, int], recipe: ExportRecipe, seed: int
) -> list[Choice]:
    """Return a choice for every candidate, in the given order; the choices do not depend on that order.

    Args:
        candidates: the labels of all candidates of a build.
        num_chars: the length of each context's text, by `doc_id`.
        recipe: the limits and shares.
        seed: the recipe's seed.
    """
    room = {candidate.doc_id: max_turns(num_chars[candidate.doc_id], recipe) for candidate in candidates}
    caps = _caps(recipe)
    outcome = choose_balanced(
        [_item(candidate, caps, recipe.depth_bins, seed) for candidate in candidates],
        caps=caps,
        room=room,
        max_loss=recipe.max_balance_loss,
    )
    kept = [candidate for candidate, reason in zip(candidates, outcome.reasons, strict=True) if not reason]
    kept.sort(key=lambda candidate: candidate.candidate_id)
    splits = split_documents(
        {candidate.cluster_id: (candidate.language, candidate.domain) for candidate in kept},
        validation_share=recipe.validation_share,
        seed=seed,
    )
    return [
        Choice(
            candidate_id=candidate.candidate_id,
            split="" if reason else splits[candidate.cluster_id],
            reason=reason,
            detail=_detail(candidate, reason, outcome, room),
        )
        for candidate, reason in zip(candidates, outcome.reasons, strict=True)
    ]


def max_turns(num_chars: int, recipe: ExportRecipe) -> int:
    """Return the maximum number of questions about a context of a given length."""
    return max(recipe.short_context_turns, math.ceil(recipe.max_turns_per_10k_chars * num_chars / _CHARS))


def split_documents(strata: Mapping[str, tuple[str, str]], *, validation_share: float, seed: int) -> dict[str, str]:
    """Return a split for every document, stratified over language and domain.

    Validation gets at most the number of documents nearest to its share; at least one, if the share is not 0 and there
    are two documents or more. A document moves to validation if the train split keeps a document of the same language
    and domain. If these are too few, a document also moves if train keeps one of the same language and one of the same
    domain. If validation is still empty, the first document in the order of hashes moves.

    Args:
        strata: language and domain of each document, or of each cluster of documents that stay together, by id.
        validation_share: share of the documents for validation, from 0 to 1.
        seed: the recipe's seed.
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


def _caps(recipe: ExportRecipe) -> tuple[Cap, ...]:
    even = 1.25 / recipe.depth_bins
    return (
        Cap(reason="trivial_share", share=recipe.max_trivial_share, yields=False),
        Cap(reason="mix", share=recipe.max_written_share, yields=False),
        Cap(reason="not_answerable_share", share=recipe.max_not_answerable_share, yields=False),
        Cap(reason="look_up_share", share=recipe.max_look_up_share, yields=True),
        Cap(reason="domain_share", share=recipe.max_domain_share, yields=True),
        Cap(reason="language_share", share=recipe.max_language_share, yields=True),
        Cap(reason="task_share", share=recipe.max_task_share, yields=True),
        Cap(reason="depth_share", share=max(recipe.max_depth_share, even), yields=True),
    )


def _item(candidate: CandidateLabels, caps: Sequence[Cap], depth_bins: int, seed: int) -> CappedItem:
    is_written = candidate.origin == Origin.WRITTEN
    groups = {
        "trivial_share": "trivial" if candidate.is_trivial else "",
        "mix": "written" if is_written else "",
        "not_answerable_share": "absent" if candidate.family == TaskFamily.NOT_ANSWERABLE else "",
        # Written tasks ask questions of all kinds, so `max_written_share` limits them instead.
        "look_up_share": "look_up" if candidate.family == TaskFamily.LOOK_UP and not is_written else "",
        "domain_share": candidate.domain,
        "language_share": candidate.language,
        "task_share": "" if is_written else candidate.task,
        "depth_share": str(min(depth_bins - 1, int(candidate.depth * depth_bins))),
    }
    return CappedItem(
        context=candidate.doc_id,
        kind=candidate.task,
        is_last_resort=candidate.is_trivial,
        groups=tuple(groups[cap.reason] for cap in caps),
        rank=stable_hash64(seed, "rows", candidate.candidate_id),
    )


def _detail(candidate: CandidateLabels, reason: str, outcome: Outcome, room: Mapping[str, int]) -> str:
    if not reason:
        return ""
    if reason == CONTEXT_FULL:
        number = outcome.num_per_context[candidate.doc_id]
        return f"The context has {number} candidates; at most {room[candidate.doc_id]} can become turns."
    group = {
        "trivial_share": "that look up a heading or a speaker",
        "mix": "that a teacher wrote",
        "not_answerable_share": "that the document does not answer",
        "look_up_share": "that need only one place",
        "domain_share": f"of {candidate.domain} documents",
        "language_share": f"in the language {candidate.language}",
        "task_share": f"of the task {candidate.task}",
        "depth_share": f"with evidence at depth {candidate.depth:.2f}",
    }[reason]
    return f"Questions {group} would be more than {outcome.shares[reason]:.1%} of all questions."


def _leaves_its_stratum(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    return in_train[stratum] > 1


def _leaves_its_language_and_domain(stratum: tuple[str, str], in_train: Counter[tuple[str, str]]) -> bool:
    language, domain = stratum
    same_language = sum(count for (other, _), count in in_train.items() if other == language)
    same_domain = sum(count for (_, other), count in in_train.items() if other == domain)
    return same_language > 1 and same_domain > 1
