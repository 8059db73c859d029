"""A guard for each kind of step, since losses compare only with their like.

In: the plan and the log so far. Out: one `StepGuard` for each stage and kind of data. Documents have another loss and
another gradient than answers, and so has each length; judged together, every change between them would look like a
spike, or hide one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.config.loss import GuardRecipe
from pipeline.train.guard import StepGuard, StepValues
from pipeline.train.metrics import StepMetrics
from pipeline.train.steps import PlannedStep, StepKind


def step_guards(
    recipe: GuardRecipe, plan: Sequence[PlannedStep], earlier: Sequence[StepMetrics]
) -> Mapping[StepKind, StepGuard]:
    """The guards of a run.

    Args:
        recipe: what counts as a spike.
        plan: all steps of the run.
        earlier: the steps that were taken before, by an interrupted call.
    """
    histories: dict[StepKind, list[StepValues]] = {planned.kind: [] for planned in plan}
    for step in earlier:
        histories[plan[step.step - 1].kind].append(StepValues(step.loss, step.grad_norm))
    return {kind: StepGuard(recipe, history) for kind, history in histories.items()}
