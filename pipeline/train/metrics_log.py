"""Writes metrics to `logs/metrics.jsonl` and, the same numbers, to TensorBoard event files beside it."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from torch.utils.tensorboard import SummaryWriter

from pipeline.train.metrics import METRICS_FILE, StepMetrics, ValidationMetrics, whole_lines


class MetricsLog:
    """Appends metrics to `metrics.jsonl` and TensorBoard files of one folder."""

    def __init__(self, folder: Path, *, resumed_step: int) -> None:
        """Open the log and drop what an interrupted run measured after the checkpoint that is resumed."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / METRICS_FILE
        kept = [line for line in whole_lines(path) if _is_kept(line, resumed_step)]
        path.write_text("".join(kept), encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder), purge_step=resumed_step + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()

    def write(self, metrics: StepMetrics | ValidationMetrics) -> None:
        """Append one record and flush it."""
        event = "step" if isinstance(metrics, StepMetrics) else "validation"
        values = asdict(metrics)
        self._file.write(json.dumps({"event": event, **values}) + "\n")
        self._file.flush()
        for name, value in values.items():
            if name != "step":
                self._board.add_scalar(f"{event}/{name}", value, metrics.step)
        self._board.flush()


def peak_memory_gib(device: torch.device) -> float:
    """Most memory used so far: resident on a CPU, allocated by torch on a GPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)  # bytes there, KiB elsewhere


def _is_kept(line: str, resumed_step: int) -> bool:
    values = json.loads(line)
    # A checkpoint is written before its step is validated, so that validation is done again.
    return int(values["step"]) <= resumed_step if values["event"] == "step" else int(values["step"]) < resumed_step
