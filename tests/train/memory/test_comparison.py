"""Predicted beside measured memory of a finished training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_student import small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.machine.memory_meter import MemoryMeter, start_meter
from pipeline.train.memory.comparison import compare_memory
from pipeline.train.memory.process import predict_process_memory
from pipeline.train.memory.shapes import model_shape
from pipeline.train.rope.scaled_config import scaled_config
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.record import MemoryRecord, MemoryTerm
from pipeline.train.run.training_run import TrainingRun, open_run


class Metered(MemoryMeter):
    """A meter that read 3.125 GiB."""

    def peak_bytes(self) -> int:
        return 3 * 2**30 + 2**27


METER = Metered(torch.device("cpu"), 0)
KEPT = KeptActivations(num_layers=1, num_mlps=0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    root = tmp_path_factory.mktemp("comparison")
    model, build = write_small_model(root / "base"), write_small_build(root / "build")
    return open_run(small_recipe(model), data=build, base_model=model, output=str(root / "out"), start=Start.RESUME)


def _steps(*tokens: int) -> list[StepMetrics]:
    return [StepMetrics(n, "main", 1.0, 0.1, 1.0, count, 1, 1.0, 1.0, 1.0) for n, count in enumerate(tokens, 1)]


@pytest.mark.parametrize(
    ("tokens", "shards", "slices", "pack_tokens"),
    [((90, 500, 300), 1, 1, 500), ((90, 640), 1, 1, 640), ((90, 1900, 641), 1, 1, 640), ((500,), 2, 3, 500)],
)
def test_memory_is_predicted_for_the_longest_pack_and_read_off_the_meter(
    run: TrainingRun, tokens: tuple[int, ...], shards: int, slices: int, pack_tokens: int
) -> None:
    found = compare_memory(run, steps=_steps(*tokens), meter=METER, shards=shards, slices=slices, kept=KEPT)
    shape = model_shape(scaled_config(run.base_model, run.settings.rope), run.settings)
    predicted = predict_process_memory(
        shape, run.settings, num_tokens=pack_tokens, shards=shards, slices=slices, kept=KEPT
    )
    peak = predicted.peak_moment
    gib = 2**30
    assert found == MemoryRecord(
        pack_tokens=pack_tokens,
        predicted_gib=round(predicted.peak_bytes / gib, 4),
        measured_gib=3.125,
        peak_moment=peak.value,
        terms=tuple(
            MemoryTerm(term.name, round(term.num_bytes / gib, 4), peak in term.moments) for term in predicted.terms
        ),
        kept_layers=1,
        kept_mlps=0,
    )
    assert sum(term.at_peak for term in found.terms) > 2 < len(found.terms)


def test_prediction_is_for_the_device_that_was_measured(run: TrainingRun) -> None:
    large = replace(run, settings=run.settings.model_copy(update={"max_tokens": 10**7, "dtype": "bfloat16"}))
    on_gpu = Metered(torch.device("cuda"), 0)
    cpu, cuda = (
        compare_memory(large, steps=_steps(10**7), meter=m, shards=1, slices=1, kept=KEPT) for m in (METER, on_gpu)
    )
    assert cpu.predicted_gib != cuda.predicted_gib
    assert cpu.measured_gib == cuda.measured_gib == 3.125


def test_meter_counts_over_what_was_there_before(tmp_path: Path) -> None:
    meter = start_meter(torch.device("cpu"))
    assert meter.baseline_bytes > 2**26
    assert 0 <= meter.peak_bytes() < 2**28
    shifted = MemoryMeter(torch.device("cpu"), meter.baseline_bytes - 2**30)
    assert shifted.peak_bytes() >= 2**30
