"""Checks that a finished build can be read: no run is writing to it, and its files match its shard reports.

Takes a build folder and the outputs that will be read; raises an error that names the first problem. Used by training,
evaluation, the RoPE search and the Megatron export before they read a build. Cost: local outputs are read once and
hashed, about 2 GB/s; on other filesystems only sizes are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import refuse_held
from pipeline.io.ledger import PartRecord, read_shard_report
from pipeline.io.listing import file_problem, file_state

_THREADS = 4
"""Number of threads that hash files; hashlib releases the GIL."""


def check_finished_build(build_folder: str, outputs: Iterable[str]) -> None:
    """Check the files in `outputs` that shard reports list. Copied rows have no reports, so they always pass.

    Args:
        build_folder: the build folder.
        outputs: names of files and folders in the build, such as `corpus` and `packs.parquet`.

    Raises:
        FolderBusyError: a build is running in the folder.
        DamagedFileError: a file is missing or has changed, or a report is damaged.
    """
    folder = BuildFolder(build_folder)
    refuse_held(folder.root)
    parts = [part for part in _parts(folder) if any(_is_in(part.path, name) for name in outputs)]
    with ThreadPoolExecutor(_THREADS) as pool:
        for part, problem in zip(parts, pool.map(lambda part: _problem(folder, part), parts), strict=True):
            if problem:
                raise DamagedFileError(
                    f"{files.join(folder.root, part.path)} {problem}.",
                    remedy="Run the pipeline build-sft command that wrote the folder again; it rebuilds the file.",
                )


def _parts(folder: BuildFolder) -> Iterable[PartRecord]:
    for path in files.list_files(files.join(folder.root, "work", "shards"), suffix=".json"):
        yield from read_shard_report(path).parts


def _is_in(path: str, output: str) -> bool:
    return path == output or path.startswith(f"{output}/")


def _problem(folder: BuildFolder, part: PartRecord) -> str:
    path = files.join(folder.root, part.path)
    sha256 = part.sha256 if files.is_local(path) else None
    return file_problem(path, file_state(path), num_bytes=part.num_bytes, sha256=sha256)
