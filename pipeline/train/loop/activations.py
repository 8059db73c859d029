"""Chooses the activations that a training run keeps, from its recipe, its last checkpoint and the free memory."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from pipeline.train.layers.kept import KeptActivations
from pipeline.train.loop.checkpoint import read_state
from pipeline.train.machine.device import resolve_device
from pipeline.train.machine.memory import this_machine
from pipeline.train.machine.torchrun import launched_process
from pipeline.train.memory.activations import choose_activations
from pipeline.train.memory.shapes import model_shape
from pipeline.train.run.stages import longest_stage
from pipeline.train.run.training_run import TrainingRun

logger = logging.getLogger(__name__)


def choose_run_activations(run: TrainingRun, *, resumes_from: Path | None) -> KeptActivations:
    """Return which activations every step of a run keeps, and log why. The longest stage decides.

    One process calls this for all, before the model is loaded.

    Args:
        run: the run.
        resumes_from: the checkpoint that the run resumes from; None for a new run.

    Raises:
        InputError: the recipe's device is missing here, or its `tuning` does not fit the model.
    """
    stage = longest_stage(run.stages)
    machine = this_machine(resolve_device(run.settings.device, setting="finetune.device"))
    choice = choose_activations(
        model_shape(stage.config, stage.settings),
        stage.settings,
        device=machine.device,
        processes=launched_process(os.environ).world_size,
        free_bytes=machine.free_bytes,
        saved=read_state(resumes_from).activations if resumes_from else None,
    )
    logger.info("Memory: %s.", choice.described)
    return choice.kept
