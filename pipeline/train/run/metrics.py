"""The metrics of a training run, a reader for their log file, and the observer interface.

Each line of `logs/metrics.jsonl` is a JSON object with `event` (`step`, `validation`, `answers` or `probe`) and the
fields of a `StepMetrics`, `ValidationMetrics`, `AnswersMetrics` or `ProbeMetrics`, in the order of measurement.
`train.loop.metrics_log` writes the file. Used by `train`, by reports and by commands. Does not import torch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import DamagedFileError
from pipeline.io.record_values import record_of

LOG_FOLDER = "logs"
"""Name of the log folder in the model folder."""

METRICS_FILE = "metrics.jsonl"
"""Name of the log file in the log folder."""


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step."""

    step: int
    """Counted from 1."""
    stage: str
    loss: float
    """Mean cross-entropy over the step's packs, in nats, with the recipe's token weights (`train.loss.weights`)."""
    learning_rate: float
    grad_norm: float
    """Norm of the gradient before clipping."""
    tokens: int
    trained_tokens: int
    """Tokens that the loss counts: answers in rows; in documents, all tokens except the first of each piece."""
    seconds: float
    tokens_per_second: float
    peak_memory_gib: float
    """Peak since the memory meter started, shortly before the model was built: resident memory on a CPU, memory
    allocated by torch on a GPU."""


@dataclass(frozen=True, slots=True)
class DocumentLoss:
    """The loss on all held-out rows, or pieces, of one document."""

    document: str
    """The document's duplicate cluster, or its id."""
    loss: float
    """Sum of the cross-entropy over the trained tokens, in nats."""
    tokens: int
    """Number of trained tokens."""


@dataclass(frozen=True, slots=True)
class ValidationMetrics:
    """Validation on one kind of data after `step` steps; step 0 is before the first step.

    Between two stages the model is validated twice at the same step: with the old stage's settings and data, then with
    the new stage's.
    """

    step: int
    stage: str
    """The stage whose data, lengths and RoPE scaling were used."""
    data: str
    """`sft` or `corpus`."""
    loss: float
    """Mean cross-entropy per trained token, in nats; every token has the same weight."""
    trained_tokens: int
    seconds: float
    documents: tuple[DocumentLoss, ...] = ()
    """The same loss by document, in the order of their names."""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A held-out question, and what the model answered."""

    row: str
    turn: int
    """Number of the question in its row, from 0."""
    document: str
    """The document's duplicate cluster, or its id."""
    question: str
    """The end of the question; in a first question, the words nearest to where the answer begins."""
    gold: str
    answer: str
    f1: float
    is_exact: bool
    is_cut: bool
    """Whether the answer reached its maximum length before it ended."""


@dataclass(frozen=True, slots=True)
class AnswersPoint:
    """How well the model answered held-out questions after `step` steps; step 0 is before the first step."""

    step: int
    stage: str
    """The stage whose questions and RoPE scaling were used."""
    questions: int
    documents: int
    """Number of documents that the questions are about. Intervals are over documents."""
    f1: float
    """Mean F1 of the answers, from 0 to 1 (`scoring.answers`)."""
    f1_low: float
    f1_high: float
    exact: float
    """Share of the answers that equal the gold answer."""
    exact_low: float
    exact_high: float


@dataclass(frozen=True, slots=True)
class AnswersMetrics(AnswersPoint):
    """The same, as it is logged: with the answers themselves."""

    seconds: float
    answers: tuple[AnsweredQuestion, ...]
    """In the order of the rows and their turns."""


@dataclass(frozen=True, slots=True)
class ProbeMetrics:
    """Passkey probe after `step` steps, at one length and depth."""

    step: int
    stage: str
    length: int
    """Number of tokens in a prompt plus `ANSWER_TOKENS`, which are reserved for the answer."""
    depth: float
    """The recipe's depth: the share of the filler text before the key, from 0 to 1."""
    samples: int
    hits: int
    """Number of keys for which the model ranked every token of the key first."""
    key_loss: float
    """Mean cross-entropy per token of the keys, in nats."""
    seconds: float


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """All metrics in a log folder; each kind is in step order."""

    steps: tuple[StepMetrics, ...]
    validations: tuple[ValidationMetrics, ...]
    probes: tuple[ProbeMetrics, ...]
    answers: tuple[AnswersMetrics, ...] = ()


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The planned steps and packs of one stage."""

    name: str
    num_steps: int
    max_tokens: int
    num_packs: int
    num_validation_packs: int


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The planned steps and stages of a training run."""

    num_steps: int
    first_step: int
    """The first step that this call runs; above 1 if the training resumes."""
    stages: tuple[StagePlan, ...]


class TrainingObserver(Protocol):
    """An object whose methods are called during a training run, so that a command can show progress."""

    def on_phase(self, description: str) -> None:
        """Called when a part of the work begins, such as `loading the model`."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """Called when the steps are planned, before the first step runs."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Called after each step."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Called after each validation on one kind of data."""

    def on_answers(self, metrics: AnswersMetrics) -> None:
        """Called after the model has answered held-out questions."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Called after each passkey probe at one length and depth."""

    def on_stage(self, stage: StagePlan) -> None:
        """Called when the model has been set up for a stage, before the stage's remaining steps."""

    def on_checkpoint(self, step: int) -> None:
        """Called when the checkpoint after this step is on the disk."""


class SilentObserver:
    """An observer that shows nothing, for example for every process but the first."""

    def on_phase(self, description: str) -> None:
        """Do nothing."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """Do nothing."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Do nothing."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Do nothing."""

    def on_answers(self, metrics: AnswersMetrics) -> None:
        """Do nothing."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Do nothing."""

    def on_stage(self, stage: StagePlan) -> None:
        """Do nothing."""

    def on_checkpoint(self, step: int) -> None:
        """Do nothing."""


Metrics = StepMetrics | ValidationMetrics | AnswersMetrics | ProbeMetrics
_KINDS: dict[str, type[Metrics]] = {
    "step": StepMetrics,
    "validation": ValidationMetrics,
    "probe": ProbeMetrics,
    "answers": AnswersMetrics,
}


def event_of(metrics: Metrics) -> str:
    """Return the `event` value under which metrics are logged."""
    return next(event for event, kind in _KINDS.items() if isinstance(metrics, kind))


def read_metrics(folder: Path) -> RunMetrics:
    """Return all metrics in a log folder; empty without a log. A last line that a crash cut short is left out.

    Raises:
        DamagedFileError: a complete line cannot be read as metrics.
    """
    found: dict[str, list[Any]] = {event: [] for event in _KINDS}
    for number, line in enumerate(whole_lines(folder / METRICS_FILE), start=1):
        try:
            values = json.loads(line)
            event = values.pop("event")
            found[event].append(record_of(values, _KINDS[event]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFileError(
                f"{folder / METRICS_FILE} is damaged on line {number}.",
                remedy="Run the same finetune command again: it restores the log from the last checkpoint.",
            ) from error
    return RunMetrics(*(tuple(found[event]) for event in _KINDS))


def whole_lines(path: Path) -> list[str]:
    """Return the lines of a metrics file that have a line ending; an empty list if the file does not exist."""
    if not path.is_file():
        return []
    return [
        line
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if line.endswith("\n")
    ]
