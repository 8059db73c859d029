"""How much memory a training has: of the host, of what a container may take, of a given GPU, shared or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.train.machine import memory as machine
from pipeline.train.machine.memory import GIB, given_machine, process_bytes, this_machine


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


def test_processes_share_the_host_and_have_a_gpu_each() -> None:
    for device, reserved, each in (("cpu", 0.75, 8.0 / 4), ("cuda", 1.5, 8.0)):
        given = given_machine(device, 8.0)
        assert (given.device, given.memory_bytes, given.reserved_bytes) == (device, 8 * GIB, int(reserved * GIB))
        assert process_bytes(given, local_processes=1) == int((8.0 - reserved) * GIB)
        assert process_bytes(given, local_processes=4) == int((each - reserved) * GIB)
        assert process_bytes(given_machine(device, 0.5), local_processes=1) == 0
