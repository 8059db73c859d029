"""Estimates how long the steps of a training take, from a few layers of its own model on the device it will run on.

Takes a stage, whose config and settings decide what runs; builds a few decoder layers of the model with random weights,
set to train as the recipe says; and times forward and backward passes, the loss and the optimizer. So no weights are
read, and a plan can be made before they are downloaded. As many layers are built as it takes to have one of each type.
Used by `finetune --plan`. Cost: 3 to 20 seconds of a free machine; a model that is too large for that is not timed.
Measured with the embedded model and LoRA on a share of one busy CPU core: 35 s were estimated and 36 s taken for 512
tokens, 126 s and 148 s for 1,536.

The time of a pack is modelled as  a · tokens + b · Σ row length² + c · trained tokens,  plus a part for each step. It
leaves out reading data, validation, answers, checkpoints, and what other processes on the machine do at the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedConfig

from pipeline.config.tuning import TuningMethod
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.steps import PackSize
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.memory.predict import ModelShape
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import Student, build_random_student
from pipeline.train.run.stages import TrainingStage
from pipeline.train.tuning.optimizer import build_optimizer

_SHORT, _LONGEST = 256, 32_768
"""Tokens of the rows that are timed; the long one is as long as `_LONG_SECONDS` allow."""
_FEW, _MANY = 8, 192
"""Trained tokens."""
_LONG_SECONDS = 3.0
_TRIES = 2
_MAX_PARAMETERS = {"cpu": 1_500_000_000, "cuda": 8_000_000_000}
"""Of the layers that are timed, with embeddings and head. On a CPU, making so many random numbers takes 10 seconds."""


@dataclass(frozen=True, slots=True)
class TrainingSpeed:
    """Seconds that the parts of a step take."""

    per_token: float
    per_token_pair: float
    """For each token and each token of its row."""
    per_trained_token: float
    """The output head and the loss."""
    per_step: float
    """The optimizer."""
    layers: int
    """Number of layers that were timed."""
    timed_tokens: int
    """Length of the longest row that was timed."""

    def seconds(self, steps: Iterable[Sequence[PackSize]]) -> float:
        """Return the time of steps, each with the sizes of its packs."""
        return sum(
            self.per_step
            + sum(
                self.per_token * pack.tokens + self.per_token_pair * pack.cost + self.per_trained_token * pack.trained
                for pack in packs
            )
            for packs in steps
        )


def measure_speed(stage: TrainingStage, *, seed: int, kept: KeptActivations) -> TrainingSpeed | str:
    """Return the speed of a stage's steps on this machine, or why it is not measured.

    Args:
        stage: the stage; its config is the base model's, and its recipe names the device.
        seed: determines the random weights.
        kept: the activations that a step of the whole model keeps.

    Raises:
        InputError: the recipe's device or tuning does not work for the model.
    """
    settings = stage.settings
    if settings.tuning.method is TuningMethod.QLORA:
        return "The time is not measured: 4-bit weights cannot be made at random in a few seconds."
    whole = model_shape(stage.config, settings)
    config = few_layers(stage.config)
    few = model_shape(config, settings)
    limit = _MAX_PARAMETERS["cuda" if torch.cuda.is_available() and settings.device != "cpu" else "cpu"]
    num_weights = few.frozen + few.trained
    if num_weights > limit:
        return (
            f"The time is not measured: {few.num_layers} layers of the model have {num_weights:,} weights, too many to "
            "time in a few seconds."
        )
    share = few.num_layers / whole.num_layers
    some = KeptActivations(round(kept.num_layers * share), round(kept.num_mlps * share))
    student = build_random_student(config, settings, seed=seed, kept=some)
    student.model.train()
    return _timed(student, stage, few=few, whole=whole)


def few_layers(config: PreTrainedConfig) -> PreTrainedConfig:
    """Return the config of the model's text part with its first layers only: at least two, and one of each type."""
    text: Any = deepcopy(config.get_text_config())  # Any: configs are dynamic
    num_layers = int(text.num_hidden_layers)
    types = list(getattr(text, "layer_types", None) or ())
    kept = next((number for number in range(1, len(types)) if set(types[:number]) == set(types)), 1)
    kept = min(num_layers, max(2, kept))
    for name, value in vars(text).items():
        if isinstance(value, list | tuple) and len(value) == num_layers > kept:
            setattr(text, name, value[:kept])
    text.num_hidden_layers = kept
    shortened: PreTrainedConfig = text
    return shortened


def _timed(student: Student, stage: TrainingStage, *, few: ModelShape, whole: ModelShape) -> TrainingSpeed:
    longest = stage.settings.max_tokens
    short = min(_SHORT, longest)
    many = max(1, min(_MANY, short - 1))
    fewest = min(_FEW, many)

    def seconds_of(num_tokens: int, num_trained: int) -> float:
        return _fastest(lambda: _pass(student, stage, num_tokens, num_trained), student)

    _pass(student, stage, short, fewest)  # chooses kernels and allocates
    base, with_many = seconds_of(short, fewest), seconds_of(short, many)
    per_trained = max(0.0, with_many - base) / max(1, many - fewest)
    scale = whole.num_layers / few.num_layers
    short_seconds = max(0.0, base - per_trained * fewest)
    long = min(longest, _LONGEST, int(short * _LONG_SECONDS / max(base, 1e-9)))
    per_pair = 0.0
    if long > 2 * short:
        long_seconds = max(0.0, seconds_of(long, fewest) - per_trained * fewest)
        per_pair = max(0.0, (long_seconds / long - short_seconds / short) / (long - short))
    optimizer = build_optimizer(student.model, stage.settings, device=student.device)
    _pass(student, stage, short, fewest)
    optimizer.step()  # creates its state
    per_step = _fastest(optimizer.step, student) * whole.trained / max(1, few.trained)
    return TrainingSpeed(
        per_token=scale * max(0.0, short_seconds / short - per_pair * short),
        per_token_pair=scale * per_pair,
        per_trained_token=per_trained,
        per_step=per_step,
        layers=few.num_layers,
        timed_tokens=max(long, short) if per_pair else short,
    )


def _pass(student: Student, stage: TrainingStage, num_tokens: int, num_trained: int) -> None:
    """Run one pack of one row forward and backward."""
    ids_T = np.arange(num_tokens, dtype=np.int32) % min(_SHORT, student.model.config.get_text_config().vocab_size)
    row = TokenizedRow("timed", ids_T, np.arange(num_tokens) >= num_tokens - num_trained, 1.0)
    batch = collate([row], device=student.device)
    sums = pack_loss(student, batch, [1.0], z_loss=0.0, chunk_tokens=stage.settings.loss.chunk_tokens)
    torch.autograd.backward(sums.loss)


def _fastest(run: Callable[[], object], student: Student) -> float:
    seconds = []
    for _ in range(_TRIES):
        _wait(student)
        started = time.perf_counter()
        run()
        _wait(student)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _wait(student: Student) -> None:
    if student.device.type == "cuda":
        torch.cuda.synchronize(student.device)
