"""Paths of the documents that ship with the project: `bundled:legal/en/lease.txt`, on any machine that has the wheel.

A worker on another machine has the documents in another folder, and its copies have other times. So the path of such an
item keeps its prefix until the file is opened, and its version is a hash of its content. Used by `discovery`, `opening`
and `versions`.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

BUNDLED = "bundled:"
"""Prefix of the path of a document that ships with the project."""


def is_bundled(path: str) -> bool:
    """Return whether a path names documents that ship with the project."""
    return path.startswith(BUNDLED)


def bundled_folder() -> str:
    """Return the folder of the documents on this machine."""
    return str(resources.files("pipeline").joinpath("bundled", "documents"))


def bundled_file(path: str) -> str:
    """Return where a document is on this machine.

    Args:
        path: the path with its prefix; no part of it may lead out of the folder.
    """
    folder = Path(bundled_folder())
    found = folder / path[len(BUNDLED) :].strip("/")
    assert folder in (found, *found.parents) and ".." not in found.parts, f"{path} is not below {BUNDLED}"
    return str(found)


def bundled_version(path: str) -> str:
    """Return a string that changes when the content of a document changes.

    Raises:
        OSError: the document does not exist, or is a folder.
    """
    return hashlib.sha256(Path(bundled_file(path)).read_bytes()).hexdigest()
