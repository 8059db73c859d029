"""Measures the peak memory of training: resident memory of the process on a CPU, memory allocated by torch on a GPU.

Takes a device. `start_meter` returns a meter, which reports the peak above the level at its start. Used while a student
(the model in training) is built and trained. On Linux, the kernel's high-water mark is reset first, so earlier work
does not count; on other systems, the mark covers the process's whole life.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

_PROCESS = Path("/proc/self")
_RESET_HIGH_WATER = "5"


@dataclass(frozen=True, slots=True)
class MemoryMeter:
    """A measurement in progress."""

    device: torch.device
    baseline_bytes: int
    """Memory at the start: resident (without `/proc`, the peak so far), or allocated on the GPU."""

    def peak_bytes(self) -> int:
        """Return the peak since the start, minus the baseline."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) - self.baseline_bytes
        return _resident_peak() - self.baseline_bytes


def start_meter(device: torch.device) -> MemoryMeter:
    """Start a measurement and return it."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return MemoryMeter(device, torch.cuda.memory_allocated(device))
    if (_PROCESS / "clear_refs").exists():
        (_PROCESS / "clear_refs").write_text(_RESET_HIGH_WATER)
        return MemoryMeter(device, _status_bytes("VmRSS"))
    return MemoryMeter(device, _resident_peak())


def peak_memory_gib(device: torch.device) -> float:
    """Return the peak memory of the process: resident on a CPU, allocated by torch on a GPU.

    The peak counts from the last `start_meter`. Without one, or on a CPU without `/proc`, it counts from the start of
    the process.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return _reported_peak() / 2**30


def _resident_peak() -> int:
    if (_PROCESS / "status").exists():
        return _status_bytes("VmHWM")
    return _reported_peak()


def _reported_peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere


def _status_bytes(key: str) -> int:
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/self/status has no {key}")
