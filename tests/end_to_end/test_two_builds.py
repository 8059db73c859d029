"""Two builds started together on one folder: one works, one is refused, and the bytes are those of a lone build."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from end_to_end.command import WORKERS, build, command, contents, run_pipeline
from pipeline.io import files

pytestmark = [pytest.mark.end_to_end, pytest.mark.workers]

# Structural rows alone: no model is loaded, so a build takes seconds.
SMALL = ("--input", "bundled:legal/en", "--set", "synthesize.written.tasks=[]")
NUM_ROUNDS = 3


def outputs(folder: Path) -> dict[str, bytes]:
    return {
        f"{part}/{name}": content
        for part in ("corpus", "sft", "tokens")
        for name, content in contents(folder / part).items()
    } | {"packs.parquet": (folder / "packs.parquet").read_bytes()}


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    cwd = tmp_path_factory.mktemp("lone")
    build(*SMALL, cwd=cwd, output="build")
    written = outputs(cwd / "build")
    assert len(written) > 4
    return written


def start(cwd: Path, *workers: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("build-sft", *SMALL, "--output", "build", *workers),
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_of_two_builds_started_together_one_works_and_one_is_refused(tmp_path: Path, lone: dict[str, bytes]) -> None:
    for number in range(NUM_ROUNDS):
        cwd = tmp_path / str(number)
        cwd.mkdir()
        both = [start(cwd), start(cwd)]
        ended = [(process.communicate()[1], process.returncode, process.pid) for process in both]
        ended.sort(key=lambda end: end[1])
        (_, worked, owner), (complaint, refused, _) = ended
        assert (worked, refused) == (0, 2), ended
        assert f"build is in use: `pipeline build-sft` (process {owner} on " in complaint
        assert outputs(cwd / "build") == lone
        assert not (cwd / "build" / files.LEASE_FILE).exists()


def test_build_whose_owner_was_killed_is_taken_over_at_once_beside_its_orphaned_workers(
    tmp_path: Path, lone: dict[str, bytes]
) -> None:
    process = start(tmp_path, *WORKERS)
    lease = tmp_path / "build" / files.LEASE_FILE
    deadline = time.monotonic() + 300
    while not list((tmp_path / "build").glob("work/documents/*.parquet")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()  # the one process alone: its workers live on
    process.wait()
    assert lease.is_file()
    build(*SMALL, cwd=tmp_path, output="build")
    assert outputs(tmp_path / "build") == lone
    assert not lease.exists()
    assert not list((tmp_path / "build").rglob("*.partial"))


def test_second_build_with_fresh_deletes_nothing_of_the_one_at_work(tmp_path: Path, lone: dict[str, bytes]) -> None:
    process = start(tmp_path)
    deadline = time.monotonic() + 300
    while not list((tmp_path / "build").glob("work/shards/ingest/*.json")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    before = contents(tmp_path / "build")
    refused = run_pipeline("build-sft", *SMALL, "--output", "build", "--fresh", cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert contents(tmp_path / "build") == before
    process.send_signal(signal.SIGCONT)
    _, complaint = process.communicate()
    assert process.returncode == 0, complaint
    assert outputs(tmp_path / "build") == lone
