"""The limits of the recipe's mix: of which groups of questions there may be at most, or should be at least, a share.

Takes the recipe; returns one `Limit` for each share. `selection` turns them into caps and floors, and `mix` compares
them with the finished rows, so both read the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.export import ExportRecipe
from pipeline.config.shares import Measure, ShareRule
from pipeline.export.capped import Base, Yielding
from pipeline.export.reach import Reach, reach_of
from pipeline.records import Candidate, Origin, SftExample, TaskFamily

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


def kinds_without_document(example: SftExample) -> list[QuestionKind]:
    """Return the properties of the turns of a row that is not about a document. No limit concerns them."""
    return [
        QuestionKind(
            task=turn.task,
            family=turn.family,
            reach=Reach.NO_DOCUMENT,
            origin=turn.origin,
            domain=example.domain,
            language=example.language,
            bucket=example.bucket,
            depth_bins=(),
            is_trivial=False,
        )
        for turn in example.turns
    ]


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
    most_absent = recipe.max_not_answerable_share
    return (
        Limit(
            name="trivial_share",
            measure=Measure.TURNS,
            group_of=_trivial,
            wording="that look up a heading or a speaker",
            title="headings and speakers",
            groups=Groups.ONE,
            most=recipe.max_trivial_share,
            yielding=Yielding.NEVER,
        ),
        Limit(
            name="mix",
            measure=Measure.TURNS,
            group_of=_written,
            wording="that a teacher wrote",
            title="written by a teacher",
            groups=Groups.ONE,
            most=recipe.max_written_share,
            yielding=Yielding.NEVER,
        ),
        Limit(
            name="not_answerable_share",
            measure=Measure.TURNS,
            group_of=_absent,
            wording="that the document does not answer",
            title="not answerable",
            groups=Groups.ONE,
            most=most_absent,
            least=min(recipe.min_not_answerable_share, most_absent),
            yielding=Yielding.NEVER,
        ),
        Limit(
            name="look_up_share",
            measure=Measure.TURNS,
            group_of=_one_place,
            wording="that need only one place",
            title="one place answers",
            groups=Groups.ONE,
            most=recipe.max_look_up_share,
            yielding=Yielding.LAST,
        ),
        *(_rule(number, rule) for number, rule in enumerate(recipe.shares, start=1)),
        Limit(
            name="domain_share",
            measure=Measure.TOKENS,
            group_of=lambda kind: kind.domain,
            wording="of {group} documents",
            title="domain {group}",
            groups=Groups.EACH,
            most=recipe.max_domain_share,
        ),
        Limit(
            name="language_share",
            measure=Measure.TOKENS,
            group_of=lambda kind: kind.language,
            wording="in the language {group}",
            title="language {group}",
            groups=Groups.EACH,
            most=recipe.max_language_share,
        ),
        Limit(
            name="bucket_share",
            measure=Measure.TOKENS,
            group_of=lambda kind: str(kind.bucket),
            wording="about contexts of the bucket {group}",
            title="bucket {group}",
            groups=Groups.EACH,
            most=recipe.max_bucket_share,
        ),
        Limit(
            name="task_share",
            measure=Measure.TURNS,
            group_of=_structural_task,
            wording="of the task {group}",
            title="task {group}",
            groups=Groups.EACH,
            most=recipe.max_task_share,
        ),
        Limit(
            name="depth_share",
            measure=Measure.TURNS,
            group_of=_depth_in_bucket,
            wording="with evidence in the depth bin {group}",
            title="bucket and depth bin {group}",
            groups=Groups.EACH,
            most=max(recipe.max_depth_share, min(1.0, _EVEN_SLACK / recipe.depth_bins)),
            base=Base.BUCKET,
        ),
    )


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
        name=f"share_{number}",
        measure=rule.of,
        group_of=group_of,
        wording=f"of the group {group}",
        title=group,
        groups=Groups.ONE,
        most=rule.max,
        least=rule.min,
        yielding=Yielding.LAST,
    )


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
