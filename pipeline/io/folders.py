"""Output folders: opened for writing before any work is done, and removed only when they are ours."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io import files

_PROBE = ".write-probe"


def open_output_folder(path: str, *, start: Start, marks: Sequence[str]) -> None:
    """Make sure a folder can be written to; with `Start.FRESH` remove what is in it first.

    Args:
        path: local or on any fsspec filesystem.
        start: go on in the folder, or empty it.
        marks: names of which one at least stands in a folder that an earlier run of the same command left.

    Raises:
        InputError: it cannot be written to, or it is to be removed and is not a folder of ours.
        DiskFullError: its disk is full.
    """
    if start is Start.FRESH and files.exists(path):
        if files.list_files(path) and not any(files.exists(files.join(path, mark)) for mark in marks):
            raise InputError(
                f"--fresh would remove {path}, which holds none of {', '.join(marks)} and so is not ours.",
                remedy="Give another --output, or remove the folder yourself.",
            )
        files.remove_folder(path)
    probe = files.join(path, _PROBE)
    try:
        files.write_text(probe, "")
    except OSError as error:
        raise InputError(
            f"Cannot write to {path}: {error.strerror or error}.",
            remedy="Choose a folder you may write to with --output.",
        ) from error
    files.remove_file(probe)
