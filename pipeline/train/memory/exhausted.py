"""Explain an out-of-memory error of a training: where it happened, what was predicted, and what to change first.

In: a block that allocates, and what it computes on. Out: torch's error as a `TrainingError`. Used around loading, steps
and measurements. Costs nothing until memory runs out; then about a second, on the meta device.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import TrainingError
from pipeline.train.machine.memory import GIB, process_bytes, this_machine
from pipeline.train.machine.torchrun import launched_process
from pipeline.train.memory.process import Division, predict_process_memory
from pipeline.train.memory.remedies import Remedy, remedies
from pipeline.train.memory.shapes import shapes_of
from pipeline.train.rope.scaled_config import scaled_config

_OTHER_WORDS = (
    "can't allocate memory",  # torch's allocator on a CPU
    "not enough memory",  # the same, on systems other than Linux
    "CUDA error: out of memory",  # pinned host memory
    "ALLOC_FAILED",  # cuBLAS
)
"""Texts of out-of-memory errors that torch raises as a plain RuntimeError."""


@contextmanager
def explain_out_of_memory(
    doing: str,
    settings: FinetuneRecipe,
    *,
    base_model: str,
    num_tokens: int,
    device: torch.device,
    shards: int,
    slices: int,
) -> Iterator[None]:
    """Explain an out-of-memory error raised inside the block.

    Args:
        doing: what the block does, shown after "Out of memory".
        settings: settings of the stage.
        base_model: reference of the model that trains.
        num_tokens: tokens of the longest pack in the block.
        device: device of the computation.
        shards: processes that divide the weights.
        slices: processes that divide a pack.

    Raises:
        TrainingError: the block ran out of memory.
    """
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        shape_of = shapes_of(scaled_config(base_model, settings.rope))
        machine = this_machine(device.type)
        settings = settings.model_copy(update={"device": machine.device})
        predicted = predict_process_memory(
            shape_of(settings), settings, num_tokens=num_tokens, shards=shards, slices=slices
        )
        process = launched_process(os.environ)
        available = process_bytes(machine, local_processes=process.local_world_size)
        found = remedies(
            settings,
            shape_of,
            device=machine.device,
            process_bytes=available,
            division=Division(processes=process.world_size, shards=shards, slices=slices),
            pinned_bytes=process_bytes(this_machine("cpu"), local_processes=process.local_world_size),
        )
        raise TrainingError(
            f"Out of memory {doing}: a pack of {num_tokens:,} tokens is predicted to need "
            f"{predicted.peak_bytes / GIB:.2f} GiB, and {machine.name} has {available / GIB:.2f} GiB for tensors.",
            remedy=f"Try {advice(found, available)}; pipeline finetune --plan predicts what each setting saves.",
        ) from error


def advice(found: Sequence[Remedy], available: int) -> str:
    """Return the remedies up to the first that makes the training fit. Each builds on those before it."""
    wanted = []
    for remedy in found:
        wanted.append(f"--set {remedy.setting} ({remedy.effect})")
        if remedy.peak_bytes <= available:
            return " ".join(wanted)
    return " ".join(["a smaller finetune.max_tokens", *(["with"] if wanted else []), *wanted])


def is_out_of_memory(error: RuntimeError) -> bool:
    """Return whether torch could not allocate memory, on a GPU or on the host."""
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in _OTHER_WORDS)
