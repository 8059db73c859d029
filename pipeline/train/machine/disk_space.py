"""Disk space for what a training writes: a check before the write, and one clear error if the disk still fills up.

Takes a folder and a number of bytes. Raises `DiskFullError` with the bytes needed, the bytes free, and the remedy. Used
for checkpoints and the export. The libraries that write report a full disk differently: torch's writer only says that a
write failed, safetensors quotes the system, and `torch.distributed.checkpoint` wraps either error.
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
"""Phrases in the errors of torch's writer, which does not give the cause."""
_SPARE_BYTES = 1 << 20
"""Reserve for names, headers and other writes at the same time."""


def require_space(folder: Path, num_bytes: int, *, what: str) -> None:
    """Check that the disk has room for something, before any of it is written.

    Args:
        folder: target folder; it may not exist yet.
        num_bytes: size of what will be written.
        what: its name for the error, such as `the checkpoint of step 40`.

    Raises:
        DiskFullError: it does not fit.
    """
    if _free_bytes(folder) < num_bytes + _SPARE_BYTES:
        raise _disk_full(folder, num_bytes, what)


@contextmanager
def explain_full_disk(folder: Path, num_bytes: int, *, what: str) -> Iterator[None]:
    """Convert any full-disk error raised inside the block into one error with a remedy.

    Raises:
        DiskFullError: the folder's disk is full.
        TrainingError: writing a checkpoint failed for another reason.
    """
    try:
        yield
    except DiskFullError:
        raise
    except (Exception, CheckpointException) as error:  # it does not derive from Exception
        if _is_lack_of_space(error, folder, num_bytes):
            raise _disk_full(folder, num_bytes, what) from error
        if isinstance(error, CheckpointException):
            reasons = "; ".join(sorted({str(one) for one in _all_of(error) if one is not error}))
            raise TrainingError(
                f"Writing {what} in {folder} failed: {reasons}.",
                remedy="Check the disk, then run the same command again: it continues from the last checkpoint.",
            ) from error
        raise


def _is_lack_of_space(error: BaseException, folder: Path, num_bytes: int) -> bool:
    words = ""
    for one in _all_of(error):
        if isinstance(one, OSError) and one.errno in _ERRNOS:
            return True
        words += str(one)
    if any(said in words for said in _SYSTEM_WORDS):
        return True
    return any(said in words for said in _TORCH_WORDS) and _free_bytes(folder) < num_bytes


def _all_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the errors that caused it, and those of other processes that it holds."""
    seen: set[int] = set()
    ahead: list[object] = [error]
    while ahead:
        one = ahead.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        ahead += [one.__cause__, one.__context__]
        of_processes = getattr(one, "failures", None)  # of torch's CheckpointException
        if isinstance(of_processes, dict):
            ahead += [
                part for value in of_processes.values() for part in (value if isinstance(value, tuple) else [value])
            ]


def _disk_full(folder: Path, num_bytes: int, what: str) -> DiskFullError:
    free = _free_bytes(folder)
    return DiskFullError(
        f"The disk has no space for {what} in {folder}: it needs {num_bytes:,} bytes and {free:,} are free.",
        remedy=f"Free {max(num_bytes + _SPARE_BYTES - free, _SPARE_BYTES):,} bytes on that disk, then run the same "
        "command again: it continues from the last checkpoint, which is complete.",
    )


def _free_bytes(folder: Path) -> int:
    existing = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(existing).free
