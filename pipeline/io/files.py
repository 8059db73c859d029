"""Files on any fsspec filesystem: opening, listing, and atomic writes.

A write leaves a complete file on the disk, or none. A local file is written under a partial name, flushed and renamed,
and its folder is flushed too, so a file with its final name survives a power cut. An object store shows an object only
when it is closed. Bytes are hashed while they are written. Cost: two waits for the disk per file (about 8 ms on an SSD,
0.5 ms of it CPU), and SHA-256.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import get_protocol

from pipeline.errors import DiskFullError, InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LEASE_FILE = ".lease.json"
"""Names the process that works in a folder (`io.lease`); not part of the folder's data."""
_LOCAL_PROTOCOLS = frozenset({"file", "local"})
_PARTIAL = ".partial"
_DAMAGED = ".damaged"
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_guards: dict[str, Callable[[], None]] = {}
"""Folders that another process may take over, each with a check that raises once that has happened."""
_CANNOT_SYNC_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def join(folder: str, *names: str) -> str:
    """Join a folder and names with single slashes; a protocol such as `gs://` is kept."""
    return "/".join([folder.rstrip("/"), *(name.strip("/") for name in names)])


def exists(path: str) -> bool:
    """Return whether a file or folder exists."""
    fs, inner = _filesystem(path)
    return bool(fs.exists(inner))


def is_local(path: str) -> bool:
    """Return whether a path is on a filesystem of this machine, not on an object store."""
    return get_protocol(path) in _LOCAL_PROTOCOLS


def local_path(path: str) -> str:
    """Return the absolute path of a local file or folder, without a protocol and with `~` expanded."""
    return _filesystem(path)[1]


def list_files(folder: str, *, suffix: str = "") -> list[str]:
    """Return every file below a folder, sorted; none if the folder does not exist.

    Each path begins with the folder as the caller gave it. Unfinished files, files that were set aside and leases are
    left out.
    """
    fs, inner = _filesystem(folder)
    if not fs.exists(inner):
        return []
    found = (name for name in fs.find(inner) if name.endswith(suffix) and not is_hidden(name))
    return sorted(as_given(folder, inner, name) for name in found)


def as_given(folder: str, inner: str, name: str) -> str:
    """Return the path of a file that a filesystem found below a folder, starting with the folder as given.

    Args:
        folder: as the caller gave it: relative or absolute, with or without a protocol.
        inner: the same folder, as the filesystem names it.
        name: the file, as the filesystem names it.
    """
    return folder.rstrip("/") + name[len(inner.rstrip("/")) :]


def is_hidden(path: str) -> bool:
    """Return whether readers skip a file: it is unfinished, was set aside, or is a lease."""
    last = path.rsplit("/", 1)[-1]
    return last == LEASE_FILE or last.endswith((_PARTIAL, _DAMAGED)) or last.rpartition("-")[0].endswith(_DAMAGED)


def guard_folder(folder: str, check: Callable[[], None]) -> None:
    """Call `check` whenever this process is about to create, rename or delete anything below a folder.

    Args:
        folder: on any filesystem. A new check replaces an earlier one.
        check: raises if this process must no longer write there. Any thread may call it.
    """
    _guards[_full_path(folder)] = check


def unguard_folder(folder: str) -> None:
    """Stop calling the check that `guard_folder` set."""
    _guards.pop(_full_path(folder), None)


def is_guarded(folder: str) -> bool:
    """Return whether `guard_folder` was called for exactly this folder."""
    return _full_path(folder) in _guards


def remove_folder(folder: str) -> None:
    """Delete a folder and everything below it, if it exists."""
    fs, inner = _filesystem(folder)
    _check_guards(fs, inner)
    if fs.exists(inner):
        fs.rm(inner, recursive=True)


