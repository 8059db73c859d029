"""Turns the error of a full disk into one that names the file, the free space and what to do.

Used by `io.files`, `io.lease_store` and the log of training metrics.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DiskFullError

if TYPE_CHECKING:
    from pipeline.io.files import AtomicFile

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a full disk, an exceeded quota and a file that is too large."""


@contextmanager
def explained_full_disk(path: str, file: AtomicFile | None = None) -> Iterator[None]:
    """Replace a full-disk error raised inside the block by one that says what to do.

    Args:
        path: the file or folder that the block writes.
        file: the file whose number of written bytes is reported; None if that number is unknown.

    Raises:
        DiskFullError: the disk is full, or a quota or the maximum file size is exceeded.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise disk_full(path, error.strerror or str(error), num_bytes=file.num_bytes if file else None) from error


def disk_full(path: str, reason: str, *, num_bytes: int | None = None) -> DiskFullError:
    """Return the error for a file that does not fit on its disk.

    Args:
        path: the path of the file.
        reason: the operating system's description of the error.
        num_bytes: number of bytes that were written; None if unknown.
    """
    written = "" if num_bytes is None else f" after {num_bytes:,} bytes"
    existing = next(folder for folder in (Path(path).absolute(), *Path(path).absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return DiskFullError(
        f"Cannot write {path}: {reason}{written}; {free:,} bytes are free on that disk.",
        remedy=f"Free space on the disk of {existing}, or choose a different --output; then run the same command "
        "again. Finished work is kept.",
    )
