"""The metrics log: what is written, and what a resumed run keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.train.metrics import (
    METRICS_FILE,
    ProbeMetrics,
    RunMetrics,
    StepMetrics,
    ValidationMetrics,
    read_metrics,
)
from pipeline.train.metrics_log import MetricsLog
from pipeline.train.trackers import Trackers


def _step(step: int) -> StepMetrics:
    return StepMetrics(
        step=step,
        stage="main",
        loss=3.0 / step,
        learning_rate=0.1,
        grad_norm=1.0,
        tokens=100,
        trained_tokens=10,
        seconds=2.0,
        tokens_per_second=50.0,
        peak_memory_gib=0.5,
    )


def _validation(step: int) -> ValidationMetrics:
    return ValidationMetrics(step=step, stage="main", data="sft", loss=2.5, trained_tokens=20, seconds=1.0)


def _probe(step: int) -> ProbeMetrics:
    return ProbeMetrics(step=step, stage="main", length=640, depth=0.5, samples=2, hits=1, key_loss=0.25, seconds=1.0)


def _log(folder: Path, *, resumed_step: int) -> MetricsLog:
    """Resumed from a checkpoint that holds the log as it is."""
    earlier = folder / "of the checkpoint"
    if (folder / METRICS_FILE).is_file():
        shutil.copyfile(folder / METRICS_FILE, earlier)
    return MetricsLog(folder, Trackers([]), resumed_step=resumed_step, earlier=earlier)


def test_metrics_read_back_as_written(tmp_path: Path) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _step(2), _validation(2), _probe(2)):
            log.write(metrics)
    assert read_metrics(tmp_path) == RunMetrics((_step(1), _step(2)), (_validation(0), _validation(2)), (_probe(2),))


def test_resumed_log_drops_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _step(2), _validation(2), _probe(2), _step(3)):
            log.write(metrics)
    # What is measured after the step that was saved is measured again by the resumed run.
    with _log(tmp_path, resumed_step=2) as log:
        log.write(_validation(2))
    assert read_metrics(tmp_path) == RunMetrics((_step(1), _step(2)), (_validation(0), _validation(2)), ())


def test_line_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        log.write(_step(1))
    with (tmp_path / METRICS_FILE).open("a") as file:
        file.write('{"event": "step", "step": 2, "lo')
    assert read_metrics(tmp_path) == RunMetrics((_step(1),), (), ())
    with _log(tmp_path, resumed_step=1) as log:
        log.write(_step(2))
    assert read_metrics(tmp_path) == RunMetrics((_step(1), _step(2)), (), ())
