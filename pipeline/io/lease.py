"""The lease of an output folder: only one command at a time may write into it.

`hold_folder` writes `.lease.json` into the folder and refreshes it every 30 s. Another command is refused while the
owner lives. It takes over at once if the owner was a process of this machine that has ended, and after five silent
minutes otherwise. The owner checks the lease before any file below the folder gets its name, so a suspended owner
notices that its lease was taken over, and stops. Worker processes check too (`guard_worker`), so none writes after its
owner has lost the folder.

Two commands can never both take over on local filesystems, S3 and Google Cloud Storage; see `io.lease_store` for
others. Clocks: silence on the same machine is measured by its uptime. Between machines the wall clock only raises a
suspicion: a lease that seems stale is watched for two heartbeats before it is taken over, and a lease from the future
for the whole five minutes, so a wrong clock costs time, not data. Cost: one small write every 30 s.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from pipeline.config.start import LeaseTiming
from pipeline.errors import FolderBusyError, FolderLostError, InputError
from pipeline.io import files
from pipeline.io.lease_record import LeaseRecord, OwnerState, uptime
from pipeline.io.lease_store import LeaseStore, open_store

logger = logging.getLogger(__name__)

_TIMING = LeaseTiming()
_WAKE_UP = signal.SIGURG
"""Ignored by default and otherwise unused here; it interrupts the main thread in any blocking call."""
_held_tokens: dict[str, str] = {}
"""Lease tokens of the folders that this process holds."""


class Lease:
    """A folder that this process holds."""

    def __init__(self, folder: str, store: LeaseStore, record: LeaseRecord, version: str, timing: LeaseTiming) -> None:
        self.lost: FolderLostError | None = None
        """Why this process no longer holds the folder; None while it does."""
        self._folder, self._store, self._timing = folder, store, timing
        self._record, self._version = record, version
        self._lock = threading.Lock()

    @property
    def taken_over(self) -> bool:
        """Whether a run died in this folder and no run has ended normally since. Its files may be damaged."""
        return self._record.unchecked

    @property
    def token(self) -> str:
        """Random id of this claim."""
        return self._record.token

    def check(self) -> None:
        """Make sure that this process still holds the folder.

        Raises:
            FolderLostError: another process took it over, or the lease could not be refreshed until it was stale.
        """
        if self._silent_seconds() > 2 * self._timing.heartbeat_seconds:
            self.beat()  # this process was suspended, or its heartbeats fail
        if self.lost is not None:
            raise self.lost

    def beat(self) -> None:
        """Refresh the lease, and find out whether another process took the folder over."""
        with self._lock:
            if self.lost is not None:
                return
            record = self._record.beaten()
            try:
                version = self._store.swap(self._version, record.encode())
                if version is None:
                    self.lost = self._taken_by(LeaseRecord.parse(self._store.read().content))
                else:
                    self._record, self._version = record, version
            except Exception as error:  # noqa: BLE001  each store's client raises its own errors
                logger.warning("%s: the lease was not refreshed: %s", self._folder, error)
                if self._silent_seconds() > self._timing.stale_seconds:
                    seconds = self._silent_seconds()
                    self.lost = FolderLostError(
                        f"The lease of {self._folder} could not be refreshed for {seconds:.0f} s: {error}.",
                        remedy="Make sure the folder is reachable, then run the same command again to resume.",
                    )

    def give_back(self) -> None:
        """Remove the lease, unless another process holds the folder now."""
        self._leave(lambda: self._store.remove(self._version))

    def give_back_unchecked(self) -> None:
        """Release the lease after an error, but keep it if an earlier run's files are still unchecked."""
        if not self._record.unchecked:
            return self.give_back()
        released = replace(self._record, released=True).encode()
        return self._leave(lambda: self._store.swap(self._version, released))

    def _leave(self, leave: Callable[[], object]) -> None:
        self.beat()
        with self._lock:
            if self.lost is None:
                try:
                    leave()
                except Exception as error:  # noqa: BLE001  the work is done or has failed; a stale lease harms neither
                    logger.warning("%s: the lease was not given back: %s", self._folder, error)

    def _silent_seconds(self) -> float:
        return uptime() - self._record.heartbeat_uptime

    def _taken_by(self, record: LeaseRecord | None) -> FolderLostError:
        by = "its lease was removed" if record is None else f"{_name(record)} took it over"
        return FolderLostError(
            f"This run no longer owns {self._folder}: it gave no sign of life for a while, and {by}.",
            remedy="Nothing more is written. When the other run has ended, the same command resumes from there.",
        )


@contextmanager
def hold_folder(path: str, *, command: str, timing: LeaseTiming = _TIMING) -> Iterator[Lease]:
    """Hold a folder while the block runs, and remove the unfinished files of killed writers in it.

    If this call makes the folder and it is empty at the end, the folder is removed. If the main thread calls, it is
    interrupted as soon as the folder is lost, even in a blocking call.

    Args:
        path: on any fsspec filesystem.
        command: such as `build-sft`; shown to commands that are refused.
        timing: of the heartbeats.

    Raises:
        FolderBusyError: another process holds the folder.
        InputError: the folder is not writable.
        FolderLostError: another process took the folder over during the block.
    """
    was_there = files.exists(path)
    try:
        store = open_store(files.join(path, files.LEASE_FILE))
        lease = _acquire(path, store, LeaseRecord.of_this_process(command), timing)
    except OSError as error:
        raise InputError(
            f"Cannot write to {path}: {error.strerror or error}.",
            remedy="Choose a folder you may write to with --output.",
        ) from error
    files.guard_folder(path, lease.check)
    _held_tokens[path] = lease.token
    try:
        with _interrupted_when_lost(lease), _heartbeats(lease, timing):
            files.remove_partial_files(path)
            yield lease
        lease.give_back()
    except BaseException as error:
        lease.give_back_unchecked()
        if lease.lost is not None and error is not lease.lost:
            raise lease.lost from error
        if lease.lost is None:
            files.guard_folder(path, _only_this_thread(path))
        raise
    else:
        if lease.lost is not None:
            raise lease.lost
        files.unguard_folder(path)
    finally:
        del _held_tokens[path]
        if not was_there:
            _remove_if_empty(path)


