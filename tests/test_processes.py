"""Finding and ending the processes below this one, with real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.processes import _parent_in, _processes_by_ps, descendants, end_descendants

MARK = "worker-of-this-test"
SECONDS = 20.0
_SLEEP = "import time; time.sleep(600)"
_TREE = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "below"])
print(child.pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(program: str, mark: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, mark], stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc to see what runs")
def test_end_descendants_of_a_command_ends_what_is_below_them_and_nothing_else() -> None:
    tree, other = start(_TREE, MARK), start(_SLEEP, "another")
    assert tree.stdout is not None
    below = int(tree.stdout.readline())
    try:
        pids = [process.pid for process in descendants(tree.pid)]
        assert pids == [below]
        assert end_descendants(of_command=MARK) == 2
        tree.wait(SECONDS)
        deadline = time.monotonic() + SECONDS
        while is_running(below):
            assert time.monotonic() < deadline, "a process below the worker goes on"
            time.sleep(0.02)
        assert other.poll() is None
    finally:
        for process in (tree, other):
            process.kill()
        with suppress(ProcessLookupError):
            os.kill(below, signal.SIGKILL)
        for process in (tree, other):
            process.communicate()


@pytest.mark.parametrize(
    ("status", "parent"),
    [("12 (python) S 34 12 12", 34), ("12 (a (b) c) d) R 7 1", 7), ("12 (34 S 9) Z 1 0", 1)],
)
def test_parent_is_read_behind_a_name_that_may_hold_anything(status: str, parent: int) -> None:
    assert _parent_in(status) == parent


@pytest.mark.skipif(shutil.which("ps") is None, reason="lists processes by ps")
def test_processes_by_ps_are_those_of_the_system() -> None:
    own = next(process for process in _processes_by_ps() if process.pid == os.getpid())
    assert own.parent == os.getppid()
    assert "python" in own.command or "pytest" in own.command
