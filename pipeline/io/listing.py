"""Sizes, times of change and hashes of files on any fsspec filesystem. Cost: one listing a folder."""

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
    """What a listing says of a file."""

    num_bytes: int
    changed_ns: int
    """When its content or name last changed, as a local filesystem says; 0 where it does not say."""


def file_states(folder: str, *, max_depth: int) -> dict[str, FileState]:
    """Files below a folder by path, sorted; `max_depth` 1 is the folder itself. None where the folder is not there.

    Each path begins as the folder is given. A path that is a file is its own listing. Files that no reader takes
    (`files.is_hidden`) are left out.
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
    """Size and time of change of one file; None if it is not there."""
    fs, inner = fsspec.core.url_to_fs(path)
    try:
        return _state(fs.info(inner), isinstance(fs, LocalFileSystem))
    except FileNotFoundError:
        return None


def sha256_of(path: str) -> str:
    """SHA-256 of a file's bytes, 64 hex digits; reads it in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with files.open_binary(path) as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


def file_problem(path: str, state: FileState | None, *, num_bytes: int, sha256: str | None) -> str:
    """What is wrong with a file, as the end of a sentence; empty if it is what was written.

    Args:
        path: of the file.
        state: as a listing says; None if it is not there.
        num_bytes: of what was written.
        sha256: of what was written; None leaves the bytes unread.
    """
    if state is None:
        return MISSING
    if state.num_bytes != num_bytes:
        return f"has {state.num_bytes:,} bytes instead of {num_bytes:,}"
    if sha256 is not None and sha256_of(path) != sha256:
        return "has other bytes than were written"
    return ""


def _state(info: Mapping[str, Any], is_local: bool) -> FileState:  # Any: fsspec's info values
    changed = max(info["mtime"], info["created"]) if is_local else 0.0
    return FileState(num_bytes=int(info["size"] or 0), changed_ns=int(changed * 1e9))
