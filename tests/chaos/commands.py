"""Starting the real command, ending it by SIGKILL, and knowing that nothing of it is left.

A command runs in a session of its own, so that Beam's worker processes are found and killed with it. There are two
ways to start one. `start_command` runs `python -m pipeline …`. `WarmStart` forks from a process that has imported the
libraries once, and runs the same `main`: the work and the kill are the same, and the four seconds of importing fall
away.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

WORKERS = ("--", "--direct_num_workers=2", "--direct_running_mode=multi_processing")
"""Beam's options for two worker processes."""
_POLL_SECONDS = 0.02
_PRELOADED = (
    "pipeline.__main__",
    "pipeline.cli.build_command",
    "pipeline.synthesize.teachers.openai",
    "pipeline.report.build_page",
    "transformers",
)


class Handle(Protocol):
    """A started process, whichever way."""

    pid: int

    def poll(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""


@dataclass(slots=True)
class RunningCommand:
    """A command under way; its output goes to `log`."""

    handle: Handle
    log: Path
    started: float

    @property
    def pid(self) -> int:
        """Of the main process, which is also the id of its session."""
        return self.handle.pid

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def poll(self) -> int | None:
        """Exit code; None while it runs."""
        return self.handle.poll()

    def wait(self, *, timeout_seconds: float) -> int:
        """Exit code.

        Raises:
            TimeoutError: it still runs; all of it has been killed.
        """
        deadline = time.monotonic() + timeout_seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"still running after {timeout_seconds:.0f} s; its output is in {self.log}")
            time.sleep(_POLL_SECONDS)
        return code

    def kill(self) -> bool:
        """SIGKILL to all processes of the session, until none is left; returns whether the main one still ran."""
        ran = self.poll() is None
        with contextlib.suppress(ProcessLookupError):  # it has ended, or has no session of its own yet
            os.killpg(self.pid, signal.SIGKILL)
        while alive := processes_of_session(self.pid):
            for pid in alive:
                _kill(pid)
            self.poll()
            time.sleep(0.002)
        if ran:
            _kill(self.pid)
            while self.poll() is None:
                time.sleep(0.002)
        return ran

    def output(self) -> str:
        """What it has printed, to stdout and stderr together."""
        return self.log.read_text(encoding="utf-8", errors="replace")


Starter = Callable[[Sequence[str], Path], RunningCommand]
"""Starts `pipeline ARGUMENTS` with its output going to a file."""


def start_command(arguments: Sequence[str], log: Path, *, script: str = "") -> RunningCommand:
    """Start `python -m pipeline ARGUMENTS`, or a script that runs that module."""
    how = ["-c", script] if script else ["-m", "pipeline"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *how, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "200"},
        )
    return RunningCommand(process, log, time.monotonic())


class WarmStart:
    """Forks commands from one process that has imported the libraries. Call it as a `Starter`.

    Args:
        modules: that are imported once; there is one such process, so those of the first `WarmStart` count.
    """

    def __init__(self, modules: Sequence[str] = _PRELOADED) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(modules))

    def __call__(self, arguments: Sequence[str], log: Path) -> RunningCommand:
        """Start `pipeline ARGUMENTS`."""
        process = self._context.Process(target=_run_main, args=(list(arguments), str(log)))
        process.start()
        return RunningCommand(_Forked(process), log, time.monotonic())


class _Forked:
    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        assert process.pid is not None
        self.pid: int = process.pid
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode


def _run_main(arguments: list[str], log: str) -> None:
    os.setsid()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    os.environ["COLUMNS"] = "200"
    sys.argv = ["pipeline", *arguments]
    from pipeline.__main__ import main

    main()


def processes_of_session(session: int) -> list[int]:
    """Living processes of a session, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields and fields[0] != "Z" and int(fields[3]) == session:
                found.append(int(entry.name))
    return found


def resident_bytes(session: int) -> int:
    """Resident memory of a session's processes together; pages they share count in each."""
    total = 0
    for pid in processes_of_session(session):
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):  # it has ended
            continue
    return total


def _stat(pid: int) -> list[str]:
    """State, parent, group, session, … of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
