"""Prepares output folders: checks that they are writable, and empties them only if the same command wrote them.

Also refuses output folders inside a build, and sets the access modes of written files. Used by the commands that write
folders.
"""

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
    """Check that a folder is writable. `Start.FRESH` first removes everything in the folder except its lease.

    Args:
        path: a folder on any fsspec filesystem; it may not exist yet.
        start: whether to resume in the folder or to empty it.
        marker_files: names of files and folders; every run of the same command creates at least one of them.
        access: who may read the folder. `PRIVATE` also makes an existing folder private; `UMASK` leaves it as it is.

    Raises:
        InputError: the folder is not writable; or `start` is `Start.FRESH`, and the folder contains files but none of
            `marker_files`, so the files may belong to somebody else.
        DiskFullError: the disk is full.
    """
    if start is Start.FRESH and files.exists(path):
        if files.list_files(path) and not any(files.exists(files.join(path, marker)) for marker in marker_files):
            raise InputError(
                f"--fresh would empty {path}, which this command did not write: it contains none of "
                f"{', '.join(marker_files)}.",
                remedy="Choose a different folder with --output, or remove this folder yourself.",
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
            remedy="Choose a folder that you may write to with --output.",
        ) from error
    files.remove_file(probe)


def make_private(path: str) -> None:
    """Create a local folder, or change an existing one, so that only its owner can read it.

    On object stores this does nothing, because the bucket decides about access.
    """
    if files.is_local(path):
        files.make_folder(path)
        Path(files.local_path(path)).chmod(_PRIVATE_MODE)


def settle_files(folder: Path) -> None:
    """Give every file below a folder the access mode that the umask defines, and flush each file to the disk.

    This is needed for files that safetensors wrote: they always have mode 0600 and are not flushed.
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
    """Refuse an output folder that is a build folder or inside one: builds are private, and `--fresh` empties them.

    Args:
        output: the output folder.
        what: the kind of folder, such as `model folder`.

    Raises:
        InputError: the folder is a build folder or inside one. Folders on object stores are not checked.
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
