"""`training.json`: the record of a finished training run, with its inputs and measurements.

`training.json` is written last and atomically, with a checksum, so a model folder that contains it is finished. The
file's keys are the field names of `TrainingRecord`. Used by `train`, `finetune`, `evaluate`, `report` and `verify`.
Does not import torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.checksums import FileSum
from pipeline.io.record_values import RecordValueError, record_of, write_checked_record
from pipeline.train.run.changes import MeasuredChange
from pipeline.train.run.metrics import AnswersPoint

RECORD_FILE = "training.json"
"""Name of the file in the model folder."""


class Outcome(StrEnum):
    """How a call to `finetune` ended."""

    TRAINED = "trained"
    RESUMED = "resumed"
    """The training continued from a checkpoint that an earlier call left."""
    ALREADY_DONE = "already_done"
    """The folder was already finished with the same fingerprint, so nothing was trained."""


class RopeSetBy(StrEnum):
    """Where the exported model's RoPE scaling comes from."""

    RECIPE = "recipe"
    """From the recipe."""
    BASE = "base"
    """From the base model, which may have no scaling."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Counts of the rows or documents of one split; `read = used + too_long + without_answer + other_language`."""

    read: int
    used: int
    too_long: int
    """Rows with an answer that are longer than `max_tokens`."""
    without_answer: int
    tokens: int
    """Tokens in the used rows, for one epoch."""
    answer_tokens: int
    """Tokens in one epoch that the loss counts: answers in rows; in documents, all except the first of each piece."""
    other_language: int = 0
    """Rows or documents in a language that the stage leaves out (`finetune.languages`); none of the other counts has
    them."""


@dataclass(frozen=True, slots=True)
class RopeRecord:
    """The exported model's RoPE scaling, as numbers (see `train.rope.scaling.RopeScaling`)."""

    method: str
    factor: float
    theta: float
    original_max_tokens: int
    max_tokens: int
    attention_factor: float
    divisors: tuple[float, ...]
    short_divisors: tuple[float, ...]
    set_by: RopeSetBy
    base_max_tokens: int
    """Context length in the base model's config; the scaling's `max_tokens` if the config has no limit."""
    replaced: str
    """Description of the base model's scaling, if the recipe replaced it; otherwise empty."""
    inv_freq_max_relative_error: float
    """Largest relative difference between the built model's inverse frequencies and those we compute in float64."""
    needs_transformers_5: bool = False
    """Whether transformers 4 lacks the keys to read the exported config's scaling, so that it would not scale."""


@dataclass(frozen=True, slots=True)
class ReloadCheck:
    """Comparison of the exported model, reloaded with plain `from_pretrained`, with the merged model in memory."""

    max_abs_logit_difference: float
    tolerance: float
    num_tokens: int
    first_positions: tuple[int, ...]
    """Position of the first token in each compared forward pass."""


@dataclass(frozen=True, slots=True)
class ValidationPoint:
    """Mean cross-entropy per trained token of held-out packs after `step` steps, in nats."""

    step: int
    stage: str
    data: str
    """`sft` or `corpus`."""
    loss: float
    trained_tokens: int
    """Number of tokens that the loss is the mean of."""


@dataclass(frozen=True, slots=True)
class ProbePoint:
    """Number of passkeys that the model found after `step` steps, at one length and depth."""

    step: int
    stage: str
    length: int
    depth: float
    samples: int
    hits: int


@dataclass(frozen=True, slots=True)
class PackRecord:
    """The packs of one kind of data and one split in a stage."""

    data: str
    """`sft` or `corpus`."""
    split: str
    counts: RowCounts
    """Counts of rows or of documents."""
    packs: int


@dataclass(frozen=True, slots=True)
class TrainedStage:
    """What one stage did."""

    name: str
    data: str
    """`sft`, `corpus` or `mixed`."""
    max_tokens: int
    rope_method: str
    rope_factor: float
    context_tokens: int
    """Context length that the stage's RoPE scaling supports."""
    steps: int
    tokens: int
    trained_tokens: int
    seconds: float
    first_loss: float
    last_loss: float
    packs: tuple[PackRecord, ...]


