"""What a training measures while it runs, and who is told. No torch here; reports and commands read it.

`logs/metrics.jsonl` holds one object a line: `event` (`step`, `validation` or `probe`) and the fields of the record
below, in the order they were measured. `train.loop.metrics_log` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import DamagedFileError

LOG_FOLDER = "logs"
"""Inside the model folder."""

METRICS_FILE = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step."""

    step: int
    """From 1."""
    stage: str
    loss: float
    """Mean cross-entropy over all packs of the step, weighted as the recipe says (`train.loss.weights`); in nats."""
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    trained_tokens: int
    """Tokens the loss counts: answers of rows, of documents all but the first."""
    seconds: float
    tokens_per_second: float
    peak_memory_gib: float
    """Of the process on a CPU, of torch's allocator on a GPU; since the start."""


@dataclass(frozen=True, slots=True)
class ValidationMetrics:
    """Validation after `step` steps; step 0 is before any. Where a stage ends, it is measured as the stage was and once
    more as the next one begins."""

    step: int
    stage: str
    """Whose lengths and RoPE were in force."""
    data: str
    """`sft` or `corpus`."""
    loss: float
    """Mean cross-entropy of a trained token in nats, every row weighing the same."""
    trained_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeMetrics:
    """Passkeys asked for after `step` steps, at one length and depth."""

    step: int
    stage: str
    length: int
    """Tokens of a prompt with its answer."""
    depth: float
    """Where the key stands, from 0 to 1."""
    samples: int
    hits: int
    """Keys of which every token was the likeliest one."""
    key_loss: float
    """Mean cross-entropy of a token of the key, in nats."""
    seconds: float


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """All records of a log folder, each kind in order of step."""

    steps: tuple[StepMetrics, ...]
    validations: tuple[ValidationMetrics, ...]
    probes: tuple[ProbeMetrics, ...]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage is about to do."""

    name: str
    num_steps: int
    max_tokens: int
    num_packs: int
    num_validation_packs: int


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is about to run."""

    num_steps: int
    first_step: int
    """The step it starts with; above 1 where it resumes."""
    stages: tuple[StagePlan, ...]


class TrainingObserver(Protocol):
    """Told what happens, so that a command can show it."""

    def on_phase(self, description: str) -> None:
        """A part of the work begins, such as `loading the model`."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """The steps are known; the first is about to run."""

    def on_step(self, metrics: StepMetrics) -> None:
        """A step is done."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Held-out packs of one kind were scored."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Passkeys of one length and depth were asked for."""

    def on_stage(self, stage: StagePlan) -> None:
        """A stage is in force; its first step of this call is about to run."""

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint of this step is on disk."""


class SilentObserver:
    """The observer of every process but the first: all compute the metrics, the first shows them."""

    def on_phase(self, description: str) -> None:
        """Nothing."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """Nothing."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Nothing."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Nothing."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Nothing."""

    def on_stage(self, stage: StagePlan) -> None:
        """Nothing."""

    def on_checkpoint(self, step: int) -> None:
        """Nothing."""


Metrics = StepMetrics | ValidationMetrics | ProbeMetrics
_KINDS: dict[str, type[Metrics]] = {"step": StepMetrics, "validation": ValidationMetrics, "probe": ProbeMetrics}


def event_of(metrics: Metrics) -> str:
    """The `event` that a record is logged as."""
    return next(event for event, kind in _KINDS.items() if isinstance(metrics, kind))


def read_metrics(folder: Path) -> RunMetrics:
    """All records of a log folder; a last line cut short by a crash is left out.

    Raises:
        DamagedFileError: another line is not what was written.
    """
    found: dict[str, list[Any]] = {event: [] for event in _KINDS}
    for number, line in enumerate(whole_lines(folder / METRICS_FILE), start=1):
        try:
            values = json.loads(line)
            event = values.pop("event")
            found[event].append(_KINDS[event](**values))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFileError(
                f"{folder / METRICS_FILE} is damaged in line {number}.",
                remedy="Run the same finetune command again: it takes the log from the last checkpoint.",
            ) from error
    return RunMetrics(*(tuple(found[event]) for event in _KINDS))


def whole_lines(path: Path) -> list[str]:
    """Lines of a metrics file that end as lines do; none where there is no file."""
    if not path.is_file():
        return []
    return [
        line
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if line.endswith("\n")
    ]
