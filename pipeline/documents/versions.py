"""Tells whether a file has changed since it was listed.

A version is a string that changes when a file changes. `discovery` takes the version of each file; the ingest stage and
`readers.tree` compare it after reading. Cost: one `stat`, or one request for a remote file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.documents.bundled import bundled_version, is_bundled
from pipeline.errors import PipelineError
from pipeline.io.filesystems import explained_store_errors, filesystem_of


class ChangedFileError(PipelineError):
    """A file changed, or was removed, between listing and the end of reading."""


def stat_version(found: os.stat_result) -> str:
    """Return a string that changes when a local file changes.

    The string includes the status change time, because a program that edits a file can restore the file's size and
    modification time, but not that time.
    """
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_ino}"


def info_version(info: Mapping[str, Any]) -> str:  # Any: fsspec's info values
    """Return the version of a remote file: an entity tag or a time."""
    found = next((info[key] for key in _VERSION_KEYS if info.get(key)), "")
    # A listing may report a number where a request for one file reports a date.
    return str(found.timestamp() if isinstance(found, datetime) else found)


def is_unchanged(path: str, version: str) -> bool:
    """Return whether a file still has the version that the listing found."""
    try:
        return _version_now(path) == version
    except OSError:
        return False


def changed_error(uri: str) -> ChangedFileError:
    """Return the error for a file that has changed."""
    return ChangedFileError(f"{uri} changed while it was read.", remedy="Run the same command again.")


def _version_now(path: str) -> str:
    if is_bundled(path):
        return bundled_version(path)
    if path.startswith("/"):
        return stat_version(Path(path).stat())
    fs, inner = filesystem_of(path)
    # The client of the hub keeps what it has seen.
    again = {"refresh": True, "expand_info": True} if path.startswith("hf://") else {}
    with explained_store_errors(f"examine {path}"):
        return info_version(fs.info(inner, **again))


_VERSION_KEYS = (
    *("ETag", "etag", "blob_id", "mtime", "LastModified", "last_modified", "updated", "modificationTime"),
    "created",
)
"""Keys under which fsspec filesystems report an entity tag or a time."""
