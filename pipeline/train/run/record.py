"""`training.json`: the record of a finished training, with its inputs and measurements. No torch here; reports read it.

`training.json` is written last and atomically, with a checksum, so a model folder that has one is finished. Its keys
are the field names of `TrainingRecord`, nested as below.
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

RECORD_FILE = "training.json"
"""File inside the model folder."""


class Outcome(StrEnum):
    """How a call to `finetune` ended."""

    TRAINED = "trained"
    RESUMED = "resumed"
    """The training continued from a checkpoint of an earlier, interrupted run."""
    ALREADY_DONE = "already_done"
    """The folder was finished with the same fingerprint; nothing was run."""


class RopeSetBy(StrEnum):
    """Who set the scaling of an exported model."""

    RECIPE = "recipe"
    BASE = "base"
    """The base model's own scaling, which may be none."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows of one split; `read = used + too_long + without_answer`."""

    read: int
    used: int
    too_long: int
    """Rows longer than `max_tokens`."""
    without_answer: int
    tokens: int
    """Tokens of the used rows, for one epoch."""
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class RopeRecord:
    """The scaling of the exported model, as numbers (see `train.rope.RopeScaling`)."""

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
    """Context length of the base model, according to its own config."""
    replaced: str
    """The base model's own scaling, if the recipe's replaced it; empty otherwise."""
    inv_freq_max_relative_error: float
    """Largest relative error of the built model's inverse frequencies, compared with ours in float64."""


@dataclass(frozen=True, slots=True)
class ReloadCheck:
    """Comparison of the exported folder, loaded again by plain `from_pretrained`, with the merged model in memory."""

    max_abs_logit_difference: float
    tolerance: float
    num_tokens: int
    first_positions: tuple[int, ...]
    """Position of the first token in each forward pass that was compared."""


@dataclass(frozen=True, slots=True)
class ValidationPoint:
    """Mean cross-entropy per trained token of held-out packs, in nats, after `step` steps."""

    step: int
    stage: str
    data: str
    """`sft` or `corpus`."""
    loss: float


@dataclass(frozen=True, slots=True)
class ProbePoint:
    """Passkeys found after `step` steps."""

    step: int
    stage: str
    length: int
    depth: float
    samples: int
    hits: int


@dataclass(frozen=True, slots=True)
class PackRecord:
    """The packs of one kind and split in a stage."""

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
    """Context length that the stage's scaling reaches."""
    steps: int
    tokens: int
    trained_tokens: int
    seconds: float
    first_loss: float
    last_loss: float
    packs: tuple[PackRecord, ...]


@dataclass(frozen=True, slots=True)
class MemoryTerm:
    """Memory predicted for one purpose."""

    name: str
    gib: float
    at_peak: bool
    """Whether it is held at the moment with the largest sum."""


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """Predicted and measured memory of a step, beyond what the process held before the model was built."""

    pack_tokens: int
    """Tokens of the longest pack."""
    predicted_gib: float
    measured_gib: float
    """Resident memory on a CPU, memory allocated by torch on a GPU."""
    peak_moment: str
    terms: tuple[MemoryTerm, ...]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Everything that is recorded about a finished training."""

    base_model: str
    """The given reference, such as `embedded:…`, a folder or a hub name."""
    base_licence: str
    """The licence in the base model's own card; empty if the card has none."""
    rope: RopeRecord
    recipe: Mapping[str, Any]
    """The `finetune` section with defaults filled in."""
    seed: int
    fingerprint: str
    """Fingerprint of recipe, seed, data and base model; a run with another one cannot continue in this folder."""
    data: str
    data_fingerprint: str
    model_fingerprint: str
    versions: Mapping[str, str]
    device: str
    stages: tuple[TrainedStage, ...]
    """The stages in order; one if the recipe has none."""
    parameters: int
    trainable_parameters: int
    steps: int
    tokens: int
    """Tokens trained on, over all steps."""
    trained_tokens: int
    """Tokens the loss counted."""
    seconds: float
    """Seconds spent in training steps."""
    first_loss: float
    last_loss: float
    validation: tuple[ValidationPoint, ...]
    """The first is before any step, the last is after the last step. Empty if the build has no held-out data that
    fits."""
    probes: tuple[ProbePoint, ...]
    memory: MemoryRecord
    reload: ReloadCheck
    files: Mapping[str, FileSum]
    """Checksums of the exported model and the log as written, by name in the folder."""

    @property
    def held_out(self) -> tuple[ValidationPoint, ...]:
        """The comparable validations of the last stage: of rows if it has rows, else of documents. The first is from
        before the stage's first step."""
        last = [point for point in self.validation if point.stage == self.stages[-1].name]
        kinds = sorted({point.data for point in last}, reverse=True)
        return tuple(point for point in last if point.data == kinds[0])


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
    """Return the record of a finished model folder; None if it has none.

    Raises:
        DamagedFileError: the record exists but differs from what was written.
    """
    path = files.join(folder, RECORD_FILE)
    if not files.exists(path):
        return None
    try:
        return record_of(read_checked(path), TrainingRecord)
    except RecordValueError as error:
        raise DamagedFileError(
            f"{path} was written by another version of this project: it differs in '{error.field}'.",
            remedy="Run the same finetune command again: it writes a new record from the last checkpoint.",
        ) from error
