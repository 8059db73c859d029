"""Holds a lease of an output folder, so that only one command at a time writes into the folder.

`hold_folder` writes `.lease.json` into the folder and refreshes it every 30 s. While the *owner*, the process that
holds the lease, refreshes it, other commands are refused. If the owner was a process on the same machine and has ended,
a new command takes over at once; otherwise it takes over when the lease has not been refreshed for five minutes. The
owner checks the lease before it gives any file in the folder its final name. So an owner that was suspended notices
that its lease was taken over, and stops. Worker processes check the lease as well (`guard_worker`).

On local filesystems, S3 and Google Cloud Storage, two commands can never both take over; for other filesystems, see
`io.lease_store`. On the same machine, the age of a lease is measured with the machine's uptime. Between machines, wall
clocks may differ, so a lease that seems stale is watched before it is taken over: for two heartbeats, or for five
minutes if its time is in the future. A wrong clock thus costs time, but no data. Cost: one small write every 30 s.
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
from pipeline.io.filesystems import explained_store_errors
from pipeline.io.guards import guard_folder, is_guarded, unguard_folder
from pipeline.io.lease_record import LeaseRecord, OwnerState, uptime
from pipeline.io.lease_store import LeaseStore, open_store

logger = logging.getLogger(__name__)

_TIMING = LeaseTiming()
_WAKE_UP = signal.SIGURG
"""A signal that interrupts the main thread in any blocking call. By default it is ignored, and nothing else uses it."""
_held_tokens: dict[str, str] = {}
"""The lease tokens of the folders that this process holds, by path."""


class Lease:
    """The lease of a folder that this process holds."""

    def __init__(self, folder: str, store: LeaseStore, record: LeaseRecord, version: str, timing: LeaseTiming) -> None:
        self.lost: FolderLostError | None = None
        """Why this process no longer holds the folder; None while it holds it."""
        self._folder, self._store, self._timing = folder, store, timing
        self._record, self._version = record, version
        self._lock = threading.Lock()

    @property
    def taken_over(self) -> bool:
        """Whether a run crashed in this folder and no run has ended normally since; files may be damaged."""
        return self._record.unchecked

    @property
    def token(self) -> str:
        """The random id of this lease."""
        return self._record.token

    def check(self) -> None:
        """Check that this process still holds the folder.

        Raises:
            FolderLostError: a different process took the folder over, or the lease became stale because it could not be
                refreshed.
        """
        if self._silent_seconds() > 2 * self._timing.heartbeat_seconds:
            self.beat()  # this process was suspended, or its heartbeats fail
        if self.lost is not None:
            raise self.lost

    def beat(self) -> None:
        """Refresh the lease, and set `lost` if a different process took the folder over."""
        with self._lock:
            if self.lost is not None:
                return
            record = self._record.refreshed()
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
                        remedy="Make sure that the folder can be reached, then run the same command again to resume.",
                    )

    def release(self) -> None:
        """Remove the lease, unless a different process holds the folder now."""
        self._end(lambda: self._store.remove(self._version))

    def release_after_error(self) -> None:
        """Release the lease, but keep the record in the folder if a crashed run's files are still unchecked."""
        if not self._record.unchecked:
            return self.release()
        released = replace(self._record, released=True).encode()
        return self._end(lambda: self._store.swap(self._version, released))

    def _end(self, change: Callable[[], object]) -> None:
        self.beat()
        with self._lock:
            if self.lost is None:
                try:
                    change()
                except Exception as error:  # noqa: BLE001  the work has ended; a stale lease does no harm
                    logger.warning("%s: the lease was not released: %s", self._folder, error)

    def _silent_seconds(self) -> float:
        return uptime() - self._record.heartbeat_uptime

    def _taken_by(self, record: LeaseRecord | None) -> FolderLostError:
        by = "its lease was removed" if record is None else f"{_name(record)} took it over"
        return FolderLostError(
            f"This run no longer holds {self._folder}: it did not refresh its lease for a while, and {by}.",
            remedy="This run writes nothing more. When the other run has ended, the same command resumes the work.",
        )


@contextmanager
def hold_folder(path: str, *, command: str, timing: LeaseTiming = _TIMING) -> Iterator[Lease]:
    """Hold a folder while the block runs. First remove the unfinished files that killed processes left in it.

    If the folder did not exist before and is empty at the end, it is removed. If the block runs in the main thread, it
    is interrupted as soon as the folder is lost, even during a blocking call.

    Args:
        path: a folder on any fsspec filesystem.
        command: the command's name, such as `build-sft`; other commands show it when they are refused.
        timing: the times between heartbeats and until a lease is stale.

    Raises:
        FolderBusyError: a different process holds the folder.
        InputError: the folder is not writable.
        FolderLostError: a different process took the folder over during the block, or the lease became stale because it
            could not be refreshed.
        MissingExtraError: the S3 client is too old for conditional writes.
        StoreError: the store does not answer, or answers with errors.
    """
    was_there = files.exists(path)
    try:
        with explained_store_errors(f"hold {path}"):
            store = open_store(files.join(path, files.LEASE_FILE))
            lease = _acquire(path, store, LeaseRecord.of_this_process(command), timing)
    except OSError as error:
        raise InputError(
            f"Cannot write to {path}: {error.strerror or error}.",
            remedy="Choose a folder that you may write to with --output.",
        ) from error
    guard_folder(path, lease.check)
    _held_tokens[path] = lease.token
    try:
        with _interrupted_when_lost(lease), _heartbeats(lease, timing):
            files.remove_partial_files(path)
            yield lease
        lease.release()
    except BaseException as error:
        lease.release_after_error()
        if lease.lost is not None and error is not lease.lost:
            raise lease.lost from error
        if lease.lost is None:
            guard_folder(path, _only_this_thread(path))
        raise
    else:
        if lease.lost is not None:
            raise lease.lost
        unguard_folder(path)
    finally:
        del _held_tokens[path]
        if not was_there:
            _remove_if_empty(path)


