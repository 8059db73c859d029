"""The limits of the recipe's mix: of which groups of questions there may be at most, or should be at least, a share.

Takes the recipe; returns one `Limit` for each share. `selection` turns them into caps and floors, and `mix` compares
them with the finished rows, so both read the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.build import ExportRecipe
from pipeline.config.shares import Measure, ShareRule
from pipeline.export.capped import Base, Yielding
from pipeline.export.reach import Reach, reach_of
from pipeline.records import Candidate, Origin, TaskFamily

_EVEN_SLACK = 1.25
"""A depth bin may have at least this many times its part of an even spread."""


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """The properties of a question that limits refer to."""

    task: str
    family: str
    """A `TaskFamily`."""
    reach: Reach
    origin: str
    domain: str
    language: str
    bucket: int
    depth_bins: tuple[int, ...]
    """The bins of the context's depth in which its evidence begins, ascending."""
    is_trivial: bool
    """Whether the question looks up a heading or a speaker."""


def question_kind(candidate: Candidate, *, member_starts: Sequence[int], depth_bins: int) -> QuestionKind:
    """Return the properties of a candidate that limits refer to.

    Args:
        candidate: the candidate.
        member_starts: where each document of its context begins, ascending; empty for a single document.
        depth_bins: the number of bins.
    """
    spans = [(evidence.start, evidence.end) for evidence in candidate.evidence]
    return QuestionKind(
        task=candidate.task,
        family=candidate.family,
        reach=reach_of(candidate.family, spans=spans, member_starts=member_starts),
        origin=candidate.origin,
        domain=candidate.domain,
        language=candidate.language,
        bucket=candidate.bucket,
        depth_bins=depth_bins_of([evidence.depth for evidence in candidate.evidence], num_bins=depth_bins),
        is_trivial=candidate.is_trivial,
    )


class Groups(StrEnum):
    """Whether a limit concerns a single group of questions, or each of several."""

    ONE = "one"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Limit:
    """A share that each group of one kind may have at most, and should have at least."""

    name: str
    """Reason code of the rejection."""
    measure: Measure
    group_of: Callable[[QuestionKind], str]
    """Returns the group of a question; empty for a question that the limit does not concern."""
    wording: str
    """Completes "Questions …" in the detail of a rejection; `{group}` is the group."""
    title: str
    """Names the group in tables; `{group}` is the group."""
    groups: Groups
    most: float = 1.0
    least: float = 0.0
    yielding: Yielding = Yielding.FIRST
    """Whether the maximum may be raised if it cannot be met."""
    base: Base = Base.ALL


def limits_of(recipe: ExportRecipe) -> tuple[Limit, ...]:
    """Return all limits of a recipe, those that never yield first. The last one concerns the depth."""
    turns, tokens, one, each = Measure.TURNS, Measure.TOKENS, Groups.ONE, Groups.EACH
    most_absent = recipe.max_not_answerable_share
    least_absent = min(recipe.min_not_answerable_share, most_absent)
    most_deep = max(recipe.max_depth_share, min(1.0, _EVEN_SLACK / recipe.depth_bins))
    return (
        Limit("trivial_share", turns, _trivial, "that look up a heading or a speaker", "headings and speakers", one,
              recipe.max_trivial_share, yielding=Yielding.NEVER),
        Limit("mix", turns, _written, "that a teacher wrote", "written by a teacher", one,
              recipe.max_written_share, yielding=Yielding.NEVER),
        Limit("not_answerable_share", turns, _absent, "that the document does not answer", "not answerable", one,
              most_absent, least_absent, yielding=Yielding.NEVER),
        Limit("look_up_share", turns, _one_place, "that need only one place", "one place answers", one,
              recipe.max_look_up_share, yielding=Yielding.LAST),
        *(_rule(number, rule) for number, rule in enumerate(recipe.shares, start=1)),
        Limit("domain_share", tokens, lambda kind: kind.domain, "of {group} documents", "domain {group}", each,
              recipe.max_domain_share),
        Limit("language_share", tokens, lambda kind: kind.language, "in the language {group}", "language {group}",
              each, recipe.max_language_share),
        Limit("bucket_share", tokens, lambda kind: str(kind.bucket), "about contexts of the bucket {group}",
              "bucket {group}", each, recipe.max_bucket_share),
        Limit("task_share", turns, _structural_task, "of the task {group}", "task {group}", each,
              recipe.max_task_share),
        Limit("depth_share", turns, _depth_in_bucket, "with evidence in the depth bin {group}", "depth bin {group}",
              each, most_deep, base=Base.BUCKET),
    )  # fmt: skip


def depth_bins_of(depths: Sequence[float], *, num_bins: int) -> tuple[int, ...]:
    """Return the bins that depths from 0 to 1 fall into, ascending; depth 1 falls into the last bin."""
    return tuple(sorted({min(num_bins - 1, int(depth * num_bins)) for depth in depths}))


def _trivial(kind: QuestionKind) -> str:
    return "trivial" if kind.is_trivial else ""


def _written(kind: QuestionKind) -> str:
    return "written" if kind.origin == Origin.WRITTEN else ""


def _absent(kind: QuestionKind) -> str:
    return "absent" if kind.family == TaskFamily.NOT_ANSWERABLE else ""


def _structural_task(kind: QuestionKind) -> str:
    return "" if kind.origin == Origin.WRITTEN else kind.task


def _one_place(kind: QuestionKind) -> str:
    # Written tasks ask questions of all kinds, so `max_written_share` limits them instead.
    return "one_place" if kind.reach is Reach.ONE_PLACE and kind.origin != Origin.WRITTEN else ""


def _depth_in_bucket(kind: QuestionKind) -> str:
    return f"{kind.bucket}/{kind.depth_bins[0]}" if len(kind.depth_bins) == 1 else ""


def _rule(number: int, rule: ShareRule) -> Limit:
    group = _described(rule)

    def group_of(kind: QuestionKind) -> str:
        return group if _matches(rule, kind) else ""

    return Limit(
        f"share_{number}", rule.of, group_of, f"of the group {group}", group, Groups.ONE, rule.max, rule.min,
        Yielding.LAST,
    )  # fmt: skip


def _matches(rule: ShareRule, kind: QuestionKind) -> bool:
    wanted = ("family", "task", "origin", "domain", "language", "bucket")
    if any(getattr(rule, name) not in (None, getattr(kind, name)) for name in wanted):
        return False
    least, most = rule.from_bucket or kind.bucket, rule.until_bucket or kind.bucket
    return least <= kind.bucket <= most


def _described(rule: ShareRule) -> str:
    """Return the fields of a rule that are set, such as `family multi_hop, language ko`."""
    limits = {"min", "max", "of"}
    values = rule.model_dump(mode="json", exclude_none=True).items()
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values if name not in limits)
