"""The files that sinks write: one for each batch, with the batch's key in its name.

Names derive from the key alone, so they do not depend on how a runner bundles, retries or orders elements. Used by
`transforms.write_rows` and `transforms.checkpoints`.
"""

from __future__ import annotations

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.transforms.batches import Batch


def open_batch_folder(folder: str, *, prefix: str, suffix: str, start: Start | str, what: str) -> None:
    """Prepare a folder for the files of batches, when a transform is constructed.

    Args:
        folder: the folder, on any filesystem.
        prefix: the beginning of the files' names, without the hyphen after it.
        suffix: the end of the files' names.
        start: `fresh` removes the files of an earlier run; `resume` refuses them.
        what: what the files have, such as `rows`.

    Raises:
        InputError: `start` is neither; or the folder is not writable, lies in a build, or has files of an earlier run
            and `start` is not `fresh`: files that this run does not write again would stay among the new ones.
    """
    if start not in list(Start):
        raise InputError(f"start is {start!r}.", remedy='Give "fresh" or "resume".')
    refuse_inside_build(folder, what=f"{what} folder")
    open_output_folder(folder, start=Start.RESUME, marker_files=(), access=FolderAccess.UMASK)
    beginning = files.join(folder, f"{prefix}-")
    earlier = [path for path in files.list_files(folder, suffix=suffix) if path.startswith(beginning)]
    if earlier and start != Start.FRESH:
        raise InputError(
            f"{folder} has the {what} of an earlier run, in files such as {earlier[0]}.",
            remedy='Write to a different folder, or give start="fresh" to remove these files.',
        )
    for path in earlier:
        files.remove_file(path)


def batch_path(folder: str, batch: Batch, *, prefix: str, suffix: str) -> str:
    """Return the path of the file of a batch.

    Raises:
        InputError: the id of the batch's shard cannot be part of a file's name.
    """
    if "/" in batch.shard or "\0" in batch.shard:
        raise InputError(
            f"The shard {batch.shard!r} cannot be part of a file's name.",
            remedy="Give shards ids without slashes, such as 00003.",
        )
    return files.join(folder, f"{prefix}-{batch.name}{suffix}")
