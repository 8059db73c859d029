"""Opens, lists, moves, deletes and atomically writes files on any fsspec filesystem.

A write leaves either a complete file or none. A local file is written under a temporary name, flushed and renamed; then
its folder is flushed. So a file with its final name survives a power failure. On an object store nothing is renamed:
one request, with a precondition, makes the whole object appear (`io.uploads`). Bytes are hashed while they are written.
Used wherever files are read or written. Cost: two waits for the disk per file (about 8 ms on an SSD, including 0.5 ms
of CPU time), and SHA-256; on an object store, two requests per file of up to 16 MiB.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import get_protocol

from pipeline.errors import InputError
from pipeline.io.filesystems import explained_store_errors, filesystem_of, is_there
from pipeline.io.full_disk import explained_full_disk
from pipeline.io.guards import check_guards
from pipeline.io.remote_file import open_remote
from pipeline.io.uploads import Upload, abort_unfinished_uploads, open_upload

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LEASE_FILE = ".lease.json"
"""The file that names the process that holds a folder (see `io.lease`); it is not part of the folder's data."""
_LOCAL_PROTOCOLS = frozenset({"file", "local"})
_PARTIAL = ".partial"
_DAMAGED = ".damaged"
_CANNOT_SYNC_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""Error numbers of filesystems on which folders cannot be flushed."""


def join(folder: str, *names: str) -> str:
    """Join a folder and names with single slashes; keep a protocol such as `gs://`."""
    return "/".join([folder.rstrip("/"), *(name.strip("/") for name in names)])


def exists(path: str) -> bool:
    """Return whether a file or folder exists.

    Raises:
        StoreError: the store does not answer. Such an error must never look like an absence.
    """
    fs, inner = filesystem_of(path)
    with explained_store_errors(f"examine {path}"):
        return is_there(fs, inner)


def is_local(path: str) -> bool:
    """Return whether a path is on a local filesystem and not on an object store."""
    return get_protocol(path) in _LOCAL_PROTOCOLS


def local_path(path: str) -> str:
    """Return the absolute path of a local file or folder, without a protocol and with `~` expanded."""
    return filesystem_of(path)[1]


def list_files(folder: str, *, suffix: str = "") -> list[str]:
    """Return the sorted paths of all files in a folder and its subfolders; none if the folder does not exist.

    Each path begins with `folder` as given. Hidden files (`is_hidden`) are left out.
    """
    fs, inner = filesystem_of(folder)
    if isinstance(fs, LocalFileSystem) and not fs.exists(inner):
        return []
    try:
        with explained_store_errors(f"list {folder}"):
            names = fs.find(inner)
    except FileNotFoundError:
        return []
    found = (name for name in names if name.endswith(suffix) and not is_hidden(name))
    return sorted(as_given(folder, inner, name) for name in found)


def as_given(folder: str, inner: str, name: str) -> str:
    """Return the path of a file that a filesystem found in a folder, beginning with the folder as given.

    Args:
        folder: the folder as the caller gave it: relative or absolute, with or without a protocol.
        inner: the path of the folder in the filesystem's own form.
        name: the path of the file in the filesystem's own form.
    """
    return folder.rstrip("/") + name[len(inner.rstrip("/")) :]


def is_hidden(path: str) -> bool:
    """Return whether readers ignore a file, because it is unfinished, was set aside, or is a lease."""
    last = path.rsplit("/", 1)[-1]
    return last == LEASE_FILE or last.endswith((_PARTIAL, _DAMAGED)) or last.rpartition("-")[0].endswith(_DAMAGED)


def remove_folder(folder: str) -> None:
    """Delete a folder and everything in it, if the folder exists."""
    fs, inner = filesystem_of(folder)
    check_guards(fs, inner)
    with explained_store_errors(f"delete {folder}"):
        if is_there(fs, inner):
            fs.rm(inner, recursive=True)


def empty_folder(folder: str) -> None:
    """Delete everything in a folder except the folder's lease, if the folder exists."""
    fs, inner = filesystem_of(folder)
    check_guards(fs, inner)
    with explained_store_errors(f"empty {folder}"):
        for name in fs.ls(inner, detail=False) if is_there(fs, inner) else ():
            if name.rstrip("/").rsplit("/", 1)[-1] != LEASE_FILE:
                fs.rm(name, recursive=True)


def remove_file(path: str) -> None:
    """Delete a file, if it exists."""
    fs, inner = filesystem_of(path)
    check_guards(fs, inner)
    with explained_store_errors(f"delete {path}"):
        if is_there(fs, inner):
            with suppress(FileNotFoundError):  # a request that is sent again finds that the first one deleted the file
                fs.rm_file(inner)


def make_folder(folder: str) -> None:
    """Create a local folder and its missing parents; on object stores, which have no folders, do nothing.

    Raises:
        InputError: the folder cannot be created, or a file has its name.
        DiskFullError: the disk is full.
        FolderLostError: this process no longer holds the folder (see `io.guards`).
    """
    fs, inner = filesystem_of(folder)
    if isinstance(fs, LocalFileSystem):
        check_guards(fs, inner)
        with explained_full_disk(folder), _explained_refusal(f"create the folder {folder}"):
            _make_folder(Path(inner))


def remove_partial_files(folder: str) -> None:
    """Delete the unfinished files of killed processes. Only the process that holds the folder may call this.

    Raises:
        InputError: a file cannot be deleted.
    """
    fs, inner = filesystem_of(folder)
    if not isinstance(fs, LocalFileSystem):
        abort_unfinished_uploads(fs, inner)
        return
    for parent, _, names in os.walk(inner):
        for name in names:
            if name.endswith(_PARTIAL):
                path = Path(parent) / name
                with _explained_refusal(f"delete the unfinished file {path}"):
                    path.unlink(missing_ok=True)


