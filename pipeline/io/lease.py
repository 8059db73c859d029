"""One owner a folder: two commands must never write into the same output folder.

`hold_folder` writes `.lease.json` into the folder and refreshes it every 30 s. A newcomer is refused while the owner
lives; it takes over at once from a process of this machine that has ended, and after five silent minutes from any
other. An owner that was suspended finds its lease taken over and stops: it checks before any file below the folder gets
its name. Worker processes check as well (`guard_worker`), so none outlives its owner's claim.

Two newcomers cannot both win, on local filesystems, S3 and Google Cloud Storage; see `io.lease_store` for others.
Clocks: silence on the same machine is measured by its uptime. Between machines the wall clock only tells when to look
closer: a lease that seems stale is watched for two heartbeats before it is taken over, and one from the future for the
whole five minutes, so a wrong clock costs time, not data. Cost: one small write every 30 s.
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

from pipeline.config.lease import LeaseTiming
from pipeline.errors import FolderBusyError, FolderLostError, InputError
from pipeline.io import files
from pipeline.io.lease_record import LeaseRecord, Standing, uptime
from pipeline.io.lease_store import LeaseStore, open_store

logger = logging.getLogger(__name__)

_TIMING = LeaseTiming()
_WAKE_UP = signal.SIGURG
"""Ignored by default and used by nobody else: interrupts the main thread wherever it waits."""
_held_tokens: dict[str, str] = {}
"""Tokens of the folders that this process holds."""


class Lease:
    """A folder that this process holds."""

    def __init__(self, folder: str, store: LeaseStore, record: LeaseRecord, version: str, timing: LeaseTiming) -> None:
        self.lost: FolderLostError | None = None
        """Why the folder is no longer this process's; None while it is."""
        self._folder, self._store, self._timing = folder, store, timing
        self._record, self._version = record, version
        self._lock = threading.Lock()

    @property
    def taken_over(self) -> bool:
        """Whether a run died in this folder and none has ended well since: what it left may be damaged."""
        return self._record.unchecked

    @property
    def token(self) -> str:
        """Random name of this claim."""
        return self._record.token

    def check(self) -> None:
        """Make sure that the folder is still this process's.

        Raises:
            FolderLostError: another process took it over, or the lease could not be refreshed until it was stale.
        """
        if self._silent_seconds() > 2 * self._timing.heartbeat_seconds:
            self.beat()  # this process was suspended, or its heartbeats do not get through
        if self.lost is not None:
            raise self.lost

    def beat(self) -> None:
        """Give a sign of life, and learn whether the folder was taken over."""
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
            except Exception as error:  # noqa: BLE001  whatever the client of a store raises
                logger.warning("%s: the lease was not refreshed: %s", self._folder, error)
                if self._silent_seconds() > self._timing.stale_seconds:
                    seconds = self._silent_seconds()
                    self.lost = FolderLostError(
                        f"The lease of {self._folder} could not be refreshed for {seconds:.0f} s: {error}.",
                        remedy="See that the folder can be reached; the same command then goes on.",
                    )

    def give_back(self) -> None:
        """Remove the lease, unless the folder is another's by now."""
        self._leave(lambda: self._store.remove(self._version))

    def give_back_unchecked(self) -> None:
        """The same after an error; what an earlier run left stays marked as unchecked."""
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
            remedy="Nothing more is written. When the other run has ended, the same command goes on from there.",
        )


@contextmanager
def hold_folder(path: str, *, command: str, timing: LeaseTiming = _TIMING) -> Iterator[Lease]:
    """Own a folder while the block runs, and clear away what killed writers left unfinished in it.

    A folder that is made for this, and that is empty at the end, is removed again. Where the main thread calls, it is
    interrupted when the folder is lost, wherever it waits.

    Args:
        path: on any fsspec filesystem.
        command: such as `build-sft`; shown to whoever is refused.
        timing: of heartbeats.

    Raises:
        FolderBusyError: another process holds it.
        InputError: it cannot be written to.
        FolderLostError: within the block or at its end: another process took it over.
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
    """Who works in a folder now, in words; None where nobody does.

    For commands that only read, and that may do so beside the owner.
    """
    record = LeaseRecord.parse(open_store(files.join(path, files.LEASE_FILE)).read().content)
    return _name(record) if record is not None and record.standing(_TIMING) is Standing.HELD else None


def refuse_held(path: str) -> None:
    """Make sure that nobody writes to a folder that is about to be read.

    Raises:
        FolderBusyError: a run is at work there, so that what it holds changes while it is read.
    """
    if (owner := owner_of(path)) is not None:
        raise FolderBusyError(
            f"{path} is being written: {owner} is at work there.",
            remedy="Wait until it ends, then run this command again.",
        )


def held_token(path: str) -> str:
    """Token of a folder that this process holds, for its workers; empty where it does not."""
    return _held_tokens.get(path, "")


def guard_worker(path: str, token: str) -> None:
    """In a worker process: refuse to write below a folder from the moment that its owner is another.

    A worker may survive its owner (`kill -9`). The lease is read before each file gets its name; on object stores at
    most once per heartbeat.

    Args:
        path: the folder.
        token: of the owner that the worker works for (`held_token`); nothing is guarded if it is empty.
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
        # What cannot be parsed was cut short by a power failure: a run died here.
        unchecked = bool(stored.content) and (earlier is None or earlier.unchecked)
        if earlier is not None:
            standing = earlier.standing(timing)
            if standing is Standing.HELD or (standing is Standing.DOUBTFUL and _stirs(folder, store, earlier, timing)):
                raise _busy(folder, earlier, timing)
            if standing is not Standing.FREE:
                logger.info("%s: %s is gone (%s); taking over", folder, _name(earlier), standing.name)
                unchecked = True
        files.make_folder(folder)
        claim = replace(record.beaten(), unchecked=unchecked)
        version = store.swap(stored.version, claim.encode())
        if version is not None:
            return Lease(folder, store, claim, version, timing)
        # Another newcomer was quicker; see who.


def _stirs(folder: str, store: LeaseStore, record: LeaseRecord, timing: LeaseTiming) -> bool:
    """Watch a lease whose age cannot be told, and say whether its owner still refreshes it."""
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
    """After an error: threads that the run left behind write no more; whoever handles the error may."""
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
