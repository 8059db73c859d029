"""How much memory a training has: of the host, of what a container may take, of a given GPU, shared or not."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

import pytest
import torch

from pipeline.train.machine import memory as machine
from pipeline.train.machine.memory import (
    GIB,
    free_host_bytes,
    given_machine,
    process_bytes,
    return_freed_tensors,
    reuse_freed_tensors,
    this_machine,
)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(["max"], None), (["1073741824"], GIB), (["max", "2147483648"], 2 * GIB), (["3221225472", "1073741824"], GIB)],
)
def test_host_has_no_more_than_its_container_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: list[str], expected: int | None
) -> None:
    monkeypatch.setattr(machine, "_CONTROL_GROUP_LIMITS", (tmp_path / "none",))
    installed = this_machine("cpu").memory_bytes
    assert installed > 2 * GIB
    paths = [tmp_path / f"limit{number}" for number in range(len(limits))]
    for path, limit in zip(paths, limits, strict=True):
        path.write_text(f"{limit}\n")
    monkeypatch.setattr(machine, "_CONTROL_GROUP_LIMITS", (tmp_path / "none", *paths))
    assert this_machine("cpu").memory_bytes == (expected or installed)


_MEMINFO = "MemTotal: 8388608 kB\nMemFree: 1024 kB\nMemAvailable: 4194304 kB\n"
_V2, _V1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/meminfo": _MEMINFO}, 4 * GIB),
        # A container of 3 GiB that uses 2.5, of which 1.5 cache files.
        (
            {
                "proc/meminfo": _MEMINFO,
                f"{_V2}/memory.max": f"{3 * GIB}\n",
                f"{_V2}/memory.current": f"{5 * GIB // 2}\n",
                f"{_V2}/memory.stat": f"anon 5\ninactive_file {3 * GIB // 2}\n",
            },
            2 * GIB,
        ),
        ({"proc/meminfo": _MEMINFO, f"{_V2}/memory.max": "max\n", f"{_V2}/memory.current": "5\n"}, 4 * GIB),
        (
            {
                "proc/meminfo": _MEMINFO,
                f"{_V1}/memory.limit_in_bytes": f"{GIB}\n",
                f"{_V1}/memory.usage_in_bytes": f"{2 * GIB}\n",
                f"{_V1}/memory.stat": "total_inactive_file 0\n",
            },
            0,
        ),
        ({}, None),
        ({"proc/meminfo": "MemTotal: 8388608 kB\n"}, None),
    ],
)
def test_free_memory_is_what_the_system_and_the_container_have_left(
    tmp_path: Path, files: dict[str, str], expected: int | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert free_host_bytes(system=tmp_path) == expected


def test_free_memory_of_this_host_is_less_than_all_of_it() -> None:
    machine = this_machine("cpu")
    assert machine.free_bytes is None or 0 < machine.free_bytes < machine.memory_bytes


def _fresh_pages(*, num_tensors: int) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(num_tensors):
        torch.ones(8 << 20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(not return_freed_tensors(), reason="needs glibc")
def test_freed_tensors_are_used_again() -> None:
    pages_of_one = (8 << 20) // resource.getpagesize()
    try:
        assert reuse_freed_tensors()
        _fresh_pages(num_tensors=20)
        assert _fresh_pages(num_tensors=20) < 2 * pages_of_one
    finally:
        assert return_freed_tensors()
        ctypes.CDLL(None).malloc_trim(0)  # later tests of this process read its resident memory


def test_processes_share_the_host_and_have_a_gpu_each() -> None:
    for device, reserved, each in (("cpu", 0.75, 8.0 / 4), ("cuda", 1.5, 8.0)):
        given = given_machine(device, 8.0)
        assert (given.device, given.memory_bytes, given.reserved_bytes) == (device, 8 * GIB, int(reserved * GIB))
        assert process_bytes(given, local_processes=1) == int((8.0 - reserved) * GIB)
        assert process_bytes(given, local_processes=4) == int((each - reserved) * GIB)
        assert process_bytes(given_machine(device, 0.5), local_processes=1) == 0
