"""Chooses the number of CPU threads of a training run from its recipe, its last checkpoint and measured speed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import torch

from pipeline.train.loop.checkpoint import read_state
from pipeline.train.machine.device import resolve_device
from pipeline.train.machine.threads import available_threads, measure_step, threads_of_run
from pipeline.train.machine.torchrun import launched_process
from pipeline.train.run.training_run import TrainingRun

logger = logging.getLogger(__name__)


def choose_run_threads(run: TrainingRun, *, resumes_from: Path | None) -> int:
    """Return how many CPU threads each process gets, and log why.

    On a GPU, the number stays as it is unless the recipe gives one. One process calls this for all.

    Args:
        run: the run.
        resumes_from: the checkpoint that the run resumes from; None for a new run.
    """
    settings = run.settings
    if settings.threads is None and resolve_device(settings.device, setting="finetune.device") != "cpu":
        return torch.get_num_threads()
    choice = threads_of_run(
        fixed=settings.threads,
        saved=read_state(resumes_from).threads if resumes_from else None,
        limit=available_threads(processes=launched_process(os.environ).local_world_size),
        measure=measure_step(getattr(torch, settings.dtype)),
    )
    logger.info("Training with %s.", choice.described)
    if choice.warning:
        logger.warning(choice.warning)
    return choice.threads
