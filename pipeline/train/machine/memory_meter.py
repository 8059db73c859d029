"""The measured peak memory of a training: resident memory of the process on a CPU, torch's allocator on a GPU.

Takes a device. Returns bytes above the level at the start of the measurement. Used while a student is built and its
steps run. On Linux the kernel's high-water mark is reset first, so earlier work does not count; on other systems the
mark covers the whole life of the process.
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
    """Memory at the start: resident, or allocated on the GPU."""

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
    """Return the peak memory since the process started: resident on a CPU, allocated by torch on a GPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return _peak_since_start() / 2**30


def _resident_peak() -> int:
    if (_PROCESS / "status").exists():
        return _status_bytes("VmHWM")
    return _peak_since_start()


def _peak_since_start() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere


def _status_bytes(key: str) -> int:
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/self/status has no {key}")