@dataclass(frozen=True, slots=True)
class BestCheckpoint:
    """The step whose weights were exported."""

    metric: str
    """What decided: a `finetune.best.metric`; `last` if nothing was compared."""
    step: int
    value: float | None
    """The metric after that step; None if nothing was compared."""
    measured: int
    """Number of measurements that were compared."""
    stopped_early: bool
    """Whether training ended before its planned steps, because nothing better came (`finetune.best.patience`)."""


@dataclass(frozen=True, slots=True)
class MemoryTerm:
    """Memory predicted for one purpose."""

    name: str
    gib: float
    at_peak: bool
    """Whether this memory is held at the predicted peak."""


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """Predicted and measured peak memory, beyond what the process held before the model was built."""

    pack_tokens: int
    """Number of tokens for which memory was predicted; no pack was longer."""
    predicted_gib: float
    measured_gib: float
    """Resident memory on a CPU; memory allocated by torch on a GPU."""
    peak_moment: str
    terms: tuple[MemoryTerm, ...]
    kept_layers: int | None = None
    """Number of layers that were not recomputed in the backward pass; None if it was not recorded."""
    kept_mlps: int | None = None
    """Number of these layers whose MLP in tiles was not recomputed either; None if it was not recorded."""


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Everything that is recorded about a finished training run."""

    base_model: str
    """The base model's reference: `embedded:…`, a folder or a hub name."""
    base_licence: str
    """The licence named in the base model's card; empty if there is none."""
    rope: RopeRecord
    recipe: Mapping[str, Any]
    """The recipe's `finetune` section, with defaults filled in and with the base model that was used."""
    seed: int
    fingerprint: str
    """Fingerprint of recipe, seed, data and base model; a run with a different fingerprint cannot continue here."""
    data: str
    data_fingerprint: str
    model_fingerprint: str
    versions: Mapping[str, str]
    device: str
    stages: tuple[TrainedStage, ...]
    """The stages in order; a single stage if the recipe lists none."""
    parameters: int
    trainable_parameters: int
    steps: int
    tokens: int
    """Tokens trained on, over all steps."""
    trained_tokens: int
    """Tokens that the loss counted."""
    seconds: float
    """Seconds spent in training steps."""
    first_loss: float
    last_loss: float
    validation: tuple[ValidationPoint, ...]
    """In order, from before the first step until after the last step; empty if no held-out data fits."""
    answers: tuple[AnswersPoint, ...]
    """In order; empty without held-out questions within the limits of `finetune.answers`."""
    changes: tuple[MeasuredChange, ...]
    """What changed on held-out data in each stage."""
    probes: tuple[ProbePoint, ...]
    best: BestCheckpoint
    memory: MemoryRecord
    reload: ReloadCheck
    files: Mapping[str, FileSum]
    """Checksums of the exported model's files and of the log, by name in the folder."""
    threads: int | None = None
    """Number of CPU threads that torch used; None if it was not recorded."""

    @property
    def held_out(self) -> tuple[ValidationPoint, ...]:
        """The last stage's validations on one kind of data: rows if the stage validated on rows, otherwise documents.

        The first was measured before the stage's first step. Empty if the stage was not validated.
        """
        points = [point for point in self.validation if point.stage == self.stages[-1].name]
        kinds = sorted({point.data for point in points}, reverse=True)
        return tuple(point for point in points if point.data == kinds[0])


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What `finetune` returns."""

    folder: str
    outcome: Outcome
    record: TrainingRecord


def write_record(folder: str, record: TrainingRecord) -> None:
    """Write `training.json`, which marks the folder as finished."""
    write_checked_record(files.join(folder, RECORD_FILE), record)


def read_record(folder: str) -> TrainingRecord | None:
    """Return a model folder's training record; None if the folder has none.

    Raises:
        DamagedFileError: the record has changed since it was written, or was written by a different version.
    """
    path = files.join(folder, RECORD_FILE)
    if not files.exists(path):
        return None
    try:
        return record_of(read_checked(path), TrainingRecord)
    except RecordValueError as error:
        raise DamagedFileError(
            f"{path} was written by a different version of this project: the field '{error.field}' does not fit.",
            remedy="Run the same finetune command again: it writes a new record from the last checkpoint.",
        ) from error
