"""Writes metrics to `logs/metrics.jsonl` and sends the same numbers to the recipe's trackers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pipeline.io.files import write_text
from pipeline.io.full_disk import explained_full_disk
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.trackers import Trackers, start_trackers
from pipeline.train.run.metrics import METRICS_FILE, Metrics, event_of, whole_lines
from pipeline.train.run.training_run import TrainingRun


class MetricsSink(Protocol):
    """The destination of the loop's metrics."""

    def write(self, metrics: Metrics) -> None:
        """Write one record."""

    def flush_to_disk(self) -> None:
        """Flush the records to the disk, so that they survive a power cut."""


@contextmanager
def open_log(run: TrainingRun, *, resumed_step: int, earlier: Path | None, ranks: Ranks) -> Iterator[MetricsSink]:
    """Open the run's log in the first process, and a sink that writes nothing in the others.

    By the time the `with` block starts, the log file exists and every process can read it.

    Args:
        run: the run that the log belongs to.
        resumed_step: step of the checkpoint to resume from; 0 if there is none.
        earlier: the checkpoint's copy of the log; None without a checkpoint.
        ranks: the processes that train together.
    """
    if not ranks.is_first:
        ranks.wait()
        yield _NoLog()
        return
    trackers = start_trackers(run, resumed_step=resumed_step)
    with MetricsLog(run.logs, trackers, resumed_step=resumed_step, earlier=earlier) as log:
        ranks.wait()
        yield log


class MetricsLog:
    """Appends metrics to `metrics.jsonl` in one folder and passes the metrics on to the trackers."""

    def __init__(self, folder: Path, trackers: Trackers, *, resumed_step: int, earlier: Path | None) -> None:
        """Start the log with the records of the checkpoint's copy, or empty without a copy.

        Records that the resumed run will write again are left out. Anything already in `metrics.jsonl` is discarded.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / METRICS_FILE
        kept = [line for line in whole_lines(earlier) if _is_kept(line, resumed_step)] if earlier else []
        write_text(str(path), "".join(kept))
        self._path = str(path)
        self._file = path.open("a", encoding="utf-8")
        self._trackers = trackers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with explained_full_disk(self._path):
            self._file.close()
            self._trackers.finish()

    def write(self, metrics: Metrics) -> None:
        """Append one record, flush the file, and send the record to the trackers.

        Raises:
            DiskFullError: the record does not fit on the disk.
        """
        with explained_full_disk(self._path):
            self._file.write(json.dumps({"event": event_of(metrics), **asdict(metrics)}) + "\n")
            self._file.flush()
            self._trackers.log(metrics)

    def flush_to_disk(self) -> None:
        """Flush the log to the disk, so that after a power cut no checkpoint is newer than the log."""
        os.fsync(self._file.fileno())


class _NoLog:
    def write(self, metrics: Metrics) -> None:
        """Do nothing: the first process writes."""

    def flush_to_disk(self) -> None:
        """Do nothing: the first process flushes."""


def _is_kept(line: str, resumed_step: int) -> bool:
    values = json.loads(line)
    # A step's checkpoint is saved before the validation and the probes that follow the step, so a resumed run repeats
    # both.
    return int(values["step"]) <= resumed_step if values["event"] == "step" else int(values["step"]) < resumed_step
