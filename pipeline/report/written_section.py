"""The part of a build's report page about written rows: what the teacher was asked, what was kept, and at what cost.

Takes the manifest. Returns values for the template. Used by `build_page`. Tokens and seconds are those of the run that
finished the stage; answers from the cache cost it none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.export.count_tables import CountTable
from pipeline.export.written_counts import WrittenCounts, read_written_counts, written_task_table
from pipeline.report.page import format_count, format_plural, format_seconds, format_share

_STAGE = "synthesize"


@dataclass(frozen=True, slots=True)
class WrittenSection:
    """The tables and sentences of the section."""

    tasks: CountTable
    rounds: tuple[tuple[str, int], ...]
    """The requests of each round."""
    summary: str
    """What was kept, and how often the judge agreed."""
    costs: tuple[tuple[str, str], ...]
    """Names and values of what the rows cost, for the kept rows one by one."""
    num_sent: int
    """Requests of the run that were sent and answered; the costs are measured with them."""
    num_cached: int
    unused_attempts: Mapping[str, int]
    """Attempts that could not be used, by reason."""


def written_section(manifest: Mapping[str, Any]) -> WrittenSection | None:  # Any: a JSON object
    """Return the section; None if no teacher was asked."""
    stage = manifest["stages"].get(_STAGE, {})
    counters: Mapping[str, int] = stage.get("counters", {})
    counts = read_written_counts(counters)
    tasks = written_task_table(counts)
    if tasks is None:
        return None
    num_sent = counters.get("teacher/asked", 0) - counters.get("teacher/failed", 0)
    return WrittenSection(
        tasks=tasks,
        rounds=counts.rounds,
        summary=_summary(counts),
        costs=tuple(_costs(counts, counters, num_sent)),
        num_sent=num_sent,
        num_cached=counters.get("teacher/cached", 0),
        unused_attempts={
            name.removeprefix("attempts/"): count for name, count in counters.items() if name.startswith("attempts/")
        },
    )


def _summary(counts: WrittenCounts) -> str:
    num_asked = sum(one.asked for one in counts.tasks)
    kept = f"{format_count(counts.num_kept)} of {format_plural(num_asked, 'draft')} became candidates"
    agreement = counts.judge_agreement
    if agreement is None:
        return f"{kept}. The judge replied to no request." if counts.has_judge else f"{kept}. No judge was asked."
    judged = format_plural(counts.num_judged, "draft")
    return f"{kept}. The judge kept {format_share(agreement)} of the {judged} that it judged."


def _costs(counts: WrittenCounts, counters: Mapping[str, int], num_sent: int) -> list[tuple[str, str]]:
    """Return what one kept row cost. Tokens of cached answers are taken to be as many as those of the others."""
    if not counts.num_kept:
        return []
    requests = counts.num_requests / counts.num_kept
    costs = [("Requests a kept row", f"{requests:.1f}")]
    prompt, answer = counters.get("teacher/prompt_tokens", 0), counters.get("teacher/answer_tokens", 0)
    if num_sent and prompt:
        costs.append(("Prompt tokens a kept row", format_count(prompt / num_sent * requests)))
        costs.append(("Answer tokens a kept row", format_count(answer / num_sent * requests)))
    if prefixes := counters.get("prefix_cache/prompt_tokens", 0):
        share = counters.get("prefix_cache/cached_tokens", 0) / prefixes
        costs.append(("Prompt tokens from the prefix cache", format_share(share)))
    if num_sent and (milliseconds := counters.get("teacher/milliseconds", 0)):
        costs.append(("Teacher's time a kept row", format_seconds(milliseconds / 1000 / num_sent * requests)))
    return costs
