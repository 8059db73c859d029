"""Compares the predicted memory of a finished training run with the measured memory.

Takes a run's settings, its steps and a memory meter. Returns a `MemoryRecord` for `training.json` and the report.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.train.layers.kept import KeptActivations
from pipeline.train.machine.memory import GIB
from pipeline.train.machine.memory_meter import MemoryMeter
from pipeline.train.memory.process import predict_process_memory
from pipeline.train.memory.shapes import model_shape
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.record import MemoryRecord, MemoryTerm
from pipeline.train.run.training_run import TrainingRun


def compare_memory(
    run: TrainingRun,
    *,
    steps: Sequence[StepMetrics],
    meter: MemoryMeter,
    shards: int,
    slices: int,
    kept: KeptActivations,
) -> MemoryRecord:
    """Predict the memory for the longest pack that the steps can have contained, and read the meter.

    Args:
        run: the training run, of one stage.
        steps: steps of the run, at least one.
        meter: a meter started before the student (the model in training) was built.
        shards: number of processes that divided the weights.
        slices: number of processes that divided each pack.
        kept: the activations that each step kept.
    """
    # A step only records the sum of its packs' tokens. No pack has more tokens than the recipe allows.
    pack_tokens = min(run.settings.max_tokens, max(step.tokens for step in steps))
    shape = model_shape(run.stages[0].config, run.settings)
    settings = run.settings.model_copy(update={"device": meter.device.type})
    prediction = predict_process_memory(
        shape, settings, num_tokens=pack_tokens, shards=shards, slices=slices, kept=kept
    )
    moment = prediction.peak_moment
    return MemoryRecord(
        pack_tokens=pack_tokens,
        predicted_gib=round(prediction.peak_bytes / GIB, 4),
        measured_gib=round(meter.peak_bytes() / GIB, 4),
        peak_moment=moment.value,
        terms=tuple(
            MemoryTerm(term.name, round(term.num_bytes / GIB, 4), moment in term.moments) for term in prediction.terms
        ),
        kept_layers=kept.num_layers,
        kept_mlps=kept.num_mlps,
    )
