"""Makes the part of `finetune --plan` that needs a build: steps, tokens, left-out rows and time, stage by stage.

Takes a recipe and a build. Returns a `WorkPlan`. The data is read as in training, so the numbers are those of the run.
Nothing is written to the build or the model folder. Cost: the build's rows are checked and their lengths read; they are
tokenized, into a folder of the caller's, if the model cannot use the build's token ids; and a few seconds to measure
the speed, as `evaluate --plan` does. Only the time is an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from pipeline.config.recipe import Recipe
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.run_data import read_run_data
from pipeline.train.data.stage_work import DataWork, StageWork, stage_works
from pipeline.train.loop.activations import choose_run_activations
from pipeline.train.loop.speed import TrainingSpeed, measure_speed
from pipeline.train.loop.threads import choose_run_threads
from pipeline.train.machine.threads import restored_threads
from pipeline.train.run.metrics import SilentObserver
from pipeline.train.run.stages import longest_stage
from pipeline.train.run.training_run import TrainingRun, planned_run


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """What a run will do, and how long its steps will take here."""

    data: str
    """The build folder."""
    stages: tuple[StageWork, ...]
    speed: TrainingSpeed | None
    """None if it was not measured."""
    not_timed: str
    """Why it was not measured; empty if it was."""
    threads: int | None
    """CPU threads that the speed was measured with; None if it was not measured."""

    def seconds_of(self, stage: StageWork) -> float | None:
        """Return the time of a stage's steps; None if the speed was not measured."""
        return None if self.speed is None else self.speed.seconds(stage.sizes)

    @property
    def seconds(self) -> float | None:
        """The time of all steps; None if the speed was not measured."""
        return None if self.speed is None else sum(self.speed.seconds(stage.sizes) for stage in self.stages)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain values; times are in seconds."""
        seconds = self.seconds
        return {
            "data": self.data,
            "steps": sum(stage.steps for stage in self.stages),
            "tokens": sum(stage.tokens for stage in self.stages),
            "trained_tokens": sum(stage.trained for stage in self.stages),
            "seconds": None if seconds is None else round(seconds, 1),
            "stages": [_stage_json(stage, self.seconds_of(stage)) for stage in self.stages],
            "speed": self.speed and asdict(self.speed) | {"threads": self.threads},
            "not_timed": self.not_timed,
        }


def plan_work(
    recipe: Recipe,
    *,
    data: str,
    base_model: str,
    folder: Path,
    not_timed: str,
    on_phase: Callable[[str], None],
) -> WorkPlan:
    """Return the plan of a run's work.

    Args:
        recipe: the recipe.
        data: the build folder.
        base_model: reference of the base model; its weights are not read.
        folder: a temporary folder of the caller's.
        not_timed: why the speed must not be measured here; empty to measure it.
        on_phase: told what is being done.

    Raises:
        InputError, FolderBusyError, DamagedFileError: a training would be refused for the same reason.
    """
    run = planned_run(recipe, data=data, base_model=base_model, folder=folder)
    observer = _Phases(on_phase)
    observer.on_phase("reading the data")
    tokens_folder = prepare_token_ids(run, observer=observer)
    run_data = read_run_data(run, tokens_folder=tokens_folder, observer=observer)
    stages = stage_works(run_data, schedule_over=run.settings.schedule_over)
    speed, threads = None, None
    if not not_timed:
        observer.on_phase("measuring the speed")
        measured, threads = _measured(run)
        speed, not_timed = (None, measured) if isinstance(measured, str) else (measured, "")
    return WorkPlan(data, stages, speed, not_timed, threads if speed else None)


class _Phases(SilentObserver):
    """Passes on what is being done."""

    def __init__(self, on_phase: Callable[[str], None]) -> None:
        self._on_phase = on_phase

    def on_phase(self, description: str) -> None:
        """Pass it on."""
        self._on_phase(description)


def _measured(run: TrainingRun) -> tuple[TrainingSpeed | str, int]:
    with restored_threads():
        threads = choose_run_threads(run, resumes_from=None)
        torch.set_num_threads(threads)
        kept = choose_run_activations(run, resumes_from=None)
        return measure_speed(longest_stage(run.stages), seed=run.seed, kept=kept), threads


def _stage_json(stage: StageWork, seconds: float | None) -> dict[str, Any]:
    return {
        "name": stage.name,
        "data": stage.data.value,
        "max_tokens": stage.max_tokens,
        "steps": stage.steps,
        "warmup_steps": stage.warmup_steps,
        "packs": stage.packs,
        "tokens": stage.tokens,
        "trained_tokens": stage.trained,
        "questions": stage.questions,
        "seconds": None if seconds is None else round(seconds, 1),
        "kinds": [_kind_json(kind) for kind in stage.kinds],
    }


def _kind_json(kind: DataWork) -> dict[str, Any]:
    return {
        "data": kind.data.value,
        **asdict(kind.counts),
        "not_drawn": kind.rows_not_drawn,
        "packs": kind.packs,
        "read_packs": kind.read_packs,
        "passes": kind.passes,
        "validation_packs": kind.validation_packs,
        "validation_trained_tokens": kind.validation_trained,
    }
