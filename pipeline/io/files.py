"""Files on any fsspec filesystem: opening, listing, and writes that are either whole or not there.

A local file is written beside its final name and renamed; an object store shows an object only when it is closed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import InputError

_PARTIAL = ".partial"


def join(folder: str, *names: str) -> str:
    """Folder and names with one slash between; keeps a protocol such as `gs://`."""
    return "/".join([folder.rstrip("/"), *(name.strip("/") for name in names)])


def exists(path: str) -> bool:
    """Whether a file or folder is there."""
    fs, inner = _filesystem(path)
    return bool(fs.exists(inner))


def list_files(folder: str, *, suffix: str = "") -> list[str]:
    """Every file below a folder, sorted, with the folder's own protocol; none where the folder is not there."""
    fs, inner = _filesystem(folder)
    if not fs.exists(inner):
        return []
    return sorted(
        _with_protocol(fs, name) for name in fs.find(inner) if name.endswith(suffix) and not name.endswith(_PARTIAL)
    )


@dataclass(frozen=True, slots=True)
class FileState:
    """What a listing says of a file."""

    num_bytes: int
    changed_ns: int
    """When its content or name last changed, as a local filesystem says; 0 where it does not say."""


def file_states(folder: str, *, max_depth: int) -> dict[str, FileState]:
    """Files below a folder by path, sorted; `max_depth` 1 is the folder itself. None where the folder is not there.

    A path that is a file is its own listing.
    """
    fs, inner = _filesystem(folder)
    if not fs.exists(inner):
        return {}
    found = fs.find(inner, maxdepth=max_depth, detail=True)
    return {
        _with_protocol(fs, name): _state(fs, info)
        for name, info in sorted(found.items())
        if not name.endswith(_PARTIAL)
    }


def file_state(path: str) -> FileState | None:
    """Size and time of change of one file; None where it is not there."""
    fs, inner = _filesystem(path)
    try:
        return _state(fs, fs.info(inner))
    except FileNotFoundError:
        return None


def sha256_of(path: str) -> str:
    """SHA-256 of a file's bytes, 64 hex digits; reads it in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with open_binary(path) as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


def move(path: str, target: str) -> None:
    """Give a file another name, replacing what has it; folders are made as needed."""
    fs, inner = _filesystem(path)
    _, inner_target = _filesystem(target)
    fs.makedirs(inner_target.rsplit("/", 1)[0], exist_ok=True)
    fs.mv(inner, inner_target)


def set_aside(path: str) -> str:
    """Rename a damaged file to `NAME.damaged`, `NAME.damaged-2`, … in its folder; returns the new path."""
    number = 1
    while exists(target := f"{path}.damaged" + (f"-{number}" if number > 1 else "")):
        number += 1
    move(path, target)
    return target


def remove_folder(folder: str) -> None:
    """Delete a folder and all below it; nothing happens where it is not there."""
    fs, inner = _filesystem(folder)
    if fs.exists(inner):
        fs.rm(inner, recursive=True)


def remove_file(path: str) -> None:
    """Delete one file; nothing happens where it is not there."""
    fs, inner = _filesystem(path)
    if fs.exists(inner):
        fs.rm_file(inner)


class HashedFile:
    """A file that is being written, and the hash of what was written to it so far."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.num_bytes = 0

    @property
    def sha256(self) -> str:
        """Of all bytes written, 64 hex digits."""
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def write(self, data: Any) -> int:  # Any: whatever has a buffer
        """Append bytes."""
        self._hash.update(data)
        view = memoryview(data)
        self.num_bytes += view.nbytes
        self._file.write(data)
        return view.nbytes

    def tell(self) -> int:
        """Bytes written so far."""
        return self.num_bytes

    def flush(self) -> None:
        """Hand what is buffered to the filesystem."""
        self._file.flush()

    def close(self) -> None:
        """Whoever opened the file closes it."""

    def writable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Never."""
        return False

    def seekable(self) -> bool:
        """Never: what is written once is hashed once."""
        return False


@contextmanager
def open_atomic(path: str) -> Iterator[HashedFile]:
    """Open for writing; the file appears under its name only when the block ends without an error.

    The file knows its `num_bytes` and `sha256`, after the block too.

    Raises:
        InputError: the folder cannot be written to.
    """
    fs, inner = _filesystem(path)
    try:
        fs.makedirs(inner.rsplit("/", 1)[0], exist_ok=True)
        with _renamed(fs, inner, "wb") if isinstance(fs, LocalFileSystem) else _committed(fs, inner, "wb") as file:
            yield HashedFile(file)
    except PermissionError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}.", remedy="Choose a folder you may write to with --output."
        ) from error


@contextmanager
def open_binary(path: str) -> Iterator[IO[bytes]]:
    """Open for reading.

    Raises:
        FileNotFoundError, PermissionError: as the filesystem says.
    """
    fs, inner = _filesystem(path)
    with fs.open(inner, "rb") as file:
        yield file


def write_json(path: str, value: object) -> None:
    """Write JSON, indented, keys in the order given, atomically."""
    with open_atomic(path) as file:
        file.write((json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


def write_text(path: str, text: str) -> None:
    """Write UTF-8 text atomically."""
    with open_atomic(path) as file:
        file.write(text.encode())


def read_json(path: str) -> Any:  # Any: the caller knows the shape
    """Parse one JSON file."""
    with open_binary(path) as file:
        return json.load(file)


@contextmanager
def _renamed(fs: fsspec.AbstractFileSystem, path: str, mode: str) -> Iterator[IO[Any]]:
    with fs.open(path + _PARTIAL, mode) as file:
        yield file
    fs.mv(path + _PARTIAL, path)


@contextmanager
def _committed(fs: fsspec.AbstractFileSystem, path: str, mode: str) -> Iterator[IO[Any]]:
    # A remote file would be committed by its closing, also after an error.
    file = fs.open(path, mode, autocommit=False)
    try:
        yield file
    except BaseException:
        file.close()
        file.discard()
        raise
    file.close()
    file.commit()


def _filesystem(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    fs, inner = fsspec.core.url_to_fs(path)
    return fs, inner


def _state(fs: fsspec.AbstractFileSystem, info: dict[str, Any]) -> FileState:  # Any: fsspec's info values
    if not isinstance(fs, LocalFileSystem):
        return FileState(num_bytes=int(info["size"] or 0), changed_ns=0)
    return FileState(num_bytes=info["size"], changed_ns=int(max(info["mtime"], info["created"]) * 1e9))


def _with_protocol(fs: fsspec.AbstractFileSystem, name: str) -> str:
    return name if isinstance(fs, LocalFileSystem) else str(fs.unstrip_protocol(name))
