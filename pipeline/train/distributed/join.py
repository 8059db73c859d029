"""From torchrun's environment to `Ranks`: gloo between CPUs, NCCL between GPUs.

A torchrun of one process, and none at all, is `OneRank`. Collective calls wait up to `_PATIENCE`, since the first
process exports while the others wait; that a process has died is noticed by torchrun, which ends the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from transformers.utils.logging import disable_progress_bar

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError
from pipeline.train.device import resolve_device
from pipeline.train.distributed.environment import launched_process
from pipeline.train.distributed.process_ranks import ProcessRanks
from pipeline.train.distributed.strategy import check_slices
from pipeline.train.ranks import OneRank, Ranks

_PATIENCE = timedelta(hours=4)


@contextmanager
def join_ranks(recipe: FinetuneRecipe) -> Iterator[Ranks]:
    """Meet the other processes, and leave them when the block ends well.

    Raises:
        InputError: `sequence_parallel` does not divide the number of processes, or there are more of them on this
            machine than GPUs.
    """
    process = launched_process(os.environ)
    degree = recipe.distributed.sequence_parallel
    check_slices(degree, process.world_size)
    if process.world_size == 1:
        yield OneRank()
        return
    device = torch.device(resolve_device(recipe.device, setting="finetune.device"))
    if device.type == "cuda":
        if process.local_world_size > torch.cuda.device_count():
            raise InputError(
                f"{process.local_world_size} processes on a machine with {torch.cuda.device_count()} GPUs.",
                remedy="Start one process a GPU: torchrun --nproc-per-node gpu",
            )
        torch.cuda.set_device(process.local_rank)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    if not process.is_first:
        disable_progress_bar()
    dist.init_process_group(backend, timeout=_PATIENCE)
    yield ProcessRanks(process, degree=degree, patience=_PATIENCE)
    # After an error the others may be anywhere; waiting for them here would hide it.
    dist.destroy_process_group()
