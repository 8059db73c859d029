"""Files on any fsspec filesystem: opening, listing, and writes that are either whole or not there.

A local file is written beside its final name and renamed; an object store shows an object only when it is closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
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


def set_aside(path: str) -> str:
    """Rename a damaged file or folder to the first free `NAME.damaged`, `NAME.damaged-2`, …; returns the new path."""
    fs, inner = _filesystem(path)
    number, target = 1, f"{inner}.damaged"
    while fs.exists(target):
        number += 1
        target = f"{inner}.damaged-{number}"
    fs.mv(inner, target, recursive=True)
    return _with_protocol(fs, target)


@contextmanager
def open_atomic(path: str, *, mode: str = "wb") -> Iterator[IO[Any]]:
    """Open for writing; the file appears under its name only when the block ends without an error.

    Raises:
        InputError: the folder cannot be written to.
    """
    fs, inner = _filesystem(path)
    try:
        fs.makedirs(inner.rsplit("/", 1)[0], exist_ok=True)
        with _renamed(fs, inner, mode) if isinstance(fs, LocalFileSystem) else _committed(fs, inner, mode) as file:
            yield file
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


def _with_protocol(fs: fsspec.AbstractFileSystem, name: str) -> str:
    return name if isinstance(fs, LocalFileSystem) else str(fs.unstrip_protocol(name))
