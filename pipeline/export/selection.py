"""Which candidates become rows, and in which split; decided from ids and labels, never from text.

The length of a context limits its number of rows. Look-ups and written rows each have a limited share of all rows,
which always holds. Tasks, domains, languages and depths have limits that yield if there are too few candidates of other
groups (`balance`). Whole clusters of documents, not single rows, go to validation (`splits`). Pure; about 700 bytes and
50 microseconds per candidate. Used by the export stage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.build import ExportRecipe
from pipeline.export.balance import PLACE_FULL, Cap, CappedItem, Outcome, choose_balanced
from pipeline.export.splits import split_documents
from pipeline.identity import stable_hash64
from pipeline.records import Origin

_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class CandidateLabels:
    """The properties of a candidate that selection needs."""

    candidate_id: str
    doc_id: str
    """Of its context."""
    cluster_id: str
    """Documents of one cluster (versions, marked excerpts, parts of one document) go to the same split."""
    depth: float
    task: str
    is_trivial: bool
    """Whether the question looks up a heading or a speaker."""
    origin: str
    language: str
    domain: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision on a candidate. A row of `work/selection/`."""

    candidate_id: str
    split: str
    """Empty if the candidate is dropped."""
    reason: str
    """Code of the rejection; empty if the candidate becomes a row."""
    detail: str


def select_rows(
    candidates: Sequence[CandidateLabels], *, num_chars: Mapping[str, int], recipe: ExportRecipe, seed: int
) -> list[Choice]:
    """Return a choice for every candidate, in the given order; the choices do not depend on that order.

    Args:
        candidates: labels of all candidates of a build.
        num_chars: length of each context's text, by its `doc_id`.
        recipe: caps and shares.
        seed: of the recipe.
    """
    room = {candidate.doc_id: max_rows(num_chars[candidate.doc_id], recipe) for candidate in candidates}
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


def max_rows(num_chars: int, recipe: ExportRecipe) -> int:
    """Return the most rows that a context of this length may have."""
    return max(recipe.short_context_rows, math.ceil(recipe.max_rows_per_10k_chars * num_chars / _CHARS))


def _caps(recipe: ExportRecipe) -> tuple[Cap, ...]:
    even = 1.25 / recipe.depth_bins
    return (
        Cap(reason="trivial_share", share=recipe.max_trivial_share, yields=False),
        Cap(reason="mix", share=recipe.max_written_share, yields=False),
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
        "domain_share": candidate.domain,
        "language_share": candidate.language,
        # Written tasks ask questions of all kinds, so `max_written_share` limits them instead.
        "task_share": "" if is_written else candidate.task,
        "depth_share": str(min(depth_bins - 1, int(candidate.depth * depth_bins))),
    }
    return CappedItem(
        place=candidate.doc_id,
        kind=candidate.task,
        is_last_resort=candidate.is_trivial,
        groups=tuple(groups[cap.reason] for cap in caps),
        rank=stable_hash64(seed, "rows", candidate.candidate_id),
    )


def _detail(candidate: CandidateLabels, reason: str, outcome: Outcome, room: Mapping[str, int]) -> str:
    if not reason:
        return ""
    if reason == PLACE_FULL:
        number = outcome.num_of_place[candidate.doc_id]
        return f"{number} candidates of the context, {room[candidate.doc_id]} become rows."
    group = {
        "trivial_share": "that look up a heading or a speaker",
        "mix": "that a teacher wrote",
        "domain_share": f"of {candidate.domain} documents",
        "language_share": f"in the language {candidate.language}",
        "task_share": f"of the task {candidate.task}",
        "depth_share": f"with evidence at depth {candidate.depth:.2f}",
    }[reason]
    return f"Rows {group} would be more than {outcome.shares[reason]:.1%} of all."
