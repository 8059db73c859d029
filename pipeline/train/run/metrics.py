"""The metrics of a running training, their log, and the observer that is told about them. No torch here.

Reports and commands read them. `logs/metrics.jsonl` holds one object per line: `event` (`step`, `validation` or
`probe`) and the fields of the record below, in the order they were measured. `train.loop.metrics_log` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import DamagedFileError
from pipeline.io.record_values import record_of

LOG_FOLDER = "logs"
"""Folder inside the model folder."""

METRICS_FILE = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step."""

    step: int
    """Counted from 1."""
    stage: str
    loss: float
    """Mean cross-entropy over all packs of the step in nats, weighted as the recipe says (`train.loss.weights`)."""
    learning_rate: float
    grad_norm: float
    """Norm before clipping."""
    tokens: int
    trained_tokens: int
    """Tokens the loss counts: the answers of rows; in documents, all tokens but the first."""
    seconds: float
    tokens_per_second: float
    peak_memory_gib: float
    """Peak since the start: of the process on a CPU, of torch's allocator on a GPU."""


@dataclass(frozen=True, slots=True)
class ValidationMetrics:
    """Validation after `step` steps; step 0 is before any step. At the end of a stage there are two: one under the
    settings of that stage, one as the next stage begins."""

    step: int
    stage: str
    """The stage whose lengths and RoPE were in force."""
    data: str
    """`sft` or `corpus`."""
    loss: float
    """Mean cross-entropy per trained token in nats; every row has the same weight."""
    trained_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeMetrics:
    """Passkeys probed after `step` steps, at one length and depth."""

    step: int
    stage: str
    length: int
    """Tokens of a prompt with its answer."""
    depth: float
    """Position of the key in the prompt, from 0 to 1."""
    samples: int
    hits: int
    """Keys whose every token was the likeliest one."""
    key_loss: float
    """Mean cross-entropy per token of the key, in nats."""
    seconds: float


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """All records of a log folder; each kind is in order of step."""

    steps: tuple[StepMetrics, ...]
    validations: tuple[ValidationMetrics, ...]
    probes: tuple[ProbeMetrics, ...]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage will do."""

    name: str
    num_steps: int
    max_tokens: int
    num_packs: int
    num_validation_packs: int


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What the training will do."""

    num_steps: int
    first_step: int
    """The first step to run; above 1 if the training resumes."""
    stages: tuple[StagePlan, ...]


class TrainingObserver(Protocol):
    """An object that is told about events, so that a command can show them."""

    def on_phase(self, description: str) -> None:
        """A part of the work begins, such as `loading the model`."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """The steps are known; the first is about to run."""

    def on_step(self, metrics: StepMetrics) -> None:
        """A step is done."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Held-out packs of one kind were scored."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Passkeys of one length and depth were probed."""

    def on_stage(self, stage: StagePlan) -> None:
        """A stage is in force; its first step in this call is about to run."""

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint of this step is on disk."""


class SilentObserver:
    """The observer of every process but the first: all processes compute the metrics, the first shows them."""

    def on_phase(self, description: str) -> None:
        """Do nothing."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """Do nothing."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Do nothing."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Do nothing."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Do nothing."""

    def on_stage(self, stage: StagePlan) -> None:
        """Do nothing."""

    def on_checkpoint(self, step: int) -> None:
        """Do nothing."""


Metrics = StepMetrics | ValidationMetrics | ProbeMetrics
_KINDS: dict[str, type[Metrics]] = {"step": StepMetrics, "validation": ValidationMetrics, "probe": ProbeMetrics}


def event_of(metrics: Metrics) -> str:
    """Return the `event` under which a record is logged."""
    return next(event for event, kind in _KINDS.items() if isinstance(metrics, kind))


def read_metrics(folder: Path) -> RunMetrics:
    """Return all records of a log folder; a last line cut short by a crash is left out.

    Raises:
        DamagedFileError: a complete line differs from what was written.
    """
    found: dict[str, list[Any]] = {event: [] for event in _KINDS}
    for number, line in enumerate(whole_lines(folder / METRICS_FILE), start=1):
        try:
            values = json.loads(line)
            event = values.pop("event")
            found[event].append(record_of(values, _KINDS[event]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFileError(
                f"{folder / METRICS_FILE} is damaged in line {number}.",
                remedy="Run the same finetune command again: it restores the log from the last checkpoint.",
            ) from error
    return RunMetrics(*(tuple(found[event]) for event in _KINDS))


def whole_lines(path: Path) -> list[str]:
    """Return the complete lines of a metrics file, those with a line ending; none if the file does not exist."""
    if not path.is_file():
        return []
    return [
        line
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if line.endswith("\n")
    ]
