"""Lets a plan read and write an output folder that does not exist, or cannot be reached, without touching it.

While `standing_in(folder)` is open, `filesystem_of` takes the folder's files from memory in this process; the paths
stay as they are. So a job can be planned for a bucket without a network, and what is planned names the bucket. Used by
`stages.job_plans`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

_stand_ins: dict[str, fsspec.AbstractFileSystem] = {}
"""The filesystem that stands in for each folder, by the folder's path without a slash at the end."""


@contextmanager
def standing_in(folder: str) -> Iterator[None]:
    """Let an empty filesystem in memory stand in for a folder while the block is open, in all threads."""
    root = folder.rstrip("/")
    assert root not in _stand_ins, f"{root} has a stand-in already"
    _stand_ins[root] = _Memory()
    try:
        yield
    finally:
        del _stand_ins[root]


def stand_in_for(path: str) -> tuple[fsspec.AbstractFileSystem, str] | None:
    """Return the filesystem that stands in for a folder with this path in it, and the path on it; None if none does."""
    for root, stand_in in _stand_ins.items():
        if path == root or path.startswith(root + "/"):
            return stand_in, path[len(root) :].rstrip("/") or "/"
    return None


class _Memory(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A filesystem in memory that shares no files with other ones; those of fsspec all share theirs."""

    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.store: dict[str, Any] = {}
        self.pseudo_dirs = [""]
