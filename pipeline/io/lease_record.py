"""Who holds a folder: the content of `.lease.json`, and whether that process still lives.

A process is known by kernel (boot id), pid namespace, pid and start time. Host names are for people: containers share
them. Only a process of the same host name, kernel and pid namespace is judged by its pid; every other by its heartbeat.
Start times and boot ids are read from `/proc`; if there is none (macOS), heartbeats alone decide.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Self

from pipeline.config.lease import LeaseTiming

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_ENDED_STATES = frozenset("ZX")
"""Killed and not collected by its parent, or about to vanish (proc(5))."""
_FIXED_SIZE = 1024
"""Bytes of a record on the disk. Always the same, so that a heartbeat needs no room on a full disk."""


class Standing(Enum):
    """What a newcomer makes of a lease."""

    FREE = auto()
    """Nobody holds the folder."""
    HELD = auto()
    """Its owner is at work, as far as can be seen."""
    DEAD = auto()
    """Its owner's process has ended."""
    SILENT = auto()
    """Its owner gives no sign of life, by a clock both share."""
    DOUBTFUL = auto()
    """Its owner gives no sign of life, or one from the future, by a clock the two may not share."""


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """One owner of a folder."""

    token: str
    """Random; tells two owners apart whatever else they share."""
    command: str
    host: str
    pid: int
    process_start_ticks: int
    """Since the kernel's boot, so that a pid that was given out again is not taken for the owner; 0 unknown."""
    boot_id: str
    pid_namespace: str
    started: str
    """ISO 8601, UTC."""
    heartbeat: str
    """ISO 8601, UTC."""
    heartbeat_uptime: float
    """Seconds since the kernel's boot, suspension included: a clock that nobody sets."""
    num_heartbeats: int
    unchecked: bool
    """A run before this one died, and no run has ended well since: what it left may be damaged."""
    released: bool
    """Nobody holds the folder; the record stands for `unchecked` alone."""

    @classmethod
    def of_this_process(cls, command: str) -> Self:
        """A first record of the calling process."""
        now = _now()
        return cls(
            token=secrets.token_hex(16),
            command=command,
            host=platform.node(),
            pid=os.getpid(),
            process_start_ticks=_start_ticks(os.getpid()) or 0,
            boot_id=_boot_id(),
            pid_namespace=_pid_namespace(),
            started=now,
            heartbeat=now,
            heartbeat_uptime=uptime(),
            num_heartbeats=0,
            unchecked=False,
            released=False,
        )

    @classmethod
    def parse(cls, content: bytes) -> Self | None:
        """Read a stored record; None if it is damaged."""
        try:
            return cls(**json.loads(content))
        except (ValueError, TypeError):
            return None

    def encode(self) -> bytes:
        """The record as it is stored: JSON, padded with spaces."""
        text = json.dumps(asdict(self), ensure_ascii=True, indent=1).encode()
        return text.ljust(_FIXED_SIZE - 1) + b"\n"

    def beaten(self) -> LeaseRecord:
        """The same owner, a heartbeat later."""
        return replace(self, heartbeat=_now(), heartbeat_uptime=uptime(), num_heartbeats=self.num_heartbeats + 1)

    def standing(self, timing: LeaseTiming) -> Standing:
        """Judge the owner from the calling process."""
        if self.released:
            return Standing.FREE
        if self.shares_processes():
            if not self._is_running():
                return Standing.DEAD
            return Standing.HELD if uptime() - self.heartbeat_uptime <= timing.stale_seconds else Standing.SILENT
        return (
            Standing.HELD
            if -timing.watch_seconds <= self.silent_seconds() <= timing.stale_seconds
            else Standing.DOUBTFUL
        )

    def silent_seconds(self) -> float:
        """Seconds since the last heartbeat by this machine's clock; negative where the owner's is ahead."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.heartbeat)).total_seconds()

    def shares_processes(self) -> bool:
        """Whether the calling process can see the owner's, so that its end is known at once."""
        here = (platform.node(), _boot_id(), _pid_namespace())
        return all(here) and (self.host, self.boot_id, self.pid_namespace) == here

    def _is_running(self) -> bool:
        return _start_ticks(self.pid) == self.process_start_ticks


def uptime() -> float:
    """Seconds since boot, suspension included where the system can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _boot_id() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.is_file() else ""


def _pid_namespace() -> str:
    return str(_PID_NAMESPACE.readlink()) if _PID_NAMESPACE.is_symlink() else ""


def _start_ticks(pid: int) -> int | None:
    """When a process started; None where it has ended or was killed."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets, and may hold both.
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in _ENDED_STATES else int(rest[18])
