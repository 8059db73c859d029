"""Sizes and hashes of files in a folder: recorded when the files are written, checked before they are read.

In: a local folder and file names in it. Out: `FileSum`s by name, and the problems of a folder. Used for checkpoints,
exported models and the token ids that a training makes for itself. Cost: one read of each hashed file, about 1.5 GB/s a
thread; a size costs one stat call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.io.listing import file_problem, file_state
from pipeline.io.record_values import read_checked_record, write_checked_record

_THREADS = 4
"""hashlib releases the GIL while it hashes."""


@dataclass(frozen=True, slots=True)
class FileSum:
    """Size and hash of a file when it was written."""

    num_bytes: int
    sha256: str


def sum_of(path: Path) -> FileSum:
    """Read a file and return its size and hash."""
    with path.open("rb") as file:
        return FileSum(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def sums_of(folder: Path, names: Iterable[str]) -> dict[str, FileSum]:
    """Return sizes and hashes of some files of a folder, by name, sorted by name."""
    ordered = sorted(names)
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(ordered, pool.map(lambda name: sum_of(folder / name), ordered), strict=True))


def find_problems(folder: Path, sums: Mapping[str, FileSum]) -> dict[str, str]:
    """Return the problems of the files of a folder, by name. Each is the end of a sentence.

    Args:
        folder: holds the files.
        sums: sizes and hashes of the files when they were written.
    """

    def problem(name: str) -> str:
        path, noted = str(folder / name), sums[name]
        return file_problem(path, file_state(path), num_bytes=noted.num_bytes, sha256=noted.sha256)

    with ThreadPoolExecutor(_THREADS) as pool:
        found = zip(sums, pool.map(problem, sums), strict=True)
        return {name: what for name, what in found if what}


@dataclass(frozen=True, slots=True)
class SumList:
    """The content of a checksum file."""

    files: Mapping[str, FileSum]
    """Sizes and hashes by file name."""


def write_sums(path: Path, sums: Mapping[str, FileSum]) -> None:
    """Write a checksum file atomically."""
    write_checked_record(str(path), SumList(sums))


def read_sums(path: Path) -> dict[str, FileSum]:
    """Read a checksum file.

    Raises:
        DamagedFileError: the file has changed since it was written, or is not a checksum file.
        FileNotFoundError: the file does not exist.
    """
    return dict(read_checked_record(str(path), SumList, name="a checksum file").files)
