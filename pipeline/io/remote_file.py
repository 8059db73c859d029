"""Reads a file on an object store: 4 MiB a request, with errors that say what failed.

Used by `io.files`. Memory: 4 MiB and a buffer of 64 KiB per open file.
"""

from __future__ import annotations

import io
import os
from typing import IO, Any

from pipeline.io.filesystems import explained_store_errors
from pipeline.io.uploads import has_protocol

_BUFFER_BYTES = 2**16
_READING = {"cache_type": "readahead", "block_size": 2**22}
"""By default, gcsfs asks for every 8 KiB that Python's buffers read, and s3fs fetches 50 MiB for a footer."""


def open_remote(fs: Any, inner: str, path: str) -> io.BufferedReader:  # Any: fsspec's filesystems have no types
    """Open a file on a store for reading.

    Args:
        fs: the filesystem.
        inner: the file's path as the filesystem names it.
        path: the file's path for messages.

    Raises:
        FileNotFoundError, PermissionError: as raised by the filesystem.
        StoreError: the store does not answer, or answers with errors; reading raises it too.
    """
    is_known = has_protocol(fs, "s3") or has_protocol(fs, "gs")
    with explained_store_errors(f"read {path}"):
        file = fs.open(inner, "rb", **(_READING if is_known else {}))
    return io.BufferedReader(RemoteFile(file, path), _BUFFER_BYTES)


class RemoteFile(io.RawIOBase):
    """A file on a store whose errors are explained where they are raised, before a parser takes them for damage."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file, self._path = file, path

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether the store reads from any place."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:  # Any: a writable buffer
        """Read into a buffer, and return the number of bytes."""
        with explained_store_errors(f"read {self._path}"):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Read to the end of the file."""
        with explained_store_errors(f"read {self._path}"):
            return self._file.read()

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()