def set_aside(path: str) -> str:
    """Rename a damaged file or local folder to `NAME.damaged`, `NAME.damaged-2` and so on; return the new path."""
    number, target = 1, path + _DAMAGED
    while exists(target):
        number += 1
        target = f"{path}{_DAMAGED}-{number}"
    move(path, target)
    return target


def move(path: str, target: str) -> None:
    """Rename a file or local folder within one filesystem. Replace an existing file; create missing parent folders.

    An object store copies the file and then deletes the first one. A process that is killed in between leaves both.
    """
    fs, inner = filesystem_of(path)
    _, inner_target = filesystem_of(target)
    check_guards(fs, inner)
    if isinstance(fs, LocalFileSystem):
        with explained_full_disk(target):
            _make_folder(Path(inner_target).parent)
            Path(inner).replace(inner_target)
            _sync_folder(Path(inner_target).parent)
            _sync_folder(Path(inner).parent)
    else:
        with explained_store_errors(f"move {path} to {target}"):
            fs.cp_file(inner, inner_target)
            with suppress(FileNotFoundError):  # a request that is sent again finds that the first one deleted the file
                fs.rm_file(inner)


class AtomicFile(io.BufferedIOBase):
    """A file opened by `open_atomic`, with the size and hash of the bytes written so far."""

    def __init__(self, file: IO[bytes] | Upload, path: str) -> None:
        self._file = file
        self._path = path
        self._hash = hashlib.sha256()
        self.num_bytes = 0
        """Number of bytes written so far."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes written so far (64 hex digits)."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes.

        Raises:
            DiskFullError: the bytes do not fit on the disk.
        """
        with explained_full_disk(self._path, self), explained_store_errors(f"write {self._path}"):
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
    """Open a file for writing. When the block ends normally, the complete file gets its name and is on the disk.

    Raises:
        InputError: the folder is not writable.
        DiskFullError: the disk is full; an existing file of the same name is kept.
        FolderLostError: this process no longer holds the folder (see `io.guards`); or, on an object store, a different
            process wrote the file in the meantime.
        StoreError: the store does not answer, or answers with errors.
    """
    fs, inner = filesystem_of(path)
    check_guards(fs, inner)
    with _renamed(fs, path, Path(inner)) if isinstance(fs, LocalFileSystem) else _committed(fs, path, inner) as file:
        yield file


@contextmanager
def open_binary(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading.

    Raises:
        FileNotFoundError, PermissionError: as raised by the filesystem.
        StoreError: the store does not answer, or answers with errors; reading raises it too.
    """
    fs, inner = filesystem_of(path)
    if isinstance(fs, LocalFileSystem):
        with fs.open(inner, "rb") as file:
            yield file
        return
    with open_remote(fs, inner, path) as remote:
        yield remote


def write_json(path: str, value: object) -> None:
    """Write indented JSON atomically, with keys in the given order."""
    with open_atomic(path) as file:
        file.write((json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def write_text(path: str, text: str) -> None:
    """Write UTF-8 text atomically."""
    with open_atomic(path) as file:
        file.write(text.encode())


def read_json(path: str) -> Any:  # Any: the caller knows the shape
    """Read a JSON file."""
    with open_binary(path) as file:
        return json.load(file)


def flush_to_disk(path: Path) -> None:
    """Block until a file's content is on the disk, so that it survives a power failure.

    Raises:
        DiskFullError: the content does not fit on the disk.
    """
    with explained_full_disk(str(path)), path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: str) -> None:
    """Block until the names in a local folder are on the disk; on object stores, do nothing."""
    if is_local(folder):
        _sync_folder(Path(filesystem_of(folder)[1]))


@contextmanager
def _renamed(fs: fsspec.AbstractFileSystem, path: str, inner: Path) -> Iterator[AtomicFile]:
    # Each write has its own temporary name, because two writers of one file must not share one.
    partial = inner.with_name(f"{inner.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        with explained_full_disk(path):
            _make_folder(inner.parent)
            raw = partial.open("xb")
    except PermissionError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}.",
            remedy="Choose a folder that you may write to with --output.",
        ) from error
    file = AtomicFile(raw, path)
    try:
        yield file
        with explained_full_disk(path, file):
            raw.flush()
            os.fsync(raw.fileno())
            raw.close()
            check_guards(fs, str(inner))
            partial.replace(inner)
            _sync_folder(inner.parent)
    except BaseException:
        with suppress(OSError):  # buffered bytes may not fit on the disk
            raw.close()
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def _committed(fs: fsspec.AbstractFileSystem, path: str, inner: str) -> Iterator[AtomicFile]:
    action = f"write {path}"
    with _explained_refusal(action), explained_store_errors(action):
        upload = open_upload(fs, inner, path)
    file = AtomicFile(upload, path)
    try:
        yield file
        check_guards(fs, inner)
        with _explained_refusal(action), explained_store_errors(action):
            upload.commit(file.sha256)
    except BaseException:
        with suppress(Exception):  # the store may be what failed
            upload.discard()
        raise


@contextmanager
def _explained_refusal(action: str) -> Iterator[None]:
    """Turn an error of the filesystem, except that of a full disk, into one that names the action and the remedy."""
    try:
        yield
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(
            f"Cannot {action}: {error.strerror or error}.",
            remedy="Choose a folder that you may write to with --output.",
        ) from error


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
        if error.errno not in _CANNOT_SYNC_FOLDERS:  # some network filesystems flush names themselves
            raise
    finally:
        os.close(descriptor)