def owner_of(path: str) -> str | None:
    """Return a description of the process that holds a folder; None if no process does, or if the lease seems stale.

    This is for commands that only read, so they may run at the same time as the owner.
    """
    with explained_store_errors(f"examine {path}"):
        record = LeaseRecord.parse(open_store(files.join(path, files.LEASE_FILE)).read().content)
    return _name(record) if record is not None and record.owner_state(_TIMING) is OwnerState.HELD else None


def refuse_held(path: str) -> None:
    """Check that no process is writing to a folder that is about to be read.

    Raises:
        FolderBusyError: a run is working in the folder, so files would change while they are read.
    """
    if (owner := owner_of(path)) is not None:
        raise FolderBusyError(
            f"{path} is being written by {owner}.",
            remedy="Wait until that command ends, then run this command again.",
        )


def held_token(path: str) -> str:
    """Return a folder's lease token, which is passed to worker processes; empty if this process holds no lease."""
    return _held_tokens.get(path, "")


def guard_worker(path: str, token: str) -> None:
    """Make this worker process refuse to write into a folder once its owner no longer holds the folder.

    A worker can outlive its owner (`kill -9`). So it reads the lease before it gives a file its final name; on object
    stores, it does so at most once per heartbeat.

    Args:
        path: the folder.
        token: the lease token of the owner that started the worker (`held_token`); if empty, nothing is checked.
    """
    if not token or is_guarded(path):
        return
    store = open_store(files.join(path, files.LEASE_FILE))
    patience = 0.0 if files.is_local(path) else _TIMING.heartbeat_seconds
    checked = -patience

    def check() -> None:
        nonlocal checked
        if checked + patience > uptime():
            return
        with explained_store_errors(f"examine {path}"):
            record = LeaseRecord.parse(store.read().content)
        if record is None or record.released or record.token != token:
            raise FolderLostError(f"The run that this worker belongs to no longer holds {path}.")
        checked = uptime()

    guard_folder(path, check)


def _acquire(folder: str, store: LeaseStore, record: LeaseRecord, timing: LeaseTiming) -> Lease:
    while True:
        stored = store.read()
        earlier = LeaseRecord.parse(stored.content)
        # A power failure can leave a lease that cannot be parsed, so a run crashed here.
        unchecked = bool(stored.content) and (earlier is None or earlier.unchecked)
        if earlier is not None:
            state = earlier.owner_state(timing)
            if state is OwnerState.HELD or (
                state is OwnerState.DOUBTFUL and _is_refreshed(folder, store, earlier, timing)
            ):
                raise _busy(folder, earlier, timing)
            if state is not OwnerState.FREE:
                logger.info("%s: %s has ended (%s); taking over", folder, _name(earlier), state.name)
                unchecked = True
        files.make_folder(folder)
        claim = replace(record.refreshed(), unchecked=unchecked)
        version = store.swap(stored.version, claim.encode())
        if version is not None:
            return Lease(folder, store, claim, version, timing)
        # A different command was faster, so read its lease.


def _is_refreshed(folder: str, store: LeaseStore, record: LeaseRecord, timing: LeaseTiming) -> bool:
    """Watch a lease whose age is uncertain, and return whether its owner still refreshes it."""
    patience = timing.watch_seconds if record.silent_seconds() > 0 else timing.stale_seconds
    logger.warning(
        "%s is held by %s, whose last heartbeat was at %s. Waiting up to %.0f s for a new heartbeat.",
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
    """Return a check that lets the calling thread write, but no other thread; it is used after an error."""
    writer = threading.get_ident()

    def check() -> None:
        if threading.get_ident() != writer:
            raise FolderLostError(f"The run that held {folder} has ended.")

    return check


def _busy(folder: str, record: LeaseRecord, timing: LeaseTiming) -> FolderBusyError:
    remedy = "Wait until that command ends, stop it, or choose a different folder with --output."
    if not record.shares_processes():
        free_at = datetime.fromisoformat(record.heartbeat) + timedelta(seconds=timing.stale_seconds)
        remedy += f" If it has already ended, run the same command again after {free_at.isoformat()}."
    return FolderBusyError(
        f"{folder} is in use: {_name(record)} has worked in it since {record.started}; "
        f"its last heartbeat was at {record.heartbeat}.",
        remedy=remedy,
    )


def _name(record: LeaseRecord) -> str:
    return f"`pipeline {record.command}` (process {record.pid} on {record.host})"


def _remove_if_empty(folder: str) -> None:
    if files.is_local(folder):
        with suppress(OSError):
            Path(folder).rmdir()
