"""Records the path, size and hash of a file that was just written. The hash is computed during writing.

Used by everything that writes files of a build, because shard reports list these records.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.io import files


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A complete file with its final name."""

    path: str
    num_bytes: int
    sha256: str


def written_file(path: str, file: files.AtomicFile) -> WrittenFile:
    """Return the record of a file whose `open_atomic` block has ended."""
    return WrittenFile(path=path, num_bytes=file.num_bytes, sha256=file.sha256)


def write_bytes(path: str, data: bytes) -> WrittenFile:
    """Write a small file atomically, and return its record."""
    with files.open_atomic(path) as file:
        file.write(data)
    return written_file(path, file)
