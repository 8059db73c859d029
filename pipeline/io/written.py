"""Path, size and hash of a file that was just written; the hash is computed while writing."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.io import files


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A complete file under its final name."""

    path: str
    num_bytes: int
    sha256: str


def written_file(path: str, file: files.AtomicFile) -> WrittenFile:
    """Return the record of a file whose `open_atomic` block has ended."""
    return WrittenFile(path=path, num_bytes=file.num_bytes, sha256=file.sha256)


def write_bytes(path: str, data: bytes) -> WrittenFile:
    """Write a small file atomically."""
    with files.open_atomic(path) as file:
        file.write(data)
    return written_file(path, file)
