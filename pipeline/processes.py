"""Finds and ends the descendants of a process, and makes a worker end with its parent process.

Used when a command is interrupted or a build's job ends early, and in the worker processes that Beam starts. Each call
of `descendants` reads `/proc` once; on a system without `/proc`, it runs `ps` once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Process:
    """A running process."""

    pid: int
    parent: int
    command: str
    """The command and its arguments, joined by spaces."""


def descendants(pid: int) -> list[Process]:
    """Return all descendants of a process, parents before their children."""
    children: dict[int, list[Process]] = {}
    for process in _processes():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = list(children.get(pid, ()))
    while waiting:
        process = waiting.pop(0)
        found.append(process)
        waiting += children.get(process.pid, ())
    return found


def end_descendants(*, of_command: str = "") -> int:
    """Kill the descendants of this process, and return how many were found.

    Args:
        of_command: kill only processes whose command contains this text, and their descendants.
    """
    chosen: dict[int, None] = {}
    for process in descendants(os.getpid()):
        if of_command in process.command:
            chosen |= dict.fromkeys((process.pid, *(below.pid for below in descendants(process.pid))))
    for pid in chosen:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(chosen)


def end_with_parent() -> None:
    """Start a thread that ends this process within a fraction of a second after its parent ends for any reason."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _processes() -> list[Process]:
    if not _PROC.is_dir():
        return _processes_by_ps()
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = _parent_in((folder / "stat").read_text(encoding="utf-8", errors="replace"))
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:  # the process ended in the meantime
            continue
        found.append(Process(int(folder.name), parent, command))
    return found


def _processes_by_ps() -> list[Process]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=False, errors="replace"
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return [Process(int(row[0]), int(row[1]), row[2] if len(row) > 2 else "") for row in rows if len(row) > 1]


def _parent_in(status: str) -> int:
    # The process name is in parentheses and may itself contain spaces and parentheses.
    return int(status.rpartition(")")[2].split()[1])
