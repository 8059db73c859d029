"""Progress for programs: with `--json`, `build-sft`, `finetune` and `evaluate` print one JSON object a line.

Each object has `event`, its name, and the fields given below. Nothing else is on the standard output; warnings and
errors go to the standard error. A program that reads the lines should ignore names and fields that it does not know.

    build-sft   stage_skipped, stage_finished   stage, counted, in, kept, rejected, dead, seconds
                stage_damaged                   stage, files
                stage_started                   stage, shards, finished_shards
                stage_progressed                stage, shards, finished_shards, kept, dropped
                finished                        folder, did_nothing, train_rows, validation_rows, report
    finetune    phase                           description
                plan, stage                     the fields of `TrainingPlan` and `StagePlan` (`train.run.metrics`)
                step, validation, answers, probe   as in `logs/metrics.jsonl`
                checkpoint                      step
                finished                        folder, outcome, steps, best, verdict, report
    evaluate    phase                           description
                plan, more                      steps, tokens
                step                            subject, task, length, num_tokens, measured_now
                finished                        headline, record, report
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from pipeline.evaluate.asking import Step
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import StageRecord
from pipeline.io.outputs import Finding
from pipeline.stages.runner import Stage
from pipeline.train.run.metrics import (
    AnswersMetrics,
    Metrics,
    ProbeMetrics,
    StagePlan,
    StepMetrics,
    TrainingPlan,
    ValidationMetrics,
    event_of,
)


class ProgressFormat(StrEnum):
    """How a command shows what it does."""

    TEXT = "text"
    """A bar on a terminal, plain lines elsewhere, and a summary."""
    EVENTS = "events"
    """One JSON object a line."""


def progress_format(*, as_json: bool) -> ProgressFormat:
    """Return the format that a command's `--json` option asks for."""
    return ProgressFormat.EVENTS if as_json else ProgressFormat.TEXT


def write_event(event: str, values: Mapping[str, Any]) -> None:  # Any: JSON values
    """Print one event at once, even into a pipe."""
    print(json.dumps({"event": event, **values}, ensure_ascii=False), flush=True)


class BuildEvents:
    """Prints the events of a build."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        """Print that a stage is up to date."""
        write_event("stage_skipped", {"stage": stage.name, **_counts(record)})

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        """Print how many files are affected."""
        write_event("stage_damaged", {"stage": stage.name, "files": len(findings)})

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        """Print that a stage starts."""
        values = {"stage": stage.name, "shards": stage.num_shards, "finished_shards": num_finished_shards}
        write_event("stage_started", values)

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        """Print the counts so far."""
        values = {
            "stage": stage.name,
            "shards": stage.num_shards,
            "finished_shards": num_finished_shards,
            "kept": sum(report.num_kept for report in reports.values()),
            "dropped": sum(report.num_rejected + report.num_dead for report in reports.values()),
        }
        write_event("stage_progressed", values)

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        """Print the counts of a stage."""
        write_event("stage_finished", {"stage": stage.name, **_counts(record)})


class TrainingEvents:
    """Prints the events of a training."""

    def on_phase(self, description: str) -> None:
        """Print the current phase."""
        write_event("phase", {"description": description})

    def on_plan(self, plan: TrainingPlan) -> None:
        """Print the planned steps."""
        write_event("plan", asdict(plan))

    def on_step(self, metrics: StepMetrics) -> None:
        """Print a step."""
        _write_metrics(metrics)

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Print the loss on held-out packs."""
        _write_metrics(metrics)

    def on_answers(self, metrics: AnswersMetrics) -> None:
        """Print the answers to held-out questions."""
        _write_metrics(metrics)

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Print how many keys were found."""
        _write_metrics(metrics)

    def on_stage(self, stage: StagePlan) -> None:
        """Print that a stage begins."""
        write_event("stage", asdict(stage))

    def on_checkpoint(self, step: int) -> None:
        """Print that a checkpoint is on the disk."""
        write_event("checkpoint", {"step": step})


class EvaluationEvents:
    """Prints the events of an evaluation."""

    def on_phase(self, description: str) -> None:
        """Print the current phase."""
        write_event("phase", {"description": description})

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Print the number of prompts and cells, and of their tokens."""
        write_event("plan", {"steps": num_steps, "tokens": num_tokens})

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Print how many more there are than planned."""
        write_event("more", {"steps": num_steps, "tokens": num_tokens})

    def on_step(self, step: Step) -> None:
        """Print a prompt that was answered, or a cell that was measured."""
        write_event("step", asdict(step))


def _write_metrics(metrics: Metrics) -> None:
    write_event(event_of(metrics), asdict(metrics))


def _counts(record: StageRecord) -> dict[str, Any]:
    return {
        "counted": record.counted,
        "in": record.num_in,
        "kept": record.num_kept,
        "rejected": record.num_rejected,
        "dead": record.num_dead,
        "seconds": record.seconds,
    }
