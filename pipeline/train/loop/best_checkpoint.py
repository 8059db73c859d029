"""Puts the weights of a run's best checkpoint into the student, after the last step.

Takes the student, the run and its log. Returns what is recorded about the best step. Cost: reads the trained weights of
one checkpoint, unless the last step is the best one.
"""

from __future__ import annotations

import logging

from pipeline.train.data.run_data import RunData
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.checkpoint import checkpoint_of, find_damage, load_weights
from pipeline.train.model.student import Student
from pipeline.train.run.best import find_best
from pipeline.train.run.metrics import RunMetrics, TrainingObserver
from pipeline.train.run.record import BestCheckpoint
from pipeline.train.run.training_run import TrainingRun

logger = logging.getLogger(__name__)


def load_best(
    student: Student, data: RunData, run: TrainingRun, metrics: RunMetrics, *, ranks: Ranks, observer: TrainingObserver
) -> BestCheckpoint:
    """Load the best checkpoint's weights into the student and return which step they are from. All ranks call this.

    If the checkpoint is damaged or was deleted, the last step's weights stay, with a warning.
    """
    last_stage, last_step = run.stages[-1], metrics.steps[-1].step
    best = find_best(
        metrics,
        run.settings.best,
        stage=last_stage.name,
        stage_start=len(data.steps) - len(data.steps_of(last_stage)),
    )
    stopped_early = last_step < len(data.steps)
    if best is None:
        return BestCheckpoint("last", last_step, None, 0, stopped_early)
    if best.step < last_step:
        checkpoint = checkpoint_of(run.checkpoints, best.step)
        damage = ranks.once(lambda: find_damage(checkpoint))
        if damage:
            logger.warning(
                "The best checkpoint, %s, cannot be used (%s). The model is that of the last step.", checkpoint, damage
            )
            return BestCheckpoint("last", last_step, None, 0, stopped_early)
        observer.on_phase(f"taking the weights of step {best.step}, the best of {best.measured} measured")
        load_weights(checkpoint, trainables=student.trainables())
    return BestCheckpoint(best.metric.value, best.step, best.value, best.measured, stopped_early)
