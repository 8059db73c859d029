"""Finds the best step of a run's last stage in its metrics, and says when to stop waiting for a better one.

Takes metrics and the recipe's `best` section. Pure, so a resumed run, whose log holds the same metrics, finds the same
step. Does not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.best import BestMetric, BestRecipe
from pipeline.config.stages import StageData
from pipeline.train.run.metrics import RunMetrics


@dataclass(frozen=True, slots=True)
class BestStep:
    """The best of the steps after which the last stage was measured."""

    metric: BestMetric
    """What was compared: the held-out loss, or the F1 of answers."""
    step: int
    value: float
    measured: int
    """Number of measurements that were compared."""
    worse_since: int
    """Number of measurements after the best one."""


def find_best(metrics: RunMetrics, recipe: BestRecipe, *, stage: str, stage_start: int) -> BestStep | None:
    """Return the best step so far; None if the recipe compares none, or nothing was measured. The first of equals wins.

    Measurements of other rows or questions than the newest one's are left out: a resumed run may have been given other
    ones.

    Args:
        metrics: the metrics so far.
        recipe: what is compared.
        stage: name of the last stage.
        stage_start: number of steps before the last stage.
    """
    if recipe.metric is BestMetric.LAST:
        return None
    asked = [one for one in metrics.answers if one.stage == stage and one.step > stage_start]
    if recipe.metric is BestMetric.ANSWERS_F1 and asked:
        questions = [[(answer.row, answer.turn) for answer in one.answers] for one in asked]
        points = [(one.step, one.f1) for one, of in zip(asked, questions, strict=True) if of == questions[-1]]
        return _best(BestMetric.ANSWERS_F1, points, sign=-1.0)
    validations = [one for one in metrics.validations if one.stage == stage and one.step > stage_start]
    has_rows = any(one.data == StageData.SFT for one in validations)
    scored = [one for one in validations if one.data == (StageData.SFT if has_rows else StageData.CORPUS)]
    points = [(one.step, one.loss) for one in scored if one.trained_tokens == scored[-1].trained_tokens]
    return _best(BestMetric.HELD_OUT_LOSS, points, sign=1.0) if points else None


def is_patience_over(best: BestStep | None, recipe: BestRecipe) -> bool:
    """Return whether the recipe waits no longer for a better step."""
    return best is not None and recipe.patience is not None and best.worse_since >= recipe.patience


def _best(metric: BestMetric, points: list[tuple[int, float]], *, sign: float) -> BestStep:
    at = min(range(len(points)), key=lambda at: (sign * points[at][1], at))
    step, value = points[at]
    return BestStep(metric, step, value, measured=len(points), worse_since=len(points) - 1 - at)
