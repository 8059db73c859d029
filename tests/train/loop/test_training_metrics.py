"""The metrics log: what is written, and what a resumed run keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from pipeline.errors import DamagedFileError
from pipeline.train.loop.metrics_log import MetricsLog
from pipeline.train.loop.trackers import Trackers
from pipeline.train.machine.memory_meter import peak_memory_gib
from pipeline.train.run.metrics import (
    METRICS_FILE,
    ProbeMetrics,
    RunMetrics,
    StepMetrics,
    ValidationMetrics,
    read_metrics,
)


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


LINES = """\
{"event": "validation", "step": 0, "stage": "main", "data": "sft", "loss": 2.5, "trained_tokens": 20, "seconds": 1.0, \
"documents": []}
{"event": "step", "step": 1, "stage": "main", "loss": 3.0, "learning_rate": 0.1, "grad_norm": 1.0, "tokens": 100, \
"trained_tokens": 10, "seconds": 2.0, "tokens_per_second": 50.0, "peak_memory_gib": 0.5}
{"event": "probe", "step": 1, "stage": "main", "length": 640, "depth": 0.5, "samples": 2, "hits": 1, \
"key_loss": 0.25, "seconds": 1.0}
"""


def test_log_is_one_object_a_line_with_the_event_first(tmp_path: Path) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _probe(1)):
            log.write(metrics)
            written = (tmp_path / METRICS_FILE).read_text(encoding="utf-8")
            assert written.endswith("}\n"), "flushed at once"
        log.flush_to_disk()
    assert (tmp_path / METRICS_FILE).read_text(encoding="utf-8") == LINES


@pytest.mark.parametrize(
    ("resumed_step", "kept"),
    [
        (0, RunMetrics((), (), ())),
        (1, RunMetrics((_step(1),), (_validation(0),), ())),
        (2, RunMetrics((_step(1), _step(2)), (_validation(0), _validation(1)), (_probe(1),))),
        (9, RunMetrics((_step(1), _step(2), _step(3)), (_validation(0), _validation(1), _validation(3)),
                       (_probe(1), _probe(3)))),
    ],
)  # fmt: skip
def test_resumed_log_keeps_steps_up_to_the_checkpoint_and_what_was_measured_before_it(
    tmp_path: Path, resumed_step: int, kept: RunMetrics
) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _validation(1), _probe(1), _step(2), _step(3), _validation(3),
                        _probe(3)):  # fmt: skip
            log.write(metrics)
    with _log(tmp_path, resumed_step=resumed_step):
        pass
    assert read_metrics(tmp_path) == kept


def test_run_without_a_checkpoint_starts_its_log_anew(tmp_path: Path) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        log.write(_step(1))
    with MetricsLog(tmp_path, Trackers([]), resumed_step=0, earlier=None) as log:
        log.write(_step(2))
    assert read_metrics(tmp_path) == RunMetrics((_step(2),), (), ())


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"step": 1}', '{"event": "walk", "step": 1}', '{"event": "step", "step": 1}']
)
def test_line_that_is_not_what_was_written_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    with _log(tmp_path, resumed_step=0) as log:
        log.write(_step(1))
    with (tmp_path / METRICS_FILE).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(DamagedFileError) as refused:
        read_metrics(tmp_path)
    assert refused.value.message == f"{tmp_path / METRICS_FILE} is damaged on line 2."
    assert refused.value.remedy == "Run the same finetune command again: it restores the log from the last checkpoint."


def test_folder_without_a_log_has_no_metrics(tmp_path: Path) -> None:
    assert read_metrics(tmp_path) == RunMetrics((), (), ())


def test_peak_memory_is_what_the_process_held_at_most() -> None:
    before = peak_memory_gib(torch.device("cpu"))
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        assert before == pytest.approx(int(line.split()[1]) / 2**20, rel=0.3)
    held = torch.ones(1 << 20)
    assert peak_memory_gib(torch.device("cpu")) >= before > 0.01 and held.numel() == 1 << 20