def empty_folder(folder: str) -> None:
    """Delete everything below a folder except its own lease, if the folder exists."""
    fs, inner = _filesystem(folder)
    _check_guards(fs, inner)
    for name in fs.ls(inner, detail=False) if fs.exists(inner) else ():
        if name.rstrip("/").rsplit("/", 1)[-1] != LEASE_FILE:
            fs.rm(name, recursive=True)


def remove_file(path: str) -> None:
    """Delete one file, if it exists."""
    fs, inner = _filesystem(path)
    _check_guards(fs, inner)
    if fs.exists(inner):
        fs.rm_file(inner)


def make_folder(folder: str) -> None:
    """Make a folder and its missing parents; object stores need no folders."""
    fs, inner = _filesystem(folder)
    if isinstance(fs, LocalFileSystem):
        with explained_full_disk(folder):
            _make_folder(Path(inner))


def remove_partial_files(folder: str) -> None:
    """Delete the unfinished files of writers that were killed; only the folder's owner may call this."""
    fs, inner = _filesystem(folder)
    if not isinstance(fs, LocalFileSystem):
        return  # object stores show no unfinished objects
    for parent, _, names in os.walk(inner):
        for name in names:
            if name.endswith(_PARTIAL):
                (Path(parent) / name).unlink(missing_ok=True)


def set_aside(path: str) -> str:
    """Rename a damaged file to `NAME.damaged`, `NAME.damaged-2`, … in its folder, and return the new path."""
    number, target = 1, path + _DAMAGED
    while exists(target):
        number += 1
        target = f"{path}{_DAMAGED}-{number}"
    move(path, target)
    return target


def move(path: str, target: str) -> None:
    """Rename a file within one filesystem. The target is replaced if it exists; its folders are made as needed."""
    fs, inner = _filesystem(path)
    _, inner_target = _filesystem(target)
    _check_guards(fs, inner)
    if isinstance(fs, LocalFileSystem):
        with explained_full_disk(target):
            _make_folder(Path(inner_target).parent)
            Path(inner).replace(inner_target)
            _sync_folder(Path(inner_target).parent)
            _sync_folder(Path(inner).parent)
    else:
        fs.copy(inner, inner_target)
        fs.rm_file(inner)


class AtomicFile(io.BufferedIOBase):
    """A file that `open_atomic` is writing, with the size and hash of its content so far."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file = file
        self._path = path
        self._hash = hashlib.sha256()
        self.num_bytes = 0
        """Bytes written so far."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes written so far, 64 hex digits."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes.

        Raises:
            DiskFullError: the bytes do not fit on the disk.
        """
        with explained_full_disk(self._path, self):
            self._file.write(data)
        self._hash.update(data)
        num_bytes = memoryview(data).nbytes
        self.num_bytes += num_bytes
        return num_bytes

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self.num_bytes

    def flush(self) -> None:
        """Flush buffered bytes.

        Raises:
            DiskFullError: the bytes do not fit on the disk.
        """
        if not self._file.closed:
            with explained_full_disk(self._path, self):
                self._file.flush()


@contextmanager
def open_atomic(path: str) -> Iterator[AtomicFile]:
    """Open a file for writing. It appears under its name, complete and on the disk, when the block ends normally.

    Raises:
        InputError: the folder is not writable.
        DiskFullError: the disk is full; an earlier file of that name is kept.
    """
    fs, inner = _filesystem(path)
    _check_guards(fs, inner)
    with _renamed(fs, path, Path(inner)) if isinstance(fs, LocalFileSystem) else _committed(fs, inner) as file:
        yield file


@contextmanager
def open_binary(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading.

    Raises:
        FileNotFoundError, PermissionError: as raised by the filesystem.
    """
    fs, inner = _filesystem(path)
    with fs.open(inner, "rb") as file:
        yield file