def owner_of(path: str) -> str | None:
    """Return a description of the process that works in a folder; None if no process does.

    For commands that only read, which may run at the same time as the owner.
    """
    record = LeaseRecord.parse(open_store(files.join(path, files.LEASE_FILE)).read().content)
    return _name(record) if record is not None and record.owner_state(_TIMING) is OwnerState.HELD else None


def refuse_held(path: str) -> None:
    """Make sure that no process writes to a folder that is about to be read.

    Raises:
        FolderBusyError: a run works there, so the files would change while they are read.
    """
    if (owner := owner_of(path)) is not None:
        raise FolderBusyError(
            f"{path} is being written: {owner} is at work there.",
            remedy="Wait until it ends, then run this command again.",
        )


def held_token(path: str) -> str:
    """Return the lease token of a folder, for worker processes; empty if this process does not hold the folder."""
    return _held_tokens.get(path, "")


def guard_worker(path: str, token: str) -> None:
    """Make a worker process refuse to write below a folder once the folder has another owner.

    A worker may outlive its owner (`kill -9`). It reads the lease before each file gets its name; on object stores at
    most once per heartbeat.

    Args:
        path: the folder.
        token: of the owner that started the worker (`held_token`); if empty, nothing is guarded.
    """
    if not token or files.is_guarded(path):
        return
    store = open_store(files.join(path, files.LEASE_FILE))
    patience = 0.0 if files.is_local(path) else _TIMING.heartbeat_seconds
    checked = -patience

    def check() -> None:
        nonlocal checked
        if checked + patience > uptime():
            return
        record = LeaseRecord.parse(store.read().content)
        if record is None or record.released or record.token != token:
            raise FolderLostError(f"The run that this worker belongs to no longer owns {path}.")
        checked = uptime()

    files.guard_folder(path, check)


def _acquire(folder: str, store: LeaseStore, record: LeaseRecord, timing: LeaseTiming) -> Lease:
    while True:
        stored = store.read()
        earlier = LeaseRecord.parse(stored.content)
        # A lease that cannot be parsed was cut short by a power failure, so a run died here.
        unchecked = bool(stored.content) and (earlier is None or earlier.unchecked)
        if earlier is not None:
            state = earlier.owner_state(timing)
            if state is OwnerState.HELD or (state is OwnerState.DOUBTFUL and _stirs(folder, store, earlier, timing)):
                raise _busy(folder, earlier, timing)
            if state is not OwnerState.FREE:
                logger.info("%s: %s is gone (%s); taking over", folder, _name(earlier), state.name)
                unchecked = True
        files.make_folder(folder)
        claim = replace(record.beaten(), unchecked=unchecked)
        version = store.swap(stored.version, claim.encode())
        if version is not None:
            return Lease(folder, store, claim, version, timing)
        # Another command was faster; check who.


def _stirs(folder: str, store: LeaseStore, record: LeaseRecord, timing: LeaseTiming) -> bool:
    """Watch a lease whose age is uncertain, and return whether its owner still refreshes it."""
    patience = timing.watch_seconds if record.silent_seconds() > 0 else timing.stale_seconds
    logger.warning(
        "%s belongs to %s, last heard of at %s. Waiting up to %.0f s for a sign of life.",
        folder,
        _name(record),
        record.heartbeat,
        patience,
    )
    until = time.monotonic() + patience
    while time.monotonic() < until:
        time.sleep(min(1.0, timing.heartbeat_seconds / 4))
        now = LeaseRecord.parse(store.read().content)
        if now is None or now.token != record.token or now.released:
            return False
        if now.num_heartbeats != record.num_heartbeats:
            return True
    return False


@contextmanager
def _heartbeats(lease: Lease, timing: LeaseTiming) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(timing.heartbeat_seconds):
            lease.beat()
            if lease.lost is not None:
                signal.pthread_kill(threading.main_thread().ident or 0, _WAKE_UP)

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _interrupted_when_lost(lease: Lease) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        if lease.lost is not None:
            raise lease.lost

    previous = signal.signal(_WAKE_UP, stop)
    try:
        yield
    finally:
        signal.signal(_WAKE_UP, previous)


def _only_this_thread(folder: str) -> Callable[[], None]:
    """Return a check for use after an error: the handler's thread may still write, other threads of the run may not."""
    leaver = threading.get_ident()

    def check() -> None:
        if threading.get_ident() != leaver:
            raise FolderLostError(f"The run that held {folder} has ended.")

    return check


def _busy(folder: str, record: LeaseRecord, timing: LeaseTiming) -> FolderBusyError:
    remedy = "Wait until it ends, stop it, or choose another --output."
    if not record.shares_processes():
        free_at = datetime.fromisoformat(record.heartbeat) + timedelta(seconds=timing.stale_seconds)
        remedy += f" If it is gone already, run the same command again after {free_at.isoformat()}."
    return FolderBusyError(
        f"{folder} is in use: {_name(record)} has worked there since {record.started}, "
        f"last sign of life {record.heartbeat}.",
        remedy=remedy,
    )


def _name(record: LeaseRecord) -> str:
    return f"`pipeline {record.command}` (process {record.pid} on {record.host})"


def _remove_if_empty(folder: str) -> None:
    if files.is_local(folder):
        with suppress(OSError):
            Path(folder).rmdir()
