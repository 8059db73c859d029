"""What a training measures while it runs, and who is told. No torch here; reports and commands read it.

`logs/metrics.jsonl` holds one object a line: `event` (`step` or `validation`) and the fields of the record below, in
the order they were measured. `train.metrics_log` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LOG_FOLDER = "logs"
"""Inside the model folder."""

METRICS_FILE = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step."""

    step: int
    """From 1."""
    loss: float
    """Σ loss_weight · cross-entropy ÷ answer tokens, over all packs of the step; in nats."""
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    answer_tokens: int
    seconds: float
    tokens_per_second: float
    peak_memory_gib: float
    """Of the process on a CPU, of torch's allocator on a GPU; since the start."""


@dataclass(frozen=True, slots=True)
class ValidationMetrics:
    """Validation after `step` steps; step 0 is before any."""

    step: int
    loss: float
    """Mean cross-entropy of an answer token in nats, every row weighing the same."""
    answer_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is about to run."""

    num_steps: int
    first_step: int
    """The step it starts with; above 1 where it resumes."""
    num_packs: int
    num_validation_packs: int


class TrainingObserver(Protocol):
    """Told what happens, so that a command can show it."""

    def on_phase(self, description: str) -> None:
        """A part of the work begins, such as `loading the model`."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """The steps are known; the first is about to run."""

    def on_step(self, metrics: StepMetrics) -> None:
        """A step is done."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """The validation packs were scored."""

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint of this step is on disk."""


def read_metrics(folder: Path) -> tuple[Sequence[StepMetrics], Sequence[ValidationMetrics]]:
    """Both kinds of records of a log folder, in order of step; a last line cut short by a crash is left out."""
    steps: list[StepMetrics] = []
    validations: list[ValidationMetrics] = []
    for line in whole_lines(folder / METRICS_FILE):
        values = json.loads(line)
        if values.pop("event") == "step":
            steps.append(StepMetrics(**values))
        else:
            validations.append(ValidationMetrics(**values))
    return steps, validations


def whole_lines(path: Path) -> list[str]:
    """Lines of a metrics file that end as lines do; none where there is no file."""
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