def write_json(path: str, value: object) -> None:
    """Write indented JSON, with keys in the given order, by `open_atomic`."""
    with open_atomic(path) as file:
        file.write((json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def write_text(path: str, text: str) -> None:
    """Write UTF-8 text by `open_atomic`."""
    with open_atomic(path) as file:
        file.write(text.encode())


def read_json(path: str) -> Any:  # Any: the caller knows the shape
    """Read one JSON file."""
    with open_binary(path) as file:
        return json.load(file)


@contextmanager
def explained_full_disk(path: str, file: AtomicFile | None = None) -> Iterator[None]:
    """Replace a full-disk error raised inside the block with one that tells the user what to do.

    Args:
        path: the file or folder that the block writes.
        file: knows how much was written; None if the block does not count.

    Raises:
        DiskFullError: the block met a full disk, a quota or a limit on the size of files.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise disk_full(path, error.strerror or str(error), num_bytes=file.num_bytes if file else None) from error


def disk_full(path: str, reason: str, *, num_bytes: int | None = None) -> DiskFullError:
    """Return the error for a file that does not fit on its disk.

    Args:
        path: the file.
        reason: in the system's words.
        num_bytes: bytes of the file that were written; None if unknown.
    """
    written = "" if num_bytes is None else f" after {num_bytes:,} bytes"
    existing = next(folder for folder in (Path(path).absolute(), *Path(path).absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return DiskFullError(
        f"Cannot write {path}: {reason}{written}; {free:,} bytes are free on that disk.",
        remedy=f"Free space on the disk of {existing}, or choose another --output; then run the same command again. "
        "Finished work is kept.",
    )


def flush_to_disk(path: Path) -> None:
    """Block until a file's content is sure to survive a power cut.

    Raises:
        DiskFullError: the content does not fit on the disk.
    """
    with explained_full_disk(str(path)), path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: str) -> None:
    """Block until the names in a folder are sure to survive a power cut; object stores need no such call."""
    if is_local(folder):
        _sync_folder(Path(_filesystem(folder)[1]))


@contextmanager
def _renamed(fs: fsspec.AbstractFileSystem, path: str, inner: Path) -> Iterator[AtomicFile]:
    # Each write has its own partial name: two writers of one file must never share one.
    partial = inner.with_name(f"{inner.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        with explained_full_disk(path):
            _make_folder(inner.parent)
            raw = partial.open("xb")
    except PermissionError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}.", remedy="Choose a folder you may write to with --output."
        ) from error
    file = AtomicFile(raw, path)
    try:
        yield file
        with explained_full_disk(path, file):
            raw.flush()
            os.fsync(raw.fileno())
            raw.close()
            _check_guards(fs, str(inner))
            partial.replace(inner)
            _sync_folder(inner.parent)
    except BaseException:
        with suppress(OSError):  # buffered bytes may not fit on the disk
            raw.close()
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def _committed(fs: fsspec.AbstractFileSystem, path: str) -> Iterator[AtomicFile]:
    # Closing a remote file would commit it, even after an error.
    fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    remote = fs.open(path, "wb", autocommit=False)
    try:
        yield AtomicFile(remote, path)
        _check_guards(fs, path)
        remote.close()
        remote.commit()
    except BaseException:
        with suppress(Exception):  # closing a broken upload may fail
            remote.close()
        with suppress(Exception):
            remote.discard()
        raise


def _check_guards(fs: fsspec.AbstractFileSystem, path: str) -> None:
    if _guards:
        full = _with_protocol(fs, path)
        for folder, check in tuple(_guards.items()):
            if full == folder or full.startswith(folder + "/"):
                check()


def _make_folder(folder: Path) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:  # some network filesystems flush names on their own
            raise
    finally:
        os.close(descriptor)


def _full_path(path: str) -> str:
    return _with_protocol(*_filesystem(path)).rstrip("/")


def _filesystem(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    fs, inner = fsspec.core.url_to_fs(path)
    return fs, inner


def _with_protocol(fs: fsspec.AbstractFileSystem, name: str) -> str:
    return name if isinstance(fs, LocalFileSystem) else str(fs.unstrip_protocol(name))
