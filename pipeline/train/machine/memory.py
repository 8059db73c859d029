"""The memory that a machine has for a training, and allocator settings that return freed tensors to the system.

Takes the recipe's device. Returns a `Machine`. Used by `finetune --plan` and where processes divide a training.
Allocates nothing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

GIB = 2**30
_RESERVED_BYTES = {"cuda": int(1.5 * GIB), "cpu": int(0.75 * GIB)}
"""Memory not available to tensors. On CUDA: its context, library workspaces and gaps between blocks. On the host: the
interpreter with torch and transformers."""
_CONTROL_GROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""`M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` in glibc's malloc.h; setting either also stops glibc from raising them."""
_MAPPED_FROM_BYTES = 1 << 20
_KEPT_AT_TOP_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that a training can run on."""

    device: str
    """`cpu` or `cuda`."""
    name: str
    memory_bytes: int
    """Memory of one GPU, or of the host."""
    reserved_bytes: int
    """Part of that memory that tensors cannot use."""


def process_bytes(machine: Machine, *, local_processes: int) -> int:
    """Return the memory for the tensors of each process: on its own GPU, or in its share of the host."""
    own = machine.memory_bytes // (local_processes if machine.device == "cpu" else 1)
    return max(0, own - machine.reserved_bytes)


def given_machine(device: str, memory_gib: float) -> Machine:
    """Return a machine with the given device and memory, not this one."""
    return Machine(device, f"{device}, as given", int(memory_gib * GIB), _RESERVED_BYTES[device])


def this_machine(device: str) -> Machine:
    """Return this machine; its memory is that of the smallest GPU, since each GPU holds a replica.

    Args:
        device: resolved device: `cpu`, `cuda` or `cuda:N`.
    """
    kind = device.partition(":")[0]
    if kind == "cuda":
        found = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        smallest = min(found, key=lambda properties: properties.total_memory)
        name = f"{len(found)} × {smallest.name}"
        return Machine(kind, name, smallest.total_memory, _RESERVED_BYTES[kind])
    return Machine(kind, "this host's memory", _host_bytes(), _RESERVED_BYTES[kind])


def return_freed_tensors() -> bool:
    """Make glibc return freed tensors to the system; return whether the allocator accepts the two thresholds.

    glibc gives large blocks their own mapping. When such blocks are freed, it raises the size limit for this, up to
    32 MiB. Layer inputs and temporaries then share one heap and leave holes. Measured with the embedded model, packs of
    2,048 tokens, second step: 1,349 to 1,367 MiB resident without this call, 1,146 MiB with it; tensors hold 997 MiB.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _MAPPED_FROM_BYTES) and mallopt(_TRIM_THRESHOLD, _KEPT_AT_TOP_BYTES))


def _host_bytes() -> int:
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [path.read_text().strip() for path in _CONTROL_GROUP_LIMITS if path.is_file()]
    return min([installed, *(int(limit) for limit in limits if limit.isdigit())])
