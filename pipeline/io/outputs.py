"""Comparison of a build's files with the shard reports that list them: missing, changed and unlisted files.

A *data file* is one that a reader takes from a folder of the build: parquet or jsonl, directly in the folder or in a
`bucket=N` folder of the corpus. Other files, such as those that a trainer wrote into `sft/`, are left alone.

In: shard reports and one listing per folder. Out: findings. Cost: one listing per folder; file contents are read only
if the caller asks for hashes. Used by the runner before it reports a stage as up to date, by readers of a finished
build, and by `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report
from pipeline.io.listing import FileState, file_problem, file_states

_DATA_SUFFIXES = (".parquet", ".jsonl")
_BUCKET = "bucket="


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with one file of a build."""

    path: str
    """Relative to the folder."""
    problem: str
    """What is wrong, as the end of a sentence."""


def list_outputs(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Return the files of one output by relative path, two folders deep; `name` is a folder or file of the build."""
    found = file_states(files.join(folder.root, name), max_depth=2)
    return {folder.relative(path): state for path, state in found.items()}


def is_data_file(path: str, name: str) -> bool:
    """Return whether a file of an output, given by relative path, is a data file."""
    *between, _ = path.split("/")[name.count("/") + 1 :] or [""]
    return path.endswith(_DATA_SUFFIXES) and all(step.startswith(_BUCKET) for step in between)


def list_data_files(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Return the data files of one output by relative path."""
    return {path: state for path, state in list_outputs(folder, name).items() if is_data_file(path, name)}


def part_files(folder: BuildFolder, name: str, *, suffix: str = ".parquet") -> list[str]:
    """Return the full paths of one output's data files, sorted, for the next stage to read."""
    found = list_data_files(folder, name)
    return [files.join(folder.root, path) for path in sorted(found) if path.endswith(suffix)]


def find_part_problems(
    parts: Iterable[PartRecord], states: Mapping[str, FileState], root: str, *, hashed: Callable[[PartRecord], bool]
) -> Iterator[Finding]:
    """Yield what is wrong with the files of a shard.

    Args:
        parts: the files that its report lists.
        states: existing files by relative path.
        root: the build folder.
        hashed: returns whether to read a file and compare its hash.
    """
    for part in parts:
        path, state = files.join(root, part.path), states.get(part.path)
        sha256 = part.sha256 if hashed(part) else None
        if problem := file_problem(path, state, num_bytes=part.num_bytes, sha256=sha256):
            yield Finding(part.path, problem)


def built_files(folder: BuildFolder, name: str, *, stage: str, suffix: str = ".parquet") -> list[str]:
    """Return the files of one output of a finished build, sorted, for readers outside the build such as training.

    If reports of `stage` list files of this output, exactly those are returned. Otherwise, as for rows that were copied
    elsewhere, the folder is listed.

    Args:
        folder: the build.
        name: the output, such as `corpus`.
        stage: writes the output.
        suffix: of the files.

    Raises:
        DamagedFileError: a file is missing or has another size than its report says, or a report is damaged.
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
            remedy="Run the build that wrote the folder again; it rebuilds what is missing.",
        )
    return [files.join(folder.root, part.path) for part in sorted(parts, key=lambda part: part.path)]


def read_all_reports(folder: BuildFolder, stage: str) -> list[ShardReport]:
    """Return every report of a stage, whatever its fingerprint.

    Raises:
        DamagedFileError: a report is damaged.
    """
    return [read_shard_report(path) for path in files.list_files(folder.shard_reports(stage), suffix=".json")]
