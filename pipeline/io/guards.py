"""Stops a process from writing into a folder that it no longer holds.

Before `io.files` creates, renames or deletes a file, it calls the checks of all guarded folders that contain the file.
Only the unfinished files of killed processes are deleted without a check.
`io.lease` guards the folders that are held by this process or, in a worker, by the process that started it.
"""

from __future__ import annotations

from collections.abc import Callable

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.io.stand_ins import stand_in_for

_guards: dict[str, Callable[[], None]] = {}
"""The check of each guarded folder, by full path."""


def guard_folder(folder: str, check: Callable[[], None]) -> None:
    """Call `check` whenever `io.files` is about to create, rename or delete a file in a folder.

    Args:
        folder: a folder on any filesystem; a new check replaces an earlier one.
        check: raises an error if this process must no longer write into the folder. Any thread may call it.
    """
    _guards[_full_path(folder)] = check


def unguard_folder(folder: str) -> None:
    """Remove the check that `guard_folder` added."""
    _guards.pop(_full_path(folder), None)


def is_guarded(folder: str) -> bool:
    """Return whether `guard_folder` was called for exactly this folder."""
    return _full_path(folder) in _guards


def check_guards(fs: fsspec.AbstractFileSystem, path: str) -> None:
    """Call the checks of all guarded folders that contain a path, given as its filesystem names it."""
    if _guards:
        full = _with_protocol(fs, path)
        for folder, check in tuple(_guards.items()):
            if full == folder or full.startswith(folder + "/"):
                check()


def filesystem_of(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the filesystem of a path, and the path as the filesystem names it."""
    if stand_in := stand_in_for(path):
        return stand_in
    fs, inner = fsspec.core.url_to_fs(path)
    return fs, inner


def _full_path(path: str) -> str:
    return _with_protocol(*filesystem_of(path)).rstrip("/")


def _with_protocol(fs: fsspec.AbstractFileSystem, name: str) -> str:
    return name if isinstance(fs, LocalFileSystem) else str(fs.unstrip_protocol(name))
