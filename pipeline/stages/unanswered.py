"""Combine the failed requests of shards into one error that says how many failed, where, and what the server said.

A shard leaves its failures in a file (`shards.leave_error`); the runner sums the files of all shards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import UnansweredError

_MOST_REASONS = 5
_MOST_SHARDS = 5
_VARIES = re.compile(r"\b(?=[0-9a-fA-F-]*\d)[0-9a-fA-F-]{8,}\b|\d+")
"""Request ids, lengths and times of day: the parts in which two equal complaints differ."""


def merge_reasons(reasons: Mapping[str, int], errors: Iterable[str]) -> dict[str, int]:
    """Return reasons and their counts, most frequent first; reasons that differ only in numbers are merged."""
    return _merged([*reasons.items(), *((error, 1) for error in errors)])


def unanswered_counts(error: UnansweredError) -> dict[str, object]:
    """Return the counts of an error as a JSON object."""
    return {
        "reasons": error.reasons,
        "requests": error.num_requests,
        "unasked": error.num_unasked,
        "gave_up": error.gave_up,
    }


def unanswered_error(shards: Mapping[str, Mapping[str, Any]]) -> UnansweredError:  # Any: what shards left as JSON
    """Return one error for the shards of a stage, made from what each shard left."""
    reasons = _merged((reason, count) for shard in shards.values() for reason, count in shard["reasons"].items())
    num_requests = sum(shard["requests"] for shard in shards.values())
    num_unasked = sum(shard["unasked"] for shard in shards.values())
    return UnansweredError(
        unanswered_message(reasons, shard_ids=sorted(shards), num_requests=num_requests, num_unasked=num_unasked),
        remedy=_remedy(reasons),
        reasons=reasons,
        num_requests=num_requests,
        num_unasked=num_unasked,
        gave_up=any(shard["gave_up"] for shard in shards.values()),
    )


def unanswered_message(reasons: Mapping[str, int], *, shard_ids: list[str], num_requests: int, num_unasked: int) -> str:
    """Return how many requests of which shards failed, and why, in one sentence."""
    num_failed = sum(reasons.values())
    shards = ", ".join(shard_ids[:_MOST_SHARDS]) + (" and others" if len(shard_ids) > _MOST_SHARDS else "")
    left = f", {num_unasked} more were not asked" if num_unasked else ""
    said = [f"{reason} ({count} ×)" for reason, count in list(reasons.items())[:_MOST_REASONS]]
    if len(reasons) > _MOST_REASONS:
        said.append(f"and {len(reasons) - _MOST_REASONS} other reasons")
    where = "shard" if len(shard_ids) == 1 else "shards"
    counted = f"{num_failed} of the {num_requests} teacher requests of {where} {shards} failed{left}"
    return f"{counted}: {'; '.join(said) or 'the teacher gave up in another shard'}."


def _merged(reasons: Iterable[tuple[str, int]]) -> dict[str, int]:
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason, count in reasons:
        family = _VARIES.sub("#", reason)
        counts[first.setdefault(family, reason)] += count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _remedy(reasons: Mapping[str, int]) -> str:
    again = "run the same command again: it asks only what has no answer yet"
    main = next(iter(reasons), "")
    if main.startswith(("status 401", "status 403")):
        return f"Set the key in the environment variable that synthesize.teacher.api_key_env names, then {again}."
    if main.startswith("status 404"):
        return f"Check synthesize.teacher.base_url and model, then {again}."
    if main.startswith("Connect"):
        return f"Start the server or correct synthesize.teacher.base_url, then {again}."
    return f"{again[0].upper()}{again[1:]}; synthesize.teacher.max_failed_share says how many may stay without one."
