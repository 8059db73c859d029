"""The files of a build held against the unit reports that list them: what is missing, changed, or nobody's.

A *data file* is one that some reader takes from a folder of the build: parquet or jsonl, directly in it, or in a
`bucket=N` folder of the corpus. Other files, such as what a trainer wrote into `sft/`, are left alone.

In: unit reports and one listing a folder. Out: findings. Cost: one listing a folder; bytes are read only where a hash
is asked for. Used by the runner before a stage is called up to date, by readers of a finished build, and by `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, UnitReport, read_unit_report
from pipeline.io.listing import FileState, file_problem, file_states

_DATA_SUFFIXES = (".parquet", ".jsonl")
_BUCKET = "bucket="


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one file of a build."""

    path: str
    """Relative to the folder."""
    problem: str
    """What is wrong, as the end of a sentence."""


def list_outputs(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Files of one output of a build by relative path, two folders deep; `name` is a folder or a file of it."""
    found = file_states(files.join(folder.root, name), max_depth=2)
    return {folder.relative(path): state for path, state in found.items()}


def is_data_file(path: str, name: str) -> bool:
    """Whether a file of an output, by relative path, is one that readers take."""
    *between, _ = path.split("/")[name.count("/") + 1 :] or [""]
    return path.endswith(_DATA_SUFFIXES) and all(step.startswith(_BUCKET) for step in between)


def list_data_files(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Data files of one output by relative path."""
    return {path: state for path, state in list_outputs(folder, name).items() if is_data_file(path, name)}


def part_files(folder: BuildFolder, name: str, *, suffix: str = ".parquet") -> list[str]:
    """Data files of one output, by full path, sorted: what a stage reads of the stage before it."""
    found = list_data_files(folder, name)
    return [files.join(folder.root, path) for path in sorted(found) if path.endswith(suffix)]


def find_part_problems(
    parts: Iterable[PartRecord], states: Mapping[str, FileState], root: str, *, hashed: Callable[[PartRecord], bool]
) -> Iterator[Finding]:
    """What is wrong with the files of a unit.

    Args:
        parts: as its report lists them.
        states: files that are there, by relative path.
        root: of the folder.
        hashed: whether a file's bytes are to be read.
    """
    for part in parts:
        path, state = files.join(root, part.path), states.get(part.path)
        sha256 = part.sha256 if hashed(part) else None
        if problem := file_problem(path, state, num_bytes=part.num_bytes, sha256=sha256):
            yield Finding(part.path, problem)


def built_files(folder: BuildFolder, name: str, *, stage: str, suffix: str = ".parquet") -> list[str]:
    """Files of one output of a finished build, sorted, for readers outside the build such as training.

    Where reports of the stage that writes them list such files, they are exactly those. A folder without reports, such
    as rows that were copied elsewhere, is listed as it is.

    Args:
        folder: the build.
        name: the output, such as `corpus`.
        stage: that writes it.
        suffix: of the files.

    Raises:
        DamagedFileError: a file is missing or has another size than was written, or a report is damaged.
    """
    reports = read_all_reports(folder, stage)
    states = list_data_files(folder, name)
    parts = [
        part
        for report in reports
        for part in report.parts
        if part.path.startswith(f"{name}/") and part.path.endswith(suffix)
    ]
    if not parts:
        return [files.join(folder.root, path) for path in sorted(states) if path.endswith(suffix)]
    for finding in find_part_problems(parts, states, folder.root, hashed=lambda _: False):
        raise DamagedFileError(
            f"{files.join(folder.root, finding.path)} {finding.problem}.",
            remedy="Run the build that wrote the folder again; it makes what is missing again.",
        )
    return [files.join(folder.root, part.path) for part in sorted(parts, key=lambda part: part.path)]


def read_all_reports(folder: BuildFolder, stage: str) -> list[UnitReport]:
    """Every report of a stage, of whatever fingerprint.

    Raises:
        DamagedFileError: one of them is damaged.
    """
    return [read_unit_report(path) for path in files.list_files(folder.unit_reports(stage), suffix=".json")]
