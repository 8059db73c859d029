"""Counts of what a teacher was asked and what became of it, by task and check, read from the counters of a build.

Takes the counters of the synthesize stage: `written/TASK/asked` (drafts that were asked for), `written/TASK/kept`,
`written/TASK/REASON` (drafts by the first check that they did not pass), `round/ROUND` (requests), and `judge/kept` and
`judge/rejected` (drafts by what the judge's reply decided). Returns records and tables, which the dataset card writes
as Markdown and the report page as HTML. Unlike counters of tokens, these do not depend on how often a build was
interrupted, so the card has the same bytes again. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.export.count_tables import CountTable

_TASK, _ROUND = "written", "round"
_ASKED, _KEPT = "asked", "kept"
_JUDGE_KEPT, _JUDGE_REJECTED = "judge/kept", "judge/rejected"
JUDGE_ROUND = "judge"
_ROUNDS = ("atoms", "merges", "attempts", JUDGE_ROUND)
"""The rounds in the order in which they are asked; see `synthesize.written.draft`."""


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """What became of the drafts of one written task."""

    task: str
    asked: int
    """Replies to requests for a draft. Requests that failed do not count."""
    kept: int
    rejected: Mapping[str, int]
    """Drafts by the first check that they did not pass, the most frequent first."""

    @property
    def num_rejected(self) -> int:
        """The drafts that did not pass a check."""
        return sum(self.rejected.values())

    @property
    def num_unproven(self) -> int:
        """The drafts that are not kept because the request to their judge failed."""
        return self.asked - self.kept - self.num_rejected


@dataclass(frozen=True, slots=True)
class WrittenCounts:
    """What a teacher was asked in a build, and what became of it."""

    tasks: tuple[TaskCounts, ...] = ()
    rounds: tuple[tuple[str, int], ...] = ()
    """The number of requests of each round, in order."""
    judge_kept: int = 0
    """The drafts that the judge kept, with those that were rejected later because their earlier turn was."""
    judge_rejected: int = 0
    """The drafts that the judge's reply rejected, for any reason: also for a doubt that it did not settle, or because
    the reply could not be read."""

    @property
    def has_judge(self) -> bool:
        """Whether a judge was asked."""
        return any(round_ == JUDGE_ROUND and count for round_, count in self.rounds)

    @property
    def num_judged(self) -> int:
        """The drafts that the judge replied to."""
        return self.judge_kept + self.judge_rejected

    @property
    def num_requests(self) -> int:
        """The requests of all rounds."""
        return sum(count for _, count in self.rounds)

    @property
    def num_kept(self) -> int:
        """The drafts that became candidates."""
        return sum(one.kept for one in self.tasks)

    @property
    def judge_agreement(self) -> float | None:
        """The share of the drafts that the judge replied to and kept; None if it replied to none."""
        return self.judge_kept / self.num_judged if self.num_judged else None


NOTHING_WRITTEN = WrittenCounts()


def read_written_counts(counters: Mapping[str, int]) -> WrittenCounts:
    """Return the counts that the counters of the synthesize stage hold; empty if no teacher was asked."""
    by_task: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rounds: dict[str, int] = {}
    for name, count in counters.items():
        kind, _, rest = name.partition("/")
        task, _, event = rest.rpartition("/")
        if kind == _TASK and task:
            by_task[task][event] = count
        elif kind == _ROUND:
            rounds[rest] = count
    tasks = tuple(_task_counts(task, by_task[task]) for task in sorted(by_task))
    return WrittenCounts(
        tasks,
        tuple((round_, rounds[round_]) for round_ in _ROUNDS if round_ in rounds),
        judge_kept=counters.get(_JUDGE_KEPT, 0),
        judge_rejected=counters.get(_JUDGE_REJECTED, 0),
    )


def written_task_table(counts: WrittenCounts) -> CountTable | None:
    """Return a table of the written tasks: asked, kept, rejected, and the drafts by check; None without tasks."""
    if not counts.tasks:
        return None
    rows = tuple((one.task, one.asked, one.kept, one.num_rejected, _named(one)) for one in counts.tasks)
    return CountTable("written tasks", ("task", "asked", "kept", "rejected", "rejected by check"), rows)


def _task_counts(task: str, events: Mapping[str, int]) -> TaskCounts:
    rejected = {event: count for event, count in events.items() if event not in (_ASKED, _KEPT)}
    ordered = dict(sorted(rejected.items(), key=lambda pair: (-pair[1], pair[0])))
    return TaskCounts(task, events.get(_ASKED, 0), events.get(_KEPT, 0), ordered)


def _named(one: TaskCounts) -> str:
    reasons = {reason.replace("_", " "): count for reason, count in one.rejected.items()}
    if one.num_unproven > 0:
        reasons["no reply of the judge"] = one.num_unproven
    return ", ".join(f"{reason} {count:,}" for reason, count in reasons.items()) or "none"
