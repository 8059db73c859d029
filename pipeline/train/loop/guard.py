"""The guard of a step: it finds a loss or gradient norm that is not a number, or far above those before it.

In: loss and gradient norm of a step, before the optimizer takes it, and the loss of each of its packs. Out: take it,
skip it, or an error that names stage, pack and rows. Pure: the verdict follows from the recipe and the steps before, so
a resumed run that replays its log reaches the same verdicts, and ranks that see the same reduced values agree without
communication. The guard finds a value that is not a number at any step, and a spike only after `min_history_steps`.

Both values are compared on a logarithmic scale, where their noise is even: z = (log x − median) / σ over the last steps
taken. σ is 1.4826 · median absolute deviation, which a few outliers do not move, and at least `MIN_LOG_DEVIATION`;
otherwise a loss that has flattened out would flag normal noise as a spike.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from pipeline.config.loss import GuardRecipe, OnSpike
from pipeline.config.stages import StageData
from pipeline.errors import TrainingError
from pipeline.train.data.steps import PlannedStep, StepKind
from pipeline.train.run.metrics import StepMetrics

MIN_LOG_DEVIATION = 0.1
_DEVIATIONS_OF_NORMAL = 1.4826
_SMALLEST = 1e-12
_MAX_ROWS_NAMED = 8
_CONTENTS = {StageData.SFT: "rows", StageData.CORPUS: "documents"}
_REMEDY = "Look at those rows, lower optimizer.learning_rate or set dtype to float32; see finetune.guard."


class Verdict(StrEnum):
    """What is done with a step's gradient."""

    TAKE = "take"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class StepValues:
    """What a step is judged by; on several ranks, after their reduction."""

    loss: float
    grad_norm: float
    """Before clipping."""


@dataclass(frozen=True, slots=True)
class PackLoss:
    """One pack of a step."""

    stage: str
    data: StageData
    """`sft` or `corpus`."""
    pack: int
    """Its number among the stage's packs of that data."""
    weighted_loss: float
    """Its share of the step's loss."""
    weight: float
    """Its share of the step's token weights."""
    row_ids: tuple[str, ...]
    """Of documents: the document's id and the piece's first token."""

    @property
    def mean_loss(self) -> float:
        """Weighted mean cross-entropy of its trained tokens, in nats."""
        return self.weighted_loss / self.weight if self.weight else 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what is to be said about it; empty where nothing is."""

    verdict: Verdict
    warning: str


class StepGuard:
    """Remembers the last steps taken and judges the next."""

    def __init__(self, recipe: GuardRecipe, earlier: Iterable[StepValues]) -> None:
        """Start after the steps of an earlier call, those it skipped among them."""
        self._recipe = recipe
        self._taken: deque[StepValues] = deque(maxlen=recipe.window_steps)
        self._num_skipped = 0
        for values in earlier:
            skips = recipe.on_spike is OnSpike.SKIP and bool(self._fault(values))
            self._note(Verdict.SKIP if skips else Verdict.TAKE, values)

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        """Say whether the optimizer may take a step.

        Args:
            step: for the message.
            values: of the step.
            packs: of all ranks, at least one.

        Raises:
            TrainingError: a value is not a number and steps are not skipped, a spike stops the run by the recipe, or
                too many steps in a row were skipped.
        """
        fault = self._fault(values)
        if not fault:
            self._note(Verdict.TAKE, values)
            return Judgement(Verdict.TAKE, "")
        message = f"The {fault} at step {step}, stage {packs[0].stage}; {_describe(_offending(packs))}."
        is_number = math.isfinite(values.loss) and math.isfinite(values.grad_norm)
        if self._recipe.on_spike is OnSpike.STOP or (self._recipe.on_spike is OnSpike.WARN and not is_number):
            raise TrainingError(message, remedy=_REMEDY)
        verdict = Verdict.SKIP if self._recipe.on_spike is OnSpike.SKIP else Verdict.TAKE
        self._note(verdict, values)
        if self._num_skipped > self._recipe.max_skipped_steps:
            raise TrainingError(f"{message[:-1]}; {self._num_skipped} steps in a row were skipped.", remedy=_REMEDY)
        return Judgement(verdict, message)

    def _fault(self, values: StepValues) -> str:
        for name, value in (("loss", values.loss), ("gradient norm", values.grad_norm)):
            if not math.isfinite(value):
                return f"{name} is {value}"
        if len(self._taken) < self._recipe.min_history_steps:
            return ""
        histories = [taken.loss for taken in self._taken], [taken.grad_norm for taken in self._taken]
        for name, value, history in zip(
            ("loss", "gradient norm"), (values.loss, values.grad_norm), histories, strict=True
        ):
            if (z := robust_z(value, history)) > self._recipe.max_robust_z:
                return (
                    f"{name} is {value:.4g}, {z:.0f} robust standard deviations above the {median(history):.4g} "
                    f"of the {len(history)} steps before it,"
                )
        return ""

    def _note(self, verdict: Verdict, values: StepValues) -> None:
        if verdict is Verdict.TAKE:
            self._taken.append(values)
        self._num_skipped = self._num_skipped + 1 if verdict is Verdict.SKIP else 0


def step_guards(
    recipe: GuardRecipe, plan: Sequence[PlannedStep], earlier: Sequence[StepMetrics]
) -> Mapping[StepKind, StepGuard]:
    """Return a guard for each stage and kind of data, since losses compare only with their like.

    Documents have another loss and another gradient than answers, and each length has its own. One guard for all would
    take every change between them for a spike, or miss one.

    Args:
        recipe: what counts as a spike.
        plan: all steps of the run.
        earlier: the steps that were taken before, by an interrupted call.
    """
    histories: dict[StepKind, list[StepValues]] = {planned.kind: [] for planned in plan}
    for step in earlier:
        histories[plan[step.step - 1].kind].append(StepValues(step.loss, step.grad_norm))
    return {kind: StepGuard(recipe, history) for kind, history in histories.items()}


def robust_z(value: float, history: Sequence[float]) -> float:
    """How far a positive value is above those before it, in robust standard deviations of their logarithms."""
    logs = [math.log(max(earlier, _SMALLEST)) for earlier in history]
    middle = median(logs)
    deviation = _DEVIATIONS_OF_NORMAL * median(abs(log - middle) for log in logs)
    return (math.log(max(value, _SMALLEST)) - middle) / max(deviation, MIN_LOG_DEVIATION)


def _offending(packs: Sequence[PackLoss]) -> PackLoss:
    # The gradient's norm is known of the whole step only; the pack that fits least is the first to look at.
    return max(packs, key=lambda pack: math.inf if math.isnan(pack.mean_loss) else pack.mean_loss)


def _describe(pack: PackLoss) -> str:
    named = ", ".join(pack.row_ids[:_MAX_ROWS_NAMED])
    more = len(pack.row_ids) - _MAX_ROWS_NAMED
    return (
        f"of its packs, {pack.data.value} pack {pack.pack} has the highest loss, {pack.mean_loss:.4g}, and holds the "
        f"{_CONTENTS[pack.data]} {named}"
        f"{f' and {more} more' if more > 0 else ''}"
    )
