"""Size and hash of files in a folder: noted when they are written, held against the folder before they are read.

In: a local folder and names in it. Out: `FileSum`s by name, and what is wrong with the folder. Used for checkpoints,
exported models and the token ids a training makes for itself. Cost: reading what is hashed once, about 1.5 GB/s a
thread; sizes cost a look at each file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.io.listing import file_problem, file_state

_THREADS = 4
"""hashlib lets go of the interpreter while it hashes."""


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file was when it was written."""

    num_bytes: int
    sha256: str


def sum_of(path: Path) -> FileSum:
    """Read a file and note what it is."""
    with path.open("rb") as file:
        return FileSum(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def sums_of(folder: Path, names: Iterable[str]) -> dict[str, FileSum]:
    """The same for some files of a folder, by name, in order of name."""
    ordered = sorted(names)
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(ordered, pool.map(lambda name: sum_of(folder / name), ordered), strict=True))


def find_problems(folder: Path, sums: Mapping[str, FileSum]) -> dict[str, str]:
    """What is wrong with the files of a folder, by name, as the end of a sentence.

    Args:
        folder: where they are.
        sums: as they were written.
    """

    def problem(name: str) -> str:
        path, noted = str(folder / name), sums[name]
        return file_problem(path, file_state(path), num_bytes=noted.num_bytes, sha256=noted.sha256)

    with ThreadPoolExecutor(_THREADS) as pool:
        found = zip(sums, pool.map(problem, sums), strict=True)
        return {name: what for name, what in found if what}


def sums_as_json(sums: Mapping[str, FileSum]) -> dict[str, Any]:
    """By name, as a record holds them."""
    return {name: asdict(noted) for name, noted in sums.items()}


def sums_from_json(values: Mapping[str, Any]) -> dict[str, FileSum]:
    """Back from a record."""
    return {name: FileSum(**noted) for name, noted in values.items()}
