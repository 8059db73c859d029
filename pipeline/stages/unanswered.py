"""Combines the failed teacher requests of shards into one error: how many failed, in which shards, and why.

A shard writes its failures to a file (`shards.leave_error`). `stages.runner` reads the files of all shards and calls
`unanswered_error`; `stages.synthesize` counts and describes the failures of one shard, and `preview` those of its few
documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import ONLY_REASONING, UnansweredError
from pipeline.synthesize.unusable import UNUSABLE, UNUSABLE_REPLIES

_MAX_REASONS = 5
_MAX_SHARDS = 5
_VARIES = re.compile(r"\b(?=[0-9a-fA-F-]*\d)[0-9a-fA-F-]{8,}\b|\d+")
"""A number or request id, such as `9001` or `3f2a-77b1`. Errors with the same cause differ only in these."""


def merge_reasons(reasons: Mapping[str, int], errors: Iterable[str]) -> dict[str, int]:
    """Add errors to counted reasons, and merge reasons that differ only in numbers or request ids.

    The most frequent reason comes first.
    """
    return _merged([*reasons.items(), *((error, 1) for error in errors)])


def unanswered_counts(error: UnansweredError) -> dict[str, object]:
    """Return an error's reasons and counts, and whether the teacher gave up, as a JSON object."""
    return {
        "reasons": error.reasons,
        "requests": error.num_requests,
        "unasked": error.num_unasked,
        "gave_up": error.gave_up,
    }


def unanswered_error(shards: Mapping[str, Mapping[str, Any]]) -> UnansweredError:  # Any: parsed JSON
    """Return one error for a stage; `shards` holds the contents of the error files, by shard id."""
    reasons = _merged((reason, count) for shard in shards.values() for reason, count in shard["reasons"].items())
    num_requests = sum(shard["requests"] for shard in shards.values())
    num_unasked = sum(shard["unasked"] for shard in shards.values())
    return UnansweredError(
        unanswered_message(reasons, shard_ids=sorted(shards), num_requests=num_requests, num_unasked=num_unasked),
        remedy=unanswered_remedy(reasons),
        reasons=reasons,
        num_requests=num_requests,
        num_unasked=num_unasked,
        gave_up=any(shard["gave_up"] for shard in shards.values()),
    )


def no_written_rows(counters: Mapping[str, int]) -> str:
    """Return one sentence if a teacher was asked and none of its replies became a candidate; else an empty string."""
    num_answered = _num_answered(counters)
    if not num_answered or counters.get("kept/written", 0):
        return ""
    num_unusable = counters.get(UNUSABLE_REPLIES, 0)
    reasons = {reason: counters.get(f"rejected/{reason}", 0) for reason in sorted(UNUSABLE)}
    named = [f"{reason} {count}" for reason, count in reasons.items() if count]
    unusable = f" {num_unusable} replies hold no answer that can be checked ({', '.join(named)})." if named else ""
    return f"The teacher answered {num_answered} requests, and no answer became a row.{unusable}"


def is_useless(counters: Mapping[str, int]) -> bool:
    """Return whether a teacher was asked, and every reply holds no answer that can be checked."""
    num_replies = (
        counters.get("teacher/asked", 0) + counters.get("teacher/cached", 0) - counters.get("teacher/failed", 0)
    )
    return 0 < num_replies <= counters.get(UNUSABLE_REPLIES, 0)


def unanswered_message(reasons: Mapping[str, int], *, shard_ids: list[str], num_requests: int, num_unasked: int) -> str:
    """Return one sentence that says how many requests failed or were not sent, in which shards if any, and why."""
    num_failed = sum(reasons.values())
    shards = ", ".join(shard_ids[:_MAX_SHARDS]) + (" and others" if len(shard_ids) > _MAX_SHARDS else "")
    unsent = f", {num_unasked} more were not sent" if num_unasked else ""
    named = [f"{reason} ({count} ×)" for reason, count in list(reasons.items())[:_MAX_REASONS]]
    num_others = len(reasons) - _MAX_REASONS
    if num_others > 0:
        named.append("and 1 other reason" if num_others == 1 else f"and {num_others} other reasons")
    where = f" of shard{'' if len(shard_ids) == 1 else 's'} {shards}" if shard_ids else ""
    counted = f"{num_failed} of the {num_requests} teacher requests{where} failed{unsent}"
    return f"{counted}: {'; '.join(named) or 'the teacher gave up in a different shard'}."


def unanswered_remedy(reasons: Mapping[str, int]) -> str:
    """Return what to do about failed requests, by the most frequent reason."""
    again = "run the same command again: it sends only the requests that have no answer yet"
    main = next(iter(reasons), "")
    if main.startswith(("status 401", "status 403")):
        return f"Set the key in the environment variable that synthesize.teacher.api_key_env names, then {again}."
    if main.startswith("status 404"):
        return f"Check synthesize.teacher.base_url and model, then {again}."
    if ONLY_REASONING in main:
        thinking = "synthesize.teacher.chat_template_kwargs={enable_thinking: false}"
        return f"Set {thinking}, or start the server with the reasoning parser of its model; then {again}."
    if main.startswith("Connect"):
        return f"Start the server or correct synthesize.teacher.base_url, then {again}."
    limit = "synthesize.teacher.max_failed_share is the share of requests that may fail"
    return f"{again[0].upper()}{again[1:]}; {limit}."


def _num_answered(counters: Mapping[str, int]) -> int:
    asked = counters.get("teacher/asked", 0) + counters.get("teacher/cached", 0)
    return asked - counters.get("teacher/failed", 0)


def _merged(reasons: Iterable[tuple[str, int]]) -> dict[str, int]:
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for reason, count in reasons:
        without_numbers = _VARIES.sub("#", reason)
        counts[first.setdefault(without_numbers, reason)] += count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
