"""Finds out how much memory a machine has for training, and makes the allocator return freed tensors to the system.

Takes the recipe's device. Returns a `Machine`. Used by `finetune --plan`, to divide a training run among processes, to
explain out-of-memory errors, and before training on a CPU (`return_freed_tensors`).
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import torch

GIB = 2**30
_RESERVED_BYTES = {"cuda": int(1.5 * GIB), "cpu": int(0.75 * GIB)}
"""Memory that tensors cannot use. On a GPU, it holds the CUDA context, library workspaces and gaps between blocks; on
the host, it holds the interpreter with torch and transformers."""


@dataclass(frozen=True, slots=True)
class _GroupFiles:
    """Where a version of control groups shows a group's memory; paths are relative to the system's root."""

    limit: str
    used: str
    statistics: str
    cached_key: str
    """Key in the statistics of the memory that caches files and can be freed."""


_CONTROL_GROUPS = (
    _GroupFiles(
        "sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "inactive_file"
    ),
    _GroupFiles(
        "sys/fs/cgroup/memory/memory.limit_in_bytes",
        "sys/fs/cgroup/memory/memory.usage_in_bytes",
        "sys/fs/cgroup/memory/memory.stat",
        "total_inactive_file",
    ),
)
_CONTROL_GROUP_LIMITS = tuple(Path("/", group.limit) for group in _CONTROL_GROUPS)
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""`M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` in glibc's malloc.h. If a program sets either one, glibc no longer raises
them by itself."""
_MAPPED_FROM_BYTES = 1 << 20
_KEPT_AT_TOP_BYTES = 64 << 20
_MAX_MAPPED_FROM_BYTES = 32 << 20
_MAX_KEPT_AT_TOP_BYTES = (1 << 31) - 1
"""The largest values that `mallopt` accepts."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine to train on."""

    device: str
    """`cpu` or `cuda`."""
    name: str
    memory_bytes: int
    """Memory of one GPU, or of the host."""
    reserved_bytes: int
    """The part of `memory_bytes` that tensors cannot use: once per GPU, or once per process on the host."""
    free_bytes: int | None = field(default=None, compare=False)
    """Memory that new tensors can take now, beside all other programs; None if it is unknown."""


def process_bytes(machine: Machine, *, local_processes: int) -> int:
    """Return the memory that each process has for tensors: a whole GPU, or an equal share of the host's memory."""
    share = machine.memory_bytes // (local_processes if machine.device == "cpu" else 1)
    return max(0, share - machine.reserved_bytes)


def given_machine(device: str, memory_gib: float) -> Machine:
    """Return a machine with the given device and memory, whatever this machine has."""
    memory_bytes, reserved_bytes = int(memory_gib * GIB), _RESERVED_BYTES[device]
    return Machine(
        device,
        f"{device}, as given",
        memory_bytes,
        reserved_bytes,
        free_bytes=max(0, memory_bytes - reserved_bytes),
    )


def this_machine(device: str) -> Machine:
    """Return this machine. If it trains on GPUs, the memory is the smallest GPU's, because all GPUs get an equal part.

    Args:
        device: the resolved device: `cpu`, `cuda` or `cuda:N`.
    """
    kind = device.partition(":")[0]
    if kind == "cuda":
        gpus = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        smallest = min(gpus, key=lambda properties: properties.total_memory)
        name = f"{len(gpus)} × {smallest.name}"
        return Machine(kind, name, smallest.total_memory, _RESERVED_BYTES[kind])
    return Machine(kind, "this host's memory", _host_bytes(), _RESERVED_BYTES[kind], free_bytes=free_host_bytes())


def free_host_bytes(*, system: Path = Path("/")) -> int | None:
    """Return how much memory new tensors can take on this host without swapping; None if the system does not say.

    Memory that only caches files counts as free. Inside a control group with a limit, the group's own free memory
    counts if it is less.

    Args:
        system: root of the file system that describes the host.
    """
    try:
        lines = (system / "proc/meminfo").read_text().splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    return min([available, *(left for files in _CONTROL_GROUPS if (left := _free_in_group(system, files)) is not None)])


def _free_in_group(system: Path, files: _GroupFiles) -> int | None:
    try:
        limit, used = ((system / path).read_text().strip() for path in (files.limit, files.used))
        statistics = dict(line.split() for line in (system / files.statistics).read_text().splitlines())
    except OSError:
        return None
    if not limit.isdigit():  # `max`: no limit
        return None
    return max(0, int(limit) - int(used) + int(statistics.get(files.cached_key, 0)))


def return_freed_tensors() -> bool:
    """Make glibc return freed tensors to the system.

    glibc gives each large block a memory mapping of its own. When such a block is freed, glibc raises the smallest size
    that gets a mapping, up to 32 MiB. From then on, layer inputs and temporaries share one heap and leave holes in it.
    Measured with the embedded model, packs of 2,048 tokens, second step: 1,349 to 1,367 MiB resident without this call,
    1,146 MiB with it; tensors hold 997 MiB.

    Returns:
        Whether the allocator accepted both thresholds; False if it is not glibc's.
    """
    return _set_thresholds(mapped_from_bytes=_MAPPED_FROM_BYTES, kept_at_top_bytes=_KEPT_AT_TOP_BYTES)


def reuse_freed_tensors() -> bool:
    """Make glibc keep freed tensors of up to 32 MiB for the next ones, for a run whose memory is plentiful.

    A tensor with a memory mapping of its own gets fresh pages, and the system must clear each of them. Measured with
    the embedded model, a step of 2,048 tokens, every layer recomputed, one thread: 12.7 CPU seconds and 1.6 million
    fresh pages after `return_freed_tensors`, 10.9 seconds and 0.13 million pages after this. The peak was 0.49 and
    0.61 GiB.

    Returns:
        Whether the allocator accepted both thresholds; False if it is not glibc's.
    """
    return _set_thresholds(mapped_from_bytes=_MAX_MAPPED_FROM_BYTES, kept_at_top_bytes=_MAX_KEPT_AT_TOP_BYTES)


def _set_thresholds(*, mapped_from_bytes: int, kept_at_top_bytes: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl
        return False
    return bool(mallopt(_MMAP_THRESHOLD, mapped_from_bytes) and mallopt(_TRIM_THRESHOLD, kept_at_top_bytes))


def _host_bytes() -> int:
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [path.read_text().strip() for path in _CONTROL_GROUP_LIMITS if path.is_file()]
    return min([installed, *(int(limit) for limit in limits if limit.isdigit())])
