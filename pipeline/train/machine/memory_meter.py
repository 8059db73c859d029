"""The most memory a training used, measured: resident memory of the process on a CPU, torch's allocator on a GPU.

In: a device. Out: bytes over what was there when the measurement began. Used around the building of a student and its
steps. On Linux the kernel's high-water mark is reset first, so that what ran before does not count; elsewhere it is
the process's own mark.
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
    """A measurement under way."""

    device: torch.device
    baseline_bytes: int
    """Before: resident, or allocated on the GPU."""

    def peak_bytes(self) -> int:
        """The most since the start, over the baseline."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) - self.baseline_bytes
        return _resident_peak() - self.baseline_bytes


def start_meter(device: torch.device) -> MemoryMeter:
    """Begin a measurement."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return MemoryMeter(device, torch.cuda.memory_allocated(device))
    if (_PROCESS / "clear_refs").exists():
        (_PROCESS / "clear_refs").write_text(_RESET_HIGH_WATER)
        return MemoryMeter(device, _status_bytes("VmRSS"))
    return MemoryMeter(device, _resident_peak())


def peak_memory_gib(device: torch.device) -> float:
    """Return the most memory used since the process started: resident on a CPU, allocated by torch on a GPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return _peak_since_start() / 2**30


def _resident_peak() -> int:
    if (_PROCESS / "status").exists():
        return _status_bytes("VmHWM")
    return _peak_since_start()


def _peak_since_start() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes there, KiB elsewhere


def _status_bytes(key: str) -> int:
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/self/status has no {key}")
