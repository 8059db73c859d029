"""Output folders: checked for writing before any work starts, and emptied only if this project wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder

_PROBE = ".write-probe"
_PRIVATE_MODE = 0o700


def open_output_folder(path: str, *, start: Start, marker_files: Sequence[str], access: FolderAccess) -> None:
    """Make sure a folder is writable. `Start.FRESH` first removes everything in it except its lease.

    Args:
        path: local or on any fsspec filesystem.
        start: whether to resume in the folder or empty it.
        marker_files: names of files and folders; a run of the same command leaves at least one of them.
        access: who may read the folder. An existing folder may become private; it is never opened up.

    Raises:
        InputError: the folder is not writable, or `Start.FRESH` would empty a folder without any of the marker_files.
        DiskFullError: its disk is full.
    """
    if start is Start.FRESH and files.exists(path):
        if files.list_files(path) and not any(files.exists(files.join(path, marker)) for marker in marker_files):
            raise InputError(
                f"--fresh would remove {path}, which is not ours: it holds none of {', '.join(marker_files)}.",
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
    """Make a local folder that only its user can read; on object stores the bucket decides."""
    if files.is_local(path):
        files.make_folder(path)
        Path(files.local_path(path)).chmod(_PRIVATE_MODE)


def settle_files(folder: Path) -> None:
    """Give every file below a folder the mode of the umask, and flush it to the disk.

    For files that a library wrote: safetensors always makes them 0600, and flushes none.
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
    """Refuse an output folder that is a build folder or lies in one: builds are private and `--fresh` empties them.

    Args:
        output: the folder to be written.
        what: its kind, such as `model folder`.

    Raises:
        InputError: the folder lies in a build folder.
    """
    if not files.is_local(output):
        return
    folder = Path(files.local_path(output)).resolve()
    for parent in (folder, *folder.parents):
        if _is_build(BuildFolder(str(parent))):
            raise InputError(
                f"The {what} {output} would lie in the build folder {parent}, which is private (0700) and which "
                "build-sft --fresh empties.",
                remedy=f"Choose a folder outside it with --output, such as {parent.parent / what.partition(' ')[0]}.",
            )


def _is_build(folder: BuildFolder) -> bool:
    return files.exists(folder.manifest) and any(files.exists(part) for part in (folder.corpus, folder.sft))
