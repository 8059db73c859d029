"""Returns sizes, change times and hashes of files on any fsspec filesystem.

Used wherever files are compared with records of their size and hash. Cost: one listing per folder; a file is read only
for its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fsspec.implementations.local import LocalFileSystem

from pipeline.io import files
from pipeline.io.guards import filesystem_of

MISSING = "is missing"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file's size and time of change."""

    num_bytes: int
    changed_ns: int
    """Time of the last change of content or metadata, in ns, on a local filesystem; 0 on other filesystems."""


def file_states(folder: str, *, max_depth: int) -> dict[str, FileState]:
    """Return the states of the files in a folder, by path and in path order; empty if the folder does not exist.

    Each path begins with `folder` as given. If `folder` is a file, only this file is returned. Hidden files
    (`files.is_hidden`) are left out.

    Args:
        folder: a folder or file on any filesystem.
        max_depth: number of levels to list; 1 lists only the files directly in the folder.
    """
    fs, inner = filesystem_of(folder)
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
    """Return the state of one file; None if the file does not exist."""
    fs, inner = filesystem_of(path)
    try:
        return _state(fs.info(inner), isinstance(fs, LocalFileSystem))
    except FileNotFoundError:
        return None


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file (64 hex digits), which is read in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with files.open_binary(path) as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def file_problem(path: str, state: FileState | None, *, num_bytes: int, sha256: str | None) -> str:
    """Return what is wrong with a file, such as "is missing"; empty if the file matches its record.

    Args:
        path: the file's path.
        state: the file's current state; None if the file does not exist.
        num_bytes: the recorded size.
        sha256: the recorded hash; with None, the file is not read.
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
