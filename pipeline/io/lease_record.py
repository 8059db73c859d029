"""The content of `.lease.json`, which identifies the process that holds a folder (the owner). Used by `io.lease`.

A process is identified by boot id, pid namespace, pid and start time. If the owner and the calling process have the
same host name, boot id and pid namespace, the process table shows whether the owner is still running. Otherwise, and
on systems without `/proc` such as macOS, the time of the last heartbeat decides.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Self

from pipeline.config.start import LeaseTiming
from pipeline.io.record_values import json_of, record_of

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_ENDED_STATES = frozenset("ZX")
"""States of a process that has ended: a zombie, or a process that is being removed (proc(5))."""
_FIXED_SIZE = 1024
"""Size of a record on disk in bytes. The size never changes, so a heartbeat needs no space on a full disk."""


class OwnerState(Enum):
    """The state of a folder's owner, as a different process sees it."""

    FREE = auto()
    """No process holds the folder."""
    HELD = auto()
    """The owner seems to be running."""
    DEAD = auto()
    """The owner's process has ended."""
    SILENT = auto()
    """The last heartbeat is too old; both processes use the same clock."""
    DOUBTFUL = auto()
    """The last heartbeat is too old or in the future, but the two machines' clocks may differ."""


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The owner of a folder."""

    token: str
    """A random string that is different for each owner."""
    command: str
    host: str
    pid: int
    process_start_ticks: int
    """Start time of the process in clock ticks since boot; 0 if unknown. It differs for a new process with the same
    pid."""
    boot_id: str
    pid_namespace: str
    started: str
    """Time at which the process took the lease, as ISO 8601 in UTC."""
    heartbeat: str
    """Time of the last heartbeat, as ISO 8601 in UTC."""
    heartbeat_uptime: float
    """Time of the last heartbeat in seconds since boot, including suspension. This clock cannot be set."""
    num_heartbeats: int
    unchecked: bool
    """Whether a run crashed and no run has ended normally since, so that files may be damaged."""
    released: bool
    """Whether the folder is free; the record then only keeps the value of `unchecked`."""

    @classmethod
    def of_this_process(cls, command: str) -> Self:
        """Return a new record for the calling process."""
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
        """Return a stored record; None if `content` is empty or damaged."""
        try:
            return record_of(json.loads(content), cls)
        except ValueError:
            return None

    def encode(self) -> bytes:
        """Return the record as JSON, padded with spaces to a fixed size."""
        text = json.dumps(json_of(self), ensure_ascii=True, indent=1).encode()
        return text.ljust(_FIXED_SIZE - 1) + b"\n"

    def refreshed(self) -> LeaseRecord:
        """Return the record with one more heartbeat, at the current time."""
        return replace(self, heartbeat=_now(), heartbeat_uptime=uptime(), num_heartbeats=self.num_heartbeats + 1)

    def owner_state(self, timing: LeaseTiming) -> OwnerState:
        """Return the owner's state, as the calling process sees it."""
        if self.released:
            return OwnerState.FREE
        if self.shares_processes():
            if not self._is_running():
                return OwnerState.DEAD
            return OwnerState.HELD if uptime() - self.heartbeat_uptime <= timing.stale_seconds else OwnerState.SILENT
        return (
            OwnerState.HELD
            if -timing.watch_seconds <= self.silent_seconds() <= timing.stale_seconds
            else OwnerState.DOUBTFUL
        )

    def silent_seconds(self) -> float:
        """Return the seconds since the last heartbeat; negative if the owner's clock is ahead of this machine's."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.heartbeat)).total_seconds()

    def shares_processes(self) -> bool:
        """Return whether the calling process can see the owner in its process table."""
        here = (platform.node(), _boot_id(), _pid_namespace())
        return all(here) and (self.host, self.boot_id, self.pid_namespace) == here

    def _is_running(self) -> bool:
        return _start_ticks(self.pid) == self.process_start_ticks


def uptime() -> float:
    """Return the seconds since boot, including the time in suspension if the system counts it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _boot_id() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.is_file() else ""


def _pid_namespace() -> str:
    return str(_PID_NAMESPACE.readlink()) if _PID_NAMESPACE.is_symlink() else ""


def _start_ticks(pid: int) -> int | None:
    """Return a process's start time in clock ticks since boot; None if it has ended or is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses; the name may contain spaces and parentheses.
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in _ENDED_STATES else int(rest[18])
