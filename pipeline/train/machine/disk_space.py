"""Room on a disk for what a training is about to write: looked for before, explained where it runs out all the same.

In: a folder and a number of bytes. Out: `DiskFullError` with what is needed, what is free, and what to do. Used around
checkpoints and the export. What writes there reports a full disk in its own ways: torch's writer says only that a write
failed, safetensors quotes the system, `torch.distributed.checkpoint` wraps either.
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
"""Of torch's writer, which does not say why."""
_SPARE_BYTES = 1 << 20
"""For names, headers and what else writes meanwhile."""


def require_space(folder: Path, num_bytes: int, *, what: str) -> None:
    """Make sure that something fits before half of it is written.

    Args:
        folder: where it is to be written; it may not exist yet.
        num_bytes: of it.
        what: it is, such as `the checkpoint of step 40`.

    Raises:
        DiskFullError: it does not fit.
    """
    if _free_bytes(folder) < num_bytes + _SPARE_BYTES:
        raise _disk_full(folder, num_bytes, what)


@contextmanager
def explained_lack_of_space(folder: Path, num_bytes: int, *, what: str) -> Iterator[None]:
    """Turn whatever a full disk raises inside the block into one error that says what to do.

    Raises:
        DiskFullError: the disk of the folder is full.
        TrainingError: a checkpoint could not be written for another reason.
    """
    try:
        yield
    except DiskFullError:
        raise
    except (Exception, CheckpointException) as error:  # the latter is none of the former
        if _is_lack_of_space(error, folder, num_bytes):
            raise _disk_full(folder, num_bytes, what) from error
        if isinstance(error, CheckpointException):
            reasons = "; ".join(sorted({str(one) for one in _all_of(error) if one is not error}))
            raise TrainingError(
                f"Writing {what} in {folder} failed: {reasons}.",
                remedy="See to the disk, then run the same command again: it goes on from the last checkpoint.",
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
    """An error, those that led to it, and those of other processes in it."""
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
        f"There is no space for {what} in {folder}: it needs {num_bytes:,} bytes and {free:,} are free.",
        remedy=f"Free {max(num_bytes + _SPARE_BYTES - free, _SPARE_BYTES):,} bytes on that disk, then run the same "
        "command again: it goes on from the last checkpoint, which is whole.",
    )


def _free_bytes(folder: Path) -> int:
    existing = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(existing).free
