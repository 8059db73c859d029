"""The plan of a build's teachers: how many requests a packed corpus needs, in what time and at what cost.

Reads the lengths of the corpus, and the counters of earlier runs in the build folder. `plan_teachers` is what
`build-sft --plan` shows; `limit_reached` is the error of a run that stopped at its limits. Cost: three columns of the
corpus, without texts, and the reports of the synthesize stage.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from pipeline.config.build import SynthesizeRecipe, TeacherOptions
from pipeline.config.limits import RunLimits
from pipeline.errors import DamagedFileError, InputError, LimitReachedError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_progress, read_shard_reports
from pipeline.io.manifest import read_stage_marker
from pipeline.io.parts import read_files_columns
from pipeline.stages.shards import plan_synthesize_shards
from pipeline.synthesize.budget import Spending, least_refused_cost
from pipeline.synthesize.prices import Tokens, cost
from pipeline.synthesize.teachers import teacher_plugins
from pipeline.synthesize.teachers.open import asked_models
from pipeline.synthesize.written.draft import Round
from pipeline.synthesize.written.expected import (
    AskedShard,
    Assumed,
    DocumentLength,
    ExpectedRound,
    Measured,
    expected_rounds,
    measured_by,
    planned_rounds,
    share_kept,
)
from pipeline.synthesize.written.rounds import STAGE

_LEAST_SHOWN = 1e-9


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What one round asks."""

    round: str
    teacher: str
    """Kind and model."""
    requests: int
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens that the prefix cache saves."""
    answer_tokens: int
    hours: float | None
    """None if no rate is known."""
    cost: float | None
    """In `currency`; None if the teacher has no prices."""
    currency: str


@dataclass(frozen=True, slots=True)
class TeacherPlan:
    """What a build asks of its teachers."""

    num_documents: int
    num_tokens: int
    rounds: tuple[RoundPlan, ...]
    num_answered: int
    """Requests that earlier runs of this build have answered."""
    left: int
    """Requests that they have not answered."""
    num_workers: int
    """Worker processes that the hours are for."""
    assumed: Assumed
    measured: Measured

    @property
    def requests(self) -> int:
        """The requests of all rounds."""
        return sum(one.requests for one in self.rounds)

    @property
    def hours(self) -> float | None:
        """The hours of all rounds; None if a rate is unknown."""
        return _sum_known([one.hours for one in self.rounds])

    @property
    def costs(self) -> dict[str, float] | None:
        """The cost of all rounds by currency; None if a teacher has no prices."""
        if _sum_known([one.cost for one in self.rounds]) is None:
            return None
        costs: Counter[str] = Counter()
        for one in self.rounds:
            costs[one.currency] += one.cost or 0.0  # type: ignore[assignment]  # a sum of floats
        return dict(costs)

    @property
    def left_share(self) -> float:
        """The share of the requests that is left, for what is left of the hours and the cost."""
        return min(1.0, self.left / self.requests) if self.requests else 0.0

    def as_json(self) -> dict[str, Any]:  # Any: JSON
        """Return the plan as a JSON object."""
        totals = {"requests": self.requests, "left": self.left, "hours": self.hours, "costs": self.costs}
        return {**asdict(self), "total": totals}


def plan_teachers(
    folder: BuildFolder,
    recipe: SynthesizeRecipe,
    *,
    fingerprint: str,
    num_workers: int,
    previewed: AskedShard | None = None,
) -> TeacherPlan:
    """Return what the teachers are asked about a packed corpus.

    Args:
        folder: a build folder in which the pack stage is finished.
        recipe: the section of the recipe.
        fingerprint: the fingerprint of the synthesize stage; answers of a run with a different one may be of no use.
        num_workers: the number of worker processes.
        previewed: what a preview asked about some documents; its measurements count with those of earlier runs.
    """
    planned, assumed = planned_rounds(recipe), Assumed()
    lengths = {shard.shard_id: list(_document_lengths(shard.inputs)) for shard in plan_synthesize_shards(folder)}
    documents = [document for own in lengths.values() for document in own]
    earlier = _EarlierRun.read(folder)
    kept = Measured(share_kept=share_kept([earlier.counters[shard] for shard in sorted(earlier.finished)]))
    shards = {
        shard_id: AskedShard(
            earlier.counters.get(shard_id, {}),
            shard_id in earlier.finished,
            expected_rounds(own, recipe, planned, measured=kept, assumed=assumed),
        )
        for shard_id, own in lengths.items()
    }
    measured = measured_by([*shards.values(), *((previewed,) if previewed else ())])
    rounds = expected_rounds(documents, recipe, planned, measured=measured, assumed=assumed)
    is_same_build = earlier.fingerprint == fingerprint
    return TeacherPlan(
        num_documents=len(documents),
        num_tokens=sum(document.num_tokens for document in documents),
        rounds=tuple(_round_plan(one, round_teacher(recipe, one.round), measured, num_workers) for one in rounds),
        num_answered=sum(shard.num_answered for shard in shards.values()) if is_same_build else 0,
        left=round(sum(_num_left(shard, is_same_build) for shard in shards.values())),
        num_workers=num_workers,
        assumed=assumed,
        measured=measured,
    )


def previewed_documents(
    documents: Sequence[DocumentLength], recipe: SynthesizeRecipe, counters: Mapping[str, int]
) -> AskedShard:
    """Return what a preview asked about documents, for `plan_teachers`.

    Args:
        documents: the lengths of the documents.
        recipe: the section of the recipe.
        counters: the counters of the preview, as the synthesize stage counts.
    """
    kept = Measured(share_kept=share_kept([counters]))
    expected = expected_rounds(documents, recipe, planned_rounds(recipe), measured=kept, assumed=Assumed())
    return AskedShard(counters, is_finished=True, expected=expected)


def check_limits(recipe: SynthesizeRecipe, limits: RunLimits) -> None:
    """Check that the limits of a run can be kept.

    Raises:
        InputError: a cost is limited but a teacher has no prices, or the teacher does not answer during the run.
    """
    if not limits.is_set or not recipe.written.tasks:
        return
    models = asked_models(recipe)
    for section, model in zip(("teacher", "judge"), models, strict=False):
        if not teacher_plugins()[model.kind].sends:
            raise InputError(
                f"A run with the {model.kind} {section} has no limit of requests or cost, because it sends nothing "
                "itself.",
                remedy="Leave out --max-requests and --max-cost. `build-sft --plan` tells the cost; for fewer "
                "requests, read fewer documents (--limit).",
            )
        if limits.max_cost is not None and not model.has_prices:
            raise InputError(
                f"--max-cost needs the {section}'s prices, and synthesize.{section} has none.",
                remedy=f"Set price_per_million_prompt_tokens and price_per_million_answer_tokens in "
                f"synthesize.{section}.",
            )
    if limits.max_cost is not None and len({model.currency for model in models}) > 1:
        raise InputError(
            "--max-cost cannot add the prices of the teacher and the judge, because their currencies differ.",
            remedy="Give both prices in one currency.",
        )


def limit_reached(
    folder: BuildFolder, recipe: SynthesizeRecipe, *, fingerprint: str, limits: RunLimits, spent: Spending
) -> LimitReachedError:
    """Return the error of a run that stopped at its limits: what it asked, what is left, and how to go on."""
    plan = plan_teachers(folder, recipe, fingerprint=fingerprint, num_workers=1)
    shards = plan_synthesize_shards(folder)
    num_finished = len(read_shard_reports(folder, STAGE, fingerprint))
    price = f" for {_money(spent.cost, recipe.teacher)}" if recipe.teacher.has_prices else ""
    costs = plan.costs or {}
    left_price = ", ".join(f"{amount * plan.left_share:,.2f} {currency}" for currency, amount in costs.items())
    asked = f"it asked {_requests(spent.requests)}{price}"
    left = f"about {_requests(plan.left)} are left" + (f", for about {left_price}" if left_price else "")
    refused = least_refused_cost(folder)
    if limits.max_cost is not None and refused is not None and refused > limits.max_cost:
        remedy = (
            f"Run the same command again, without --fresh, with --max-cost {_rounded_up(refused)} or more, or without "
            "it: each request that this run was about to send may cost more than its limit. All answers are stored."
        )
    else:
        remedy = (
            "All answers are stored. Run the same command again, without --fresh, to ask as much again, or with "
            "another limit or none."
        )
    return LimitReachedError(
        f"This run reached its limit of {_limits(limits, recipe.teacher)}: {asked}. "
        f"{num_finished} of {len(shards)} shards are finished; {left}.",
        remedy=remedy,
    )


def round_teacher(recipe: SynthesizeRecipe, round_: Round) -> TeacherOptions:
    """Return the model that answers a round."""
    judge = recipe.judging_teacher
    return judge if round_ is Round.JUDGE and judge is not None else recipe.teacher


@dataclass(frozen=True, slots=True)
class _EarlierRun:
    """The counters of the latest run of the synthesize stage, finished or not."""

    fingerprint: str
    finished: frozenset[str]
    """Ids of finished shards."""
    counters: Mapping[str, Mapping[str, int]]
    """Counters by shard id, of finished and other shards."""

    @classmethod
    def read(cls, folder: BuildFolder) -> _EarlierRun:
        try:
            marker = read_stage_marker(folder, STAGE)
        except DamagedFileError:
            marker = None
        if marker is None:
            return cls("", frozenset(), {})
        reports = read_shard_reports(folder, STAGE, marker.fingerprint)
        running = read_shard_progress(folder, STAGE, marker.fingerprint)
        counters = {shard: report.counters for shard, report in running.items()}
        counters |= _counters_of_errors(folder)
        counters |= {shard: report.counters for shard, report in reports.items()}
        return cls(marker.fingerprint, frozenset(reports), counters)


def _counters_of_errors(folder: BuildFolder) -> dict[str, Mapping[str, int]]:
    """Return the counters of the shards that ended with an error, by shard id."""
    found = {}
    for path in files.list_files(folder.shard_reports(STAGE), suffix=".error"):
        try:
            found[path.rsplit("/", 1)[-1].removesuffix(".error")] = read_checked(path).get("counters", {})
        except DamagedFileError:
            continue
    return found


def _document_lengths(parts: Sequence[str]) -> Iterator[DocumentLength]:
    """Yield the lengths of the documents in corpus parts; the documents of a joined row one by one."""
    table = read_files_columns(parts, ["language", "num_tokens", "members"])
    for batch in table.to_batches():
        for row in batch.to_pylist():
            members = row["members"] or []
            for num_tokens in [member["num_tokens"] for member in members] or [row["num_tokens"]]:
                yield DocumentLength(num_tokens, row["language"], max(1, len(members)))


def _round_plan(expected: ExpectedRound, teacher: TeacherOptions, measured: Measured, num_workers: int) -> RoundPlan:
    tokens = expected.tokens
    amount = cost(tokens, teacher)
    return RoundPlan(
        round=expected.round.value,
        teacher=f"{teacher.kind}:{teacher.model}",
        requests=round(expected.requests),
        prompt_tokens=round(tokens.prompt),
        cached_tokens=round(tokens.cached),
        answer_tokens=round(tokens.answer),
        hours=_hours(tokens, teacher, measured, num_workers),
        cost=None if amount is None else round(amount, 4),
        currency=teacher.currency,
    )


def _hours(tokens: Tokens, teacher: TeacherOptions, measured: Measured, num_workers: int) -> float | None:
    if not teacher_plugins()[teacher.kind].sends:  # someone else answers, at their own time
        return None
    rate = measured.tokens_per_second or teacher.tokens_per_second
    return None if rate is None else round(tokens.computed / rate / num_workers / 3600, 4)


def _num_left(shard: AskedShard, is_same_build: bool) -> float:
    """Return about how many requests of a shard have no answer: at least one, unless the shard is finished."""
    expected = sum(one.requests for one in shard.expected)
    if not is_same_build:
        return expected
    return 0.0 if shard.is_finished or not expected else max(1.0, expected - shard.num_answered)


def _sum_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _limits(limits: RunLimits, teacher: TeacherOptions) -> str:
    named = [] if limits.max_requests is None else [_requests(limits.max_requests)]
    named += [] if limits.max_cost is None else [_money(limits.max_cost, teacher)]
    return " or ".join(named)


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def _money(amount: float, teacher: TeacherOptions) -> str:
    return f"{amount:,.{_num_decimals(amount)}f} {teacher.currency}"


def _rounded_up(amount: float) -> str:
    """Return the amount with two digits that are not 0, or to the cent, and never less than the amount."""
    last_digit = Decimal(1).scaleb(-_num_decimals(amount))
    return f"{Decimal(amount).quantize(last_digit, ROUND_CEILING):f}"


def _num_decimals(amount: float) -> int:
    """Return how many decimals show a cost: two, or as many as a small one needs for two digits.

    A cost below `_LEAST_SHOWN` is what is left of rounding, and shown as 0.
    """
    return max(2, 1 - math.floor(math.log10(amount))) if amount >= _LEAST_SHOWN else 2
