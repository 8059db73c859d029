"""The metrics log: what is written, and what a resumed run keeps."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.train.metrics import METRICS_FILE, StepMetrics, ValidationMetrics, read_metrics
from pipeline.train.metrics_log import MetricsLog


def _step(step: int) -> StepMetrics:
    return StepMetrics(
        step=step,
        loss=3.0 / step,
        learning_rate=0.1,
        grad_norm=1.0,
        tokens=100,
        answer_tokens=10,
        seconds=2.0,
        tokens_per_second=50.0,
        peak_memory_gib=0.5,
    )


def _validation(step: int) -> ValidationMetrics:
    return ValidationMetrics(step=step, loss=2.5, answer_tokens=20, seconds=1.0)


def test_metrics_read_back_as_written_and_stand_in_tensorboard(tmp_path: Path) -> None:
    with MetricsLog(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _step(2), _validation(2)):
            log.write(metrics)
    assert read_metrics(tmp_path) == ([_step(1), _step(2)], [_validation(0), _validation(2)])
    board = EventAccumulator(str(tmp_path)).Reload()
    assert [(event.step, round(event.value, 6)) for event in board.Scalars("step/loss")] == [(1, 3.0), (2, 1.5)]
    assert [event.step for event in board.Scalars("validation/loss")] == [0, 2]


def test_resumed_log_drops_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    with MetricsLog(tmp_path, resumed_step=0) as log:
        for metrics in (_validation(0), _step(1), _step(2), _validation(2), _step(3)):
            log.write(metrics)
    # The step's validation is measured again by the resumed run.
    with MetricsLog(tmp_path, resumed_step=2) as log:
        log.write(_validation(2))
    assert read_metrics(tmp_path) == ([_step(1), _step(2)], [_validation(0), _validation(2)])


def test_line_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    with MetricsLog(tmp_path, resumed_step=0) as log:
        log.write(_step(1))
    with (tmp_path / METRICS_FILE).open("a") as file:
        file.write('{"event": "step", "step": 2, "lo')
    assert read_metrics(tmp_path) == ([_step(1)], [])
    with MetricsLog(tmp_path, resumed_step=1) as log:
        log.write(_step(2))
    assert read_metrics(tmp_path) == ([_step(1), _step(2)], [])
