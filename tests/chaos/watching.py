"""File events below a folder as they happen, by Linux's inotify: for kills in narrow windows.

A watcher sleeps in the kernel until something happens and costs no processor time. New folders are watched as they
appear; what was written into one before its watch stood is reported as if it had just been created.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_HEADER = struct.Struct("iIII")
_IN_CLOSE_WRITE, _IN_MOVED_TO, _IN_CREATE, _IN_ISDIR = 0x8, 0x80, 0x100, 0x40000000
_BUFFER_BYTES = 65536


class Happening(StrEnum):
    """What happened to a file."""

    CREATED = "created"
    WRITTEN = "written"
    """Closed after writing; a file that is renamed into place is not renamed yet."""
    RENAMED = "renamed"
    """It has just taken its name."""


@dataclass(frozen=True, slots=True)
class FileEvent:
    """One event."""

    path: str
    """Relative to the watched folder."""
    happening: Happening


class FolderWatcher:
    """Watches a folder that exists, and all below it, until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._paths: dict[int, Path] = {}
        self._pending: deque[FileEvent] = deque()
        self._watch(folder)
        self._pending.clear()

    def __enter__(self) -> FolderWatcher:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)

    def next(self, *, timeout_seconds: float) -> FileEvent | None:
        """The next event; None when there was none in time."""
        deadline = time.monotonic() + timeout_seconds
        while not self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                return None
            self._pending.extend(self._read())
        return self._pending.popleft()

    def _read(self) -> Iterator[FileEvent]:
        buffer = os.read(self._descriptor, _BUFFER_BYTES)
        at = 0
        while at < len(buffer):
            watch, mask, _, length = _HEADER.unpack_from(buffer, at)
            name = buffer[at + _HEADER.size : at + _HEADER.size + length].rstrip(b"\0").decode(errors="replace")
            at += _HEADER.size + length
            if watch not in self._paths:
                continue
            path = self._paths[watch] / name
            if mask & _IN_ISDIR:
                self._watch(path)
            elif mask & (_IN_CREATE | _IN_CLOSE_WRITE | _IN_MOVED_TO):
                yield FileEvent(self._relative(path), _happening(mask))

    def _watch(self, folder: Path) -> None:
        mask = _IN_CREATE | _IN_CLOSE_WRITE | _IN_MOVED_TO
        watch = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)
        if watch < 0:  # removed again
            return
        self._paths[watch] = folder
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            return
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                self._watch(entry)
            else:
                self._pending.append(FileEvent(self._relative(entry), Happening.CREATED))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


def can_watch() -> bool:
    """Whether this platform has inotify."""
    return sys.platform == "linux"


def _happening(mask: int) -> Happening:
    if mask & _IN_MOVED_TO:
        return Happening.RENAMED
    return Happening.WRITTEN if mask & _IN_CLOSE_WRITE else Happening.CREATED
