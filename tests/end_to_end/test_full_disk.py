"""A disk that fills up in every stage of a build: said in one sentence, and a resume after space is made ends right."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.command import build, command, contents
from pipeline.io.layout import BuildFolder

pytestmark = pytest.mark.end_to_end

# Structural rows alone: no model is loaded, so a build takes seconds.
SMALL = ("--input", "bundled:legal/en", "--set", "synthesize.written.tasks=[]")
STAGES = ("ingest", "decontaminate", "dedup", "pack", "synthesize", "export")
TMPFS_BYTES = 64 * 2**20
LIMITS_BYTES = (1_500, 6_000, 30_000)
"""A lease fits; then the first parts do; then all but the rows."""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    cwd = tmp_path_factory.mktemp("lone")
    build(*SMALL, cwd=cwd, output="build")
    return outputs(cwd / "build")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not mount a tmpfs; the limit on the size of files stands in for it")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def outputs(folder: Path) -> dict[str, bytes]:
    found = {
        f"{part}/{name}": data for part in ("corpus", "sft", "tokens") for name, data in contents(folder / part).items()
    }
    assert len(found) > 4
    return found


def start(output: Path, limit_bytes: int = resource.RLIM_INFINITY) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("build-sft", *SMALL, "--output", str(output)),
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
    )


def assert_told(process: subprocess.Popen[str], folder: Path) -> None:
    _, complaint = process.communicate()
    assert process.returncode == 1, complaint
    assert f"Cannot write {folder}" in complaint
    assert "bytes are free on that disk" in complaint
    assert "run the same command again" in complaint
    assert "Traceback" not in complaint


def test_disk_that_fills_up_in_every_stage_is_told_and_the_resumed_build_ends_right(
    small_disk: Path, lone: dict[str, bytes]
) -> None:
    folder, ballast = small_disk / "build", small_disk / "ballast"
    for stage in STAGES:
        process = start(folder)
        marker, deadline = Path(BuildFolder(str(folder)).stage_marker(stage)), time.monotonic() + 600
        while not marker.exists():
            assert process.poll() is None and time.monotonic() < deadline, stage
            time.sleep(0.005)
        process.send_signal(signal.SIGSTOP)
        fill(ballast)
        process.send_signal(signal.SIGCONT)
        assert_told(process, folder)
        ballast.unlink()
    build(*SMALL, cwd=small_disk, output="build")
    assert outputs(folder) == lone
    # Another thread may have been in the middle of a file when the command ended; the next owner clears it away.
    assert not list(folder.rglob("*.partial"))


def test_limit_on_the_size_of_files_is_told_like_a_full_disk(tmp_path: Path, lone: dict[str, bytes]) -> None:
    for limit in LIMITS_BYTES:
        assert_told(start(tmp_path / "build", limit), tmp_path / "build")
    build(*SMALL, cwd=tmp_path, output="build")
    assert outputs(tmp_path / "build") == lone


def fill(path: Path) -> None:
    block = bytes(2**20)
    with path.open("wb", buffering=0) as file:
        while block:
            try:
                file.write(block)
            except OSError:
                block = block[: len(block) // 2]
