"""The training loop: runs the planned steps in order, with measurements between them, and saves checkpoints.

Takes a student, the run's data and the run. Returns the student after its last stage. Writes checkpoints, writes
metrics to `logs/`, and reports them to an observer. A requested stop loses no finished step. On a CPU, a resumed run
gives bit for bit the same result as an uninterrupted run (same device, threads, processes and settings); tests check
this. On CUDA, only `finetune.deterministic` can guarantee it; without this setting, losses differ by rounding.
`train.loop.step` runs a step, `train.model.student` switches to the next stage, and `train.data.steps` plans the
steps.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from pipeline.errors import TrainingError
from pipeline.train.data.run_data import RunData
from pipeline.train.data.steps import PlannedStep
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.checkpoint import (
    LOG_COPY,
    CheckpointState,
    checkpoints,
    load_checkpoint,
    read_state,
    save_checkpoint,
)
from pipeline.train.loop.guard import step_guards
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.metrics_log import MetricsSink, open_log
from pipeline.train.loop.step import StepInput, train_step
from pipeline.train.loop.stopping import StoppedError, StopPoints
from pipeline.train.loop.validation import probe_passkey, validate
from pipeline.train.memory.exhausted import explain_out_of_memory
from pipeline.train.model.student import Student, enter_stage
from pipeline.train.run.metrics import METRICS_FILE, TrainingObserver, read_metrics
from pipeline.train.run.stages import TrainingStage
from pipeline.train.run.training_run import TrainingRun
from pipeline.train.tuning.optimizer import build_optimizer


def fit(
    student: Student, data: RunData, run: TrainingRun, *, ranks: Ranks, observer: TrainingObserver, stop: StopRequest
) -> Student:
    """Run all steps after the newest checkpoint, which the caller has already checked with `checkpoint.newest_intact`.

    Args:
        student: the student, built for the first stage; its weights are trained in place.
        data: packs of every stage and all steps.
        run: the run, with its settings and its folders for checkpoints and logs.
        ranks: the processes that train together.
        observer: receives the plan, the stages, all metrics and each checkpoint.
        stop: the stop request. Once it is set, the loop abandons the current step or measurement before its next pack,
            saves the last finished step and ends.

    Returns:
        The student after the last stage.

    Raises:
        TrainingError: the guard stops the run (`train.loop.guard`), memory runs out, or the checkpoint belongs to a
            different run or does not match the model.
        DiskFullError: a checkpoint or the log does not fit on the disk.
        KeyboardInterrupt: `stop` was set; the run can be resumed.
    """
    optimizer = build_optimizer(student.model, run.settings, device=student.device)
    done = _resume(student, optimizer, data, run)
    observer.on_plan(data.plan(first_step=done + 1))
    earlier_log = checkpoints(run.checkpoints)[-1] / LOG_COPY if done else None
    with open_log(run, resumed_step=done, earlier=earlier_log, ranks=ranks) as log:
        guards = step_guards(run.settings.guard, data.steps, read_metrics(run.logs).steps)
        stops = StopPoints(stop, ranks=ranks, parallel=student.parallel, device=student.device)
        measurements = _Measurements(run, data, log, ranks, stops, observer)
        saved = done

        def save() -> None:
            log.flush_to_disk()
            _save(student, optimizer, data, run, data.steps[done - 1], ranks)
            observer.on_checkpoint(done)

        try:
            if done:
                stage = data.stage_after(done)
                student = enter_stage(student, stage)
                observer.on_stage(data.stage_plan(stage))
                measurements.run_after(student, data.steps[done - 1])
            for planned in data.steps[done:]:
                stage = data.stages[planned.stage]
                if planned.step_in_stage == 1:
                    student = enter_stage(student, stage)
                    observer.on_stage(data.stage_plan(stage))
                    measurements.validate(student, stage, step=planned.step - 1)
                with _explained(f"in step {planned.step}", student, stage, run, data.longest_pack_tokens(planned)):
                    metrics = train_step(
                        student,
                        optimizer,
                        StepInput(planned, data.packs[planned.stage].train, stage, run.seed),
                        guard=guards[planned.kind],
                        ranks=ranks,
                        stops=stops,
                    )
                done = planned.step
                log.write(metrics)
                observer.on_step(metrics)
                if done % run.settings.save_every_steps == 0 or done == len(data.steps):
                    save()
                    saved = done
                measurements.run_after(student, planned)
            stops.check()
        except StoppedError:
            optimizer.zero_grad(set_to_none=True)  # drop the gradients of the unfinished step
            if done > saved:
                save()
            raise stop.interrupt() from None
    return student


def _resume(student: Student, optimizer: torch.optim.Optimizer, data: RunData, run: TrainingRun) -> int:
    """Load the newest checkpoint and return the number of steps done; 0 without a checkpoint."""
    saved = checkpoints(run.checkpoints)
    if not saved:
        return 0
    state = read_state(saved[-1])
    if (state.fingerprint, state.plan) != (run.identity.fingerprint, data.plan_fingerprint):
        raise TrainingError(
            f"The checkpoint {saved[-1]} belongs to a different run.", remedy="Start over with --fresh."
        )
    load_checkpoint(saved[-1], trainables=student.trainables(), optimizer=optimizer)
    return state.step


def _save(
    student: Student,
    optimizer: torch.optim.Optimizer,
    data: RunData,
    run: TrainingRun,
    reached: PlannedStep,
    ranks: Ranks,
) -> None:
    stage = data.stages[reached.stage]
    in_stage = data.steps_of(stage)[: reached.step_in_stage]
    state = CheckpointState(
        step=reached.step,
        stage=stage.name,
        step_in_stage=reached.step_in_stage,
        packs_in_stage=sum(len(step.packs) for step in in_stage),
        fingerprint=run.identity.fingerprint,
        plan=data.plan_fingerprint,
    )
    save_checkpoint(
        run.checkpoints,
        state,
        trainables=student.trainables(),
        optimizer=optimizer,
        log=run.logs / METRICS_FILE,
        keep=run.settings.keep_checkpoints,
        ranks=ranks,
    )


class _Measurements:
    """Runs the measurements that are due between steps, and reports them."""

    def __init__(
        self,
        run: TrainingRun,
        data: RunData,
        log: MetricsSink,
        ranks: Ranks,
        stops: StopPoints,
        observer: TrainingObserver,
    ) -> None:
        self._run = run
        self._data = data
        self._log = log
        self._ranks = ranks
        self._stops = stops
        self._observer = observer

    def run_after(self, student: Student, planned: PlannedStep) -> None:
        """Run the measurements that are due after a step."""
        stage = self._data.stages[planned.stage]
        if planned.step % self._run.settings.validate_every_steps == 0 or planned.is_last_of_stage:
            self.validate(student, stage, step=planned.step)
        every = self._run.settings.probe.every_steps
        if every is not None and (planned.step % every == 0 or planned.is_last_of_stage):
            run = self._run
            during = f"in the passkey probe after step {planned.step}"
            with _explained(during, student, stage, run, stage.settings.max_tokens):
                for metrics in probe_passkey(
                    student, stage=stage, base_model=run.base_model, step=planned.step, seed=run.seed, stops=self._stops
                ):
                    self._log.write(metrics)
                    self._observer.on_probe(metrics)

    def validate(self, student: Student, stage: TrainingStage, *, step: int) -> None:
        """Validate on the stage's held-out packs."""
        for data, source in self._data.packs[stage.number].validation.items():
            during = f"in the validation after step {step}"
            with _explained(during, student, stage, self._run, stage.settings.max_tokens):
                metrics = validate(student, source, data, stage=stage, step=step, ranks=self._ranks, stops=self._stops)
            self._log.write(metrics)
            self._observer.on_validation(metrics)


def _explained(
    during: str, student: Student, stage: TrainingStage, run: TrainingRun, num_tokens: int
) -> AbstractContextManager[None]:
    return explain_out_of_memory(
        f"{during} (stage {stage.name})",
        stage.settings,
        base_model=run.base_model,
        num_tokens=num_tokens,
        device=student.device,
        shards=student.parallel.shards,
        slices=student.parallel.slices,
    )
