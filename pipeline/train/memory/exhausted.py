"""Explains an out-of-memory error in training: where it happened, what was predicted, and what to change first.

`explain_out_of_memory` wraps a block that allocates memory, and turns torch's error into a `TrainingError`. Used around
loading, training steps and validation; evaluation uses only `is_out_of_memory`. It costs nothing until memory runs out.
The explanation then takes up to a few seconds, because it builds the model on torch's meta device, once for the
recipe's `tuning` and once for each `tuning` that a remedy tries.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import TrainingError
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.machine.memory import GIB, process_bytes, this_machine
from pipeline.train.machine.torchrun import launched_process
from pipeline.train.memory.process import Division, predict_process_memory
from pipeline.train.memory.remedies import Remedy, remedies
from pipeline.train.memory.shapes import shapes_of
from pipeline.train.rope.scaled_config import scaled_config

_OTHER_MESSAGES = (
    "can't allocate memory",  # torch's allocator on a CPU
    "not enough memory",  # the same, on systems other than Linux
    "CUDA error: out of memory",  # pinned host memory
    "ALLOC_FAILED",  # cuBLAS
)
"""Parts of the messages of out-of-memory errors that torch raises as a plain RuntimeError."""


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
    kept: KeptActivations | None = None,
) -> Iterator[None]:
    """Explain an out-of-memory error raised inside the block.

    Args:
        doing: what the block does or when it runs, such as `loading the model` or `in step 7`; shown after "Out of
            memory".
        settings: the stage's settings.
        base_model: reference of the base model.
        num_tokens: tokens in the longest pack of the block.
        device: device of the computation.
        shards: number of processes that divide the weights.
        slices: number of processes that divide a pack.
        kept: the activations that the block keeps; None means what the settings say, and nothing if they say `auto`.

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
            shape_of(settings), settings, num_tokens=num_tokens, shards=shards, slices=slices, kept=kept
        )
        process = launched_process(os.environ)
        available = process_bytes(machine, local_processes=process.local_world_size)
        known = remedies(
            settings,
            shape_of,
            device=machine.device,
            process_bytes=available,
            division=Division(processes=process.world_size, shards=shards, slices=slices),
            pinned_bytes=process_bytes(this_machine("cpu"), local_processes=process.local_world_size),
            kept=kept,
        )
        raise TrainingError(
            f"Out of memory {doing}: a pack of {num_tokens:,} tokens is predicted to need "
            f"{predicted.peak_bytes / GIB:.2f} GiB, and {machine.name} has {available / GIB:.2f} GiB for tensors.",
            remedy=f"Try {advice(known, available)}; pipeline finetune --plan predicts what each setting saves.",
        ) from error


def advice(known: Sequence[Remedy], available: int) -> str:
    """Return the remedies up to the first one with which training fits; if none is enough, advise shorter packs too.

    Args:
        known: remedies; each one is applied on top of those before it.
        available: bytes that a process has for tensors.
    """
    advised = []
    for remedy in known:
        advised.append(f"--set {remedy.setting} ({remedy.effect})")
        if remedy.peak_bytes <= available:
            return " ".join(advised)
    return " ".join(["a smaller finetune.max_tokens", *(["with"] if advised else []), *advised])


def is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """Return whether an error says that torch or Python could not allocate memory, on a GPU or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(part in str(error) for part in _OTHER_MESSAGES)
