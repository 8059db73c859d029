"""Output folders: opened for writing before any work is done, and emptied only when they are ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder

_PROBE = ".write-probe"
_PRIVATE_MODE = 0o700


def open_output_folder(path: str, *, start: Start, marks: Sequence[str], access: FolderAccess) -> None:
    """Make sure a folder can be written to; with `Start.FRESH` remove what is in it first, but not its lease.

    Args:
        path: local or on any fsspec filesystem.
        start: go on in the folder, or empty it.
        marks: names of which one at least stands in a folder that an earlier run of the same command left.
        access: who may look into it; a folder that is there already is tightened, never opened.

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
        files.empty_folder(path)
    try:
        if access is FolderAccess.PRIVATE:
            make_private(path)
        probe = files.join(path, _PROBE)
        files.write_text(probe, "")
    except OSError as error:
        raise InputError(
            f"Cannot write to {path}: {error.strerror or error}.",
            remedy="Choose a folder you may write to with --output.",
        ) from error
    files.remove_file(probe)


def make_private(path: str) -> None:
    """Make a local folder, and let nobody but its user look into it; on object stores the bucket decides."""
    if files.is_local(path):
        files.make_folder(path)
        Path(files.local_path(path)).chmod(_PRIVATE_MODE)


def settle_files(folder: Path) -> None:
    """Give all files below a folder the mode that the umask asks for, and return when they survive a power cut.

    For files that a library wrote: safetensors makes them 0600, whatever the umask, and flushes none.
    """
    probe = folder / _PROBE
    probe.touch()
    mode = probe.stat().st_mode
    probe.unlink()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            path.chmod(mode & 0o777)
            files.flush_to_disk(path)
    files.sync_folder(str(folder))


def refuse_inside_build(output: str, *, what: str) -> None:
    """Refuse an output folder that is, or lies in, a build folder, which is private and which `--fresh` empties.

    Args:
        output: the folder that is to be written.
        what: it is, such as `model folder`.

    Raises:
        InputError: it lies there.
    """
    if not files.is_local(output):
        return
    folder = Path(files.local_path(output)).resolve()
    for parent in (folder, *folder.parents):
        if _is_build(BuildFolder(str(parent))):
            raise InputError(
                f"The {what} {output} would lie in the build folder {parent}, which is private (0700) and which "
                "build-sft --fresh empties.",
                remedy=f"Choose a folder beside it with --output, such as {parent.parent / what.partition(' ')[0]}.",
            )


def _is_build(folder: BuildFolder) -> bool:
    return files.exists(folder.manifest) and any(files.exists(part) for part in (folder.corpus, folder.sft))
