"""Sizes, change times and hashes of files on any fsspec filesystem. Cost: one listing per folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.io import files

MISSING = "is missing"


@dataclass(frozen=True, slots=True)
class FileState:
    """Size and change time of a file in a listing."""

    num_bytes: int
    changed_ns: int
    """When the content or name last changed, on a local filesystem; 0 on other filesystems."""


def file_states(folder: str, *, max_depth: int) -> dict[str, FileState]:
    """Return the files below a folder by path, sorted; empty if the folder does not exist.

    Each path begins with `folder` as given. A path of a file returns that file. Files that readers skip
    (`files.is_hidden`) are left out.

    Args:
        folder: a folder or file on any filesystem.
        max_depth: levels to list; 1 lists only the files directly in the folder.
    """
    fs, inner = fsspec.core.url_to_fs(folder)
    if not fs.exists(inner):
        return {}
    is_local = isinstance(fs, LocalFileSystem)
    found = fs.find(inner, maxdepth=max_depth, detail=True)
    return {
        files.as_given(folder, inner, name): _state(info, is_local)
        for name, info in sorted(found.items())
        if not files.is_hidden(name)
    }


def file_state(path: str) -> FileState | None:
    """Return size and change time of one file; None if it does not exist."""
    fs, inner = fsspec.core.url_to_fs(path)
    try:
        return _state(fs.info(inner), isinstance(fs, LocalFileSystem))
    except FileNotFoundError:
        return None


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file's bytes, 64 hex digits, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with files.open_binary(path) as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


def file_problem(path: str, state: FileState | None, *, num_bytes: int, sha256: str | None) -> str:
    """Return what is wrong with a file, as the end of a sentence; empty if it has not changed since it was written.

    Args:
        path: the file.
        state: the file in a listing; None if it does not exist.
        num_bytes: size when it was written.
        sha256: hash when it was written; None skips reading the bytes.
    """
    if state is None:
        return MISSING
    if state.num_bytes != num_bytes:
        return f"has {state.num_bytes:,} bytes instead of {num_bytes:,}"
    if sha256 is not None and sha256_of(path) != sha256:
        return "has changed since it was written"
    return ""


def _state(info: Mapping[str, Any], is_local: bool) -> FileState:  # Any: fsspec's info values
    changed = max(info["mtime"], info["created"]) if is_local else 0.0
    return FileState(num_bytes=int(info["size"] or 0), changed_ns=int(changed * 1e9))
