"""Checks disk space before training writes files, and turns any full-disk error during a write into one clear error.

Takes a folder and a number of bytes. Raises `DiskFullError` with the bytes needed, the bytes free, and the remedy. Used
for checkpoints and the export. The libraries that write files report a full disk differently: torch's writer only says
that a write failed, safetensors quotes the system's message, and `torch.distributed.checkpoint` wraps either error.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.distributed.checkpoint.api import CheckpointException

from pipeline.errors import DiskFullError, TrainingError

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SYSTEM_WORDS = ("No space left on device", "Disk quota exceeded", "File too large")
_TORCH_WORDS = ("file write failed", "PytorchStreamWriter failed", "unexpected pos")
"""Phrases in the errors of torch's writer, which do not name the cause."""
_SPARE_BYTES = 1 << 20
"""Reserve for file names, headers and files that are written at the same time."""


def require_space(folder: Path, num_bytes: int, *, what: str) -> None:
    """Check that a folder's disk has enough free space before files are written.

    Args:
        folder: target folder; it need not exist yet.
        num_bytes: size of the files that will be written.
        what: what the files are, for the error message, such as `the checkpoint of step 40`.

    Raises:
        DiskFullError: the files do not fit.
    """
    if _free_bytes(folder) < num_bytes + _SPARE_BYTES:
        raise _disk_full(folder, num_bytes, what)


@contextmanager
def explain_full_disk(folder: Path, num_bytes: int, *, what: str) -> Iterator[None]:
    """Convert any full-disk error raised inside the block into one error with a remedy.

    The arguments are those of `require_space`.

    Raises:
        DiskFullError: the folder's disk is full, or a quota or the maximum file size is reached.
        TrainingError: writing a checkpoint failed for a different reason.
    """
    try:
        yield
    except DiskFullError:
        raise
    except (Exception, CheckpointException) as error:  # CheckpointException does not derive from Exception
        if _is_full_disk(error, folder, num_bytes):
            raise _disk_full(folder, num_bytes, what) from error
        if isinstance(error, CheckpointException):
            reasons = "; ".join(sorted({str(cause) for cause in _with_causes(error) if cause is not error}))
            raise TrainingError(
                f"Writing {what} in {folder} failed: {reasons}.",
                remedy="Check the disk, then run the same command again: it continues from the last checkpoint.",
            ) from error
        raise


def _is_full_disk(error: BaseException, folder: Path, num_bytes: int) -> bool:
    text = ""
    for cause in _with_causes(error):
        if isinstance(cause, OSError) and cause.errno in _ERRNOS:
            return True
        text += str(cause)
    if any(phrase in text for phrase in _SYSTEM_WORDS):
        return True
    return any(phrase in text for phrase in _TORCH_WORDS) and _free_bytes(folder) < num_bytes


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the errors that caused it, and the errors of other processes that it carries."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__]
        by_process = getattr(cause, "failures", None)  # of torch's CheckpointException
        if isinstance(by_process, dict):
            pending += [
                part for value in by_process.values() for part in (value if isinstance(value, tuple) else [value])
            ]


def _disk_full(folder: Path, num_bytes: int, what: str) -> DiskFullError:
    free = _free_bytes(folder)
    return DiskFullError(
        f"The disk has no space for {what} in {folder}: {num_bytes:,} bytes are needed, but {free:,} are free.",
        remedy=f"Free {max(num_bytes + _SPARE_BYTES - free, _SPARE_BYTES):,} bytes on that disk, then run the same "
        "command again: it continues from the last checkpoint, which is complete.",
    )


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free
