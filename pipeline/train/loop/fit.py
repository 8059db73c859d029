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
from pipeline.train.loop.answering import answer_questions
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
from pipeline.train.run.best import BestStep, find_best, is_patience_over
from pipeline.train.run.metrics import METRICS_FILE, RunMetrics, TrainingObserver, read_metrics
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
        is_over = False

        def save() -> None:
            log.flush_to_disk()
            _save(student, optimizer, data, run, data.steps[done - 1], ranks, measurements)
            observer.on_checkpoint(done)

        try:
            if done:
                stage = data.stage_after(done)
                student = enter_stage(student, stage)
                observer.on_stage(data.stage_plan(stage))
                measurements.run_after(student, data.steps[done - 1])
                is_over = measurements.is_over
            for planned in () if is_over else data.steps[done:]:
                stage = data.stages[planned.stage]
                if planned.step_in_stage == 1:
                    student = enter_stage(student, stage)
                    observer.on_stage(data.stage_plan(stage))
                    measurements.validate(student, stage, step=planned.step - 1)
                    measurements.ask(student, stage, step=planned.step - 1)
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
                if saved < done and (measurements.is_over or measurements.is_best(done)):
                    save()
                    saved = done
                if measurements.is_over:
                    break
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
    measurements: _Measurements,
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
        threads=torch.get_num_threads(),
        best_step=measurements.best_step(before=reached.step),
        activations=student.activations,
    )
    save_checkpoint(
        run.checkpoints,
        state,
        trainables=student.trainables(),
        optimizer=optimizer,
        log=run.logs / METRICS_FILE,
        keep=run.settings.keep_checkpoints,
        best_step=measurements.best_step(before=reached.step + 1),
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
        known = read_metrics(run.logs)
        self._validations, self._answers = list(known.validations), list(known.answers)

    @property
    def is_over(self) -> bool:
        """Whether the last stage stops here, because nothing better has come for long enough."""
        return is_patience_over(self._best(before=None), self._run.settings.best)

    def is_best(self, step: int) -> bool:
        """Return whether a step is the best one so far."""
        return self.best_step(before=step + 1) == step

    def best_step(self, *, before: int) -> int:
        """Return the best step of those before a step; 0 if none was measured or the recipe compares none."""
        best = self._best(before=before)
        return best.step if best else 0

    def _best(self, *, before: int | None) -> BestStep | None:
        stage = self._data.stages[-1]
        measured = RunMetrics(
            steps=(),
            validations=tuple(one for one in self._validations if before is None or one.step < before),
            probes=(),
            answers=tuple(one for one in self._answers if before is None or one.step < before),
        )
        stage_start = len(self._data.steps) - len(self._data.steps_of(stage))
        return find_best(measured, self._run.settings.best, stage=stage.name, stage_start=stage_start)

    def run_after(self, student: Student, planned: PlannedStep) -> None:
        """Run the measurements that are due after a step."""
        stage = self._data.stages[planned.stage]
        if planned.step % self._run.settings.validate_every_steps == 0 or planned.is_last_of_stage:
            self.validate(student, stage, step=planned.step)
        asks_every = stage.settings.answers.every_steps or self._run.settings.validate_every_steps
        if planned.step % asks_every == 0 or planned.is_last_of_stage:
            self.ask(student, stage, step=planned.step)
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
                metrics = validate(
                    student,
                    source,
                    data,
                    stage=stage,
                    step=step,
                    documents=self._data.documents,
                    ranks=self._ranks,
                    stops=self._stops,
                )
            self._validations.append(metrics)
            self._log.write(metrics)
            self._observer.on_validation(metrics)

    def ask(self, student: Student, stage: TrainingStage, *, step: int) -> None:
        """Let the student answer the stage's held-out questions, if it has any."""
        questions = self._data.questions[stage.number]
        if not questions:
            return
        longest = max(question.ids.size + question.max_answer_tokens for question in questions)
        with _explained(f"in the answers after step {step}", student, stage, self._run, longest):
            metrics = answer_questions(
                student,
                questions,
                stage=stage,
                base_model=self._run.base_model,
                step=step,
                seed=self._run.seed,
                ranks=self._ranks,
                stops=self._stops,
            )
        self._answers.append(metrics)
        self._log.write(metrics)
        self._observer.on_answers(metrics)


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
        kept=student.activations,
    )
