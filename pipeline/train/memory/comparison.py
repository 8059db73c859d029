"""Compare the predicted memory of a finished training with the measured memory.

In: a run's settings, its steps, a meter. Out: a `MemoryRecord` for `training.json` and the report.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.train.machine.memory import GIB
from pipeline.train.machine.memory_meter import MemoryMeter
from pipeline.train.memory.process import predict_process_memory
from pipeline.train.memory.shapes import model_shape
from pipeline.train.rope.scaled_config import scaled_config
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.record import MemoryRecord, MemoryTerm
from pipeline.train.run.training_run import TrainingRun


def compare_memory(
    run: TrainingRun, *, steps: Sequence[StepMetrics], meter: MemoryMeter, shards: int, slices: int
) -> MemoryRecord:
    """Predict memory for the longest pack trained on, and read the meter.

    Args:
        run: settings and base model.
        steps: steps of the run, at least one.
        meter: a meter started before the student was built.
        shards: processes that divided the weights.
        slices: processes that divided each pack.
    """
    # A step's tokens are the sum over its packs. No pack is longer than the recipe's length.
    pack_tokens = min(run.settings.max_tokens, max(step.tokens for step in steps))
    shape = model_shape(scaled_config(run.base_model, run.settings.rope), run.settings)
    settings = run.settings.model_copy(update={"device": meter.device.type})
    prediction = predict_process_memory(shape, settings, num_tokens=pack_tokens, shards=shards, slices=slices)
    moment = prediction.peak_moment
    return MemoryRecord(
        pack_tokens=pack_tokens,
        predicted_gib=round(prediction.peak_bytes / GIB, 4),
        measured_gib=round(meter.peak_bytes() / GIB, 4),
        peak_moment=moment.value,
        terms=tuple(
            MemoryTerm(term.name, round(term.num_bytes / GIB, 4), moment in term.moments) for term in prediction.terms
        ),
    )
