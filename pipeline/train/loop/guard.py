"""The guard of a step: detects a loss or gradient norm that is not finite, or that is far above earlier values.

Takes a step's loss and gradient norm before the optimizer uses the gradient, and the loss of each pack in the step.
Returns whether to take or skip the step, or raises an error that names the stage, the pack and the rows. The verdict
depends only on the recipe, the step's two values and those of earlier steps. So a resumed run that replays its log
reaches the same verdicts, and ranks with the same reduced values agree without communication. A value that is not
finite is detected at any step, but a spike only after `min_history_steps` steps of the same kind were taken.

Both values are compared on a logarithmic scale, where their noise is even: z = (log x − median) / σ. The median and σ
are those of the logarithms over the last steps taken. σ is 1.4826 · median absolute deviation, which a few outliers do
not change, and at least `MIN_LOG_DEVIATION`. Without this minimum, normal noise around a flat loss would count as a
spike.
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
_REMEDY = "Check the data named above, lower optimizer.learning_rate or set dtype to float32; see finetune.guard."


class StepVerdict(StrEnum):
    """Whether the optimizer uses a step's gradient."""

    TAKE = "take"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class StepValues:
    """The values that the guard checks, reduced over all ranks."""

    loss: float
    grad_norm: float
    """Gradient norm before clipping."""


@dataclass(frozen=True, slots=True)
class PackLoss:
    """The loss of one pack of a step."""

    stage: str
    data: StageData
    """`sft` or `corpus`."""
    pack: int
    """Number of the pack among the stage's packs of the same kind of data."""
    weighted_loss: float
    """What the pack adds to the step's loss."""
    weight: float
    """Sum of the weights of the pack's trained tokens."""
    row_ids: tuple[str, ...]
    """Row ids. For a piece of a document: the document's id and the position of the piece's first token."""

    @property
    def mean_loss(self) -> float:
        """Weighted mean cross-entropy of the trained tokens, in nats; 0 if their weight is 0."""
        return self.weighted_loss / self.weight if self.weight else 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the warning to log with it."""

    verdict: StepVerdict
    warning: str
    """The warning; empty for a normal step."""


class StepGuard:
    """Remembers the last steps taken, all of one kind, and judges the next step of that kind."""

    def __init__(self, recipe: GuardRecipe, earlier: Iterable[StepValues]) -> None:
        """Replay the steps that earlier, interrupted calls of `finetune` ran, including those that were skipped."""
        self._recipe = recipe
        self._taken: deque[StepValues] = deque(maxlen=recipe.window_steps)
        self._num_skipped = 0
        for values in earlier:
            skips = recipe.on_spike is OnSpike.SKIP and bool(self._fault(values))
            self._note(StepVerdict.SKIP if skips else StepVerdict.TAKE, values)

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        """Decide whether the optimizer takes a step.

        Args:
            step: number of the step, for the message.
            values: loss and gradient norm of the step.
            packs: losses of all the step's packs, from all ranks; at least one.

        Raises:
            TrainingError: a value is not finite and the recipe does not skip steps, the recipe stops the run on a
                spike, or more than `max_skipped_steps` steps of this kind in a row were skipped.
        """
        fault = self._fault(values)
        if not fault:
            self._note(StepVerdict.TAKE, values)
            return Judgement(StepVerdict.TAKE, "")
        message = f"The {fault} at step {step}, stage {packs[0].stage}; {_describe(_offending(packs))}."
        is_number = math.isfinite(values.loss) and math.isfinite(values.grad_norm)
        if self._recipe.on_spike is OnSpike.STOP or (self._recipe.on_spike is OnSpike.WARN and not is_number):
            raise TrainingError(message, remedy=_REMEDY)
        verdict = StepVerdict.SKIP if self._recipe.on_spike is OnSpike.SKIP else StepVerdict.TAKE
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
                    f"{name} is {value:.4g}, {z:.0f} robust standard deviations above {median(history):.4g}, "
                    f"the median of the last {len(history)} steps,"
                )
        return ""

    def _note(self, verdict: StepVerdict, values: StepValues) -> None:
        if verdict is StepVerdict.TAKE:
            self._taken.append(values)
        self._num_skipped = self._num_skipped + 1 if verdict is StepVerdict.SKIP else 0


def step_guards(
    recipe: GuardRecipe, plan: Sequence[PlannedStep], earlier: Sequence[StepMetrics]
) -> Mapping[StepKind, StepGuard]:
    """Return a guard for each kind of step, because losses of different kinds of steps are not comparable.

    A kind is a combination of stage and kinds of data. Documents and answers differ in loss and gradient, and so do
    packs of different lengths. A single guard would treat every change between them as a spike, or miss a real spike.

    Args:
        recipe: what counts as a spike, and what happens then.
        plan: all steps of the run.
        earlier: metrics of the steps that earlier, interrupted calls ran.
    """
    histories: dict[StepKind, list[StepValues]] = {planned.kind: [] for planned in plan}
    for step in earlier:
        histories[plan[step.step - 1].kind].append(StepValues(step.loss, step.grad_norm))
    return {kind: StepGuard(recipe, history) for kind, history in histories.items()}


def robust_z(value: float, history: Sequence[float]) -> float:
    """Return how far a positive value is above earlier ones, in robust standard deviations of their logarithms."""
    logs = [math.log(max(earlier, _SMALLEST)) for earlier in history]
    middle = median(logs)
    deviation = _DEVIATIONS_OF_NORMAL * median(abs(log - middle) for log in logs)
    return (math.log(max(value, _SMALLEST)) - middle) / max(deviation, MIN_LOG_DEVIATION)


def _offending(packs: Sequence[PackLoss]) -> PackLoss:
    # The gradient norm exists only for the whole step, so point at the pack with the highest loss.
    return max(packs, key=lambda pack: math.inf if math.isnan(pack.mean_loss) else pack.mean_loss)


def _describe(pack: PackLoss) -> str:
    named = ", ".join(pack.row_ids[:_MAX_ROWS_NAMED])
    more = len(pack.row_ids) - _MAX_ROWS_NAMED
    return (
        f"of all packs, {pack.data.value} pack {pack.pack} has the highest loss, {pack.mean_loss:.4g}, and holds the "
        f"{_CONTENTS[pack.data]} {named}"
        f"{f' and {more} more' if more > 0 else ''}"
    )
