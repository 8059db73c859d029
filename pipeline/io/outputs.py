"""Lists the files of a build, and compares them with the shard reports: missing and changed files.

A *data file* is a file that stages and other commands read from an output folder: Parquet or JSONL, directly in the
folder or in a `bucket=N` subfolder. Other files, such as those that a trainer wrote into `sft/`, are ignored. An
*output* is a file or folder of the build, such as `corpus`.

Used by the stages, by readers of a finished build, and by `report` and `verify`. Cost: one listing per folder; files
are read only if the caller asks for hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report
from pipeline.io.listing import FileState, file_problem, file_state, file_states
from pipeline.io.manifest import read_stage_marker

_DATA_SUFFIXES = (".parquet", ".jsonl")
_BUCKET = "bucket="


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with one file of a build."""

    path: str
    """The path relative to the build folder."""
    problem: str
    """What is wrong with the file, such as "is missing"."""


def list_outputs(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Return the files of one output by relative path, down to one level of subfolders."""
    found = file_states(files.join(folder.root, name), max_depth=2)
    return {folder.relative(path): state for path, state in found.items()}


def is_data_file(path: str, name: str) -> bool:
    """Return whether a file is a data file of an output, from the file's relative path and the output's name."""
    *subfolders, _ = path.split("/")[name.count("/") + 1 :] or [""]
    return path.endswith(_DATA_SUFFIXES) and all(subfolder.startswith(_BUCKET) for subfolder in subfolders)


def shard_of(path: str) -> str:
    """Return the shard id in a data file's name, or `packs` for `packs.parquet`."""
    return path.rsplit("/", 1)[-1].rsplit("-", 1)[-1].split(".", 1)[0]


def list_data_files(folder: BuildFolder, name: str) -> dict[str, FileState]:
    """Return the data files of one output by relative path."""
    return {path: state for path, state in list_outputs(folder, name).items() if is_data_file(path, name)}


def part_files(folder: BuildFolder, name: str, *, suffix: str = ".parquet") -> list[str]:
    """Return the sorted full paths of one output's data files; used by the next stage."""
    found = list_data_files(folder, name)
    return [files.join(folder.root, path) for path in sorted(found) if path.endswith(suffix)]


def find_part_problems(
    parts: Iterable[PartRecord], states: Mapping[str, FileState], root: str, *, hashed: Callable[[PartRecord], bool]
) -> Iterator[Finding]:
    """Yield what is wrong with files that shard reports list.

    Args:
        parts: the listed files.
        states: the existing files by relative path.
        root: the path of the build folder.
        hashed: decides for each file whether to read it and compare its hash.
    """
    for part in parts:
        path, state = files.join(root, part.path), states.get(part.path)
        if state is None or state.num_bytes != part.num_bytes:
            state = file_state(path)  # the listing of a store may lag behind the files
        sha256 = part.sha256 if hashed(part) else None
        if problem := file_problem(path, state, num_bytes=part.num_bytes, sha256=sha256):
            yield Finding(part.path, problem)


def built_files(folder: BuildFolder, name: str, *, stage: str, suffix: str = ".parquet") -> list[str]:
    """Return the sorted paths of one output's files in a finished build, for readers such as training.

    If reports of `stage` list files of this output, exactly these files are returned. Otherwise, for example for rows
    that were copied to a different folder, the data files in the folder are returned.

    Args:
        folder: the build folder.
        name: the output, such as `corpus`.
        stage: the stage that writes the output.
        suffix: the extension of the files.

    Raises:
        DamagedFileError: a file is missing or does not have the size in its report, or a report is damaged.
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
            remedy="Run the build that wrote the folder again; it rebuilds the file.",
        )
    return [files.join(folder.root, part.path) for part in sorted(parts, key=lambda part: part.path)]


def read_all_reports(folder: BuildFolder, stage: str) -> list[ShardReport]:
    """Return all reports of a stage, including those with an old fingerprint.

    The listing of a store may lag behind. Reports of the stage's shards that it does not show are read by name.

    Raises:
        DamagedFileError: a report is damaged.
    """
    paths = files.list_files(folder.shard_reports(stage), suffix=".json")
    marker = None if files.is_local(folder.root) else read_stage_marker(folder, stage)
    if marker is not None:
        expected = {folder.shard_report(stage, shard) for shard in marker.shard_ids.get(stage, ())}
        paths = sorted({*paths, *(path for path in expected - set(paths) if files.exists(path))})
    return [read_shard_report(path) for path in paths]
