"""A disk that is full is named with what is needed, and what was there stays."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn
from torch.distributed.checkpoint.api import CheckpointException

from pipeline.errors import DiskFullError, TrainingError
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.loop.checkpoint import CheckpointState, checkpoints, find_damage, save_checkpoint
from pipeline.train.machine.disk_space import explain_full_disk, require_space

MORE_THAN_ANY_DISK = 1 << 60
NO_SPACE = OSError(errno.ENOSPC, "No space left on device", "somewhere")


def test_what_does_not_fit_is_refused_with_needed_and_free_bytes(tmp_path: Path) -> None:
    with pytest.raises(
        DiskFullError, match=r"no space for the model in .*/new: 1,152,.* bytes are needed, but .* are free"
    ):
        require_space(tmp_path / "new", MORE_THAN_ANY_DISK, what="the model")
    require_space(tmp_path / "new", 1000, what="the model")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "error",
    [
        NO_SPACE,
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
        CheckpointException("write", {0: (NO_SPACE, None)}),  # type: ignore[dict-item]
        RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/0"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_way_of_reporting_a_full_disk_is_understood(tmp_path: Path, error: Exception) -> None:
    with (
        pytest.raises(DiskFullError, match=r"Free .* bytes on that disk"),
        explain_full_disk(tmp_path, MORE_THAN_ANY_DISK, what="the model"),
    ):
        raise error


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), RuntimeError("PytorchStreamWriter failed writing file data/0")]
)
def test_errors_of_another_kind_are_left_alone(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)), explain_full_disk(tmp_path, 10, what="the model"):
        raise error


def test_error_of_another_kind_beside_a_nearly_full_disk_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shapes"), explain_full_disk(tmp_path, MORE_THAN_ANY_DISK, what="it"):
        raise ValueError("shapes differ")


def test_checkpoint_that_cannot_be_written_for_another_reason_says_which(tmp_path: Path) -> None:
    error = CheckpointException("write", {0: (OSError(errno.EIO, "Input/output error"), None)})  # type: ignore[dict-item]
    with (
        pytest.raises(TrainingError, match=r"Writing the checkpoint in .* failed: .*Input/output error"),
        explain_full_disk(tmp_path, 10, what="the checkpoint"),
    ):
        raise error


def _save(folder: Path, step: int) -> None:
    weights = {"a": nn.Parameter(torch.ones(100_000))}
    optimizer = torch.optim.AdamW(weights.values())
    state = CheckpointState(step=step, stage="main", step_in_stage=1, packs_in_stage=1, fingerprint="f", plan="p")
    save_checkpoint(folder, state, trainables=weights, optimizer=optimizer, log=None, keep=2, ranks=OneRank())


def _in_a_process_with_small_files(work: Callable[[], None], limit: int) -> int:
    """1 where the work met `DiskFullError`, else 0; a file of more than `limit` bytes is refused as by a full disk."""

    def run() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            work()
        except DiskFullError:
            os._exit(1)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def test_checkpoint_that_meets_a_full_disk_leaves_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    _save(tmp_path, 1)
    assert _in_a_process_with_small_files(lambda: _save(tmp_path, 2), limit=1000) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["step-000001"]
    assert find_damage(checkpoints(tmp_path)[0]) == ""
    assert _in_a_process_with_small_files(lambda: _save(tmp_path, 2), limit=10**8) == 0
    assert [path.name for path in checkpoints(tmp_path)] == ["step-000001", "step-000002"]


def test_refusals_for_want_of_space_count_what_is_needed_free_and_to_be_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    spare = 1 << 20
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5_000_000))
    require_space(tmp_path, 5_000_000 - spare, what="it")
    with pytest.raises(DiskFullError) as before:
        require_space(tmp_path / "new" / "er", 5_000_001 - spare, what="the trained model")
    assert before.value.message == (
        f"The disk has no space for the trained model in {tmp_path / 'new' / 'er'}: "
        f"{5_000_001 - spare:,} bytes are needed, "
        "but 5,000,000 are free."
    )
    # One byte is missing, and never less than the spare is asked for.
    remedy = (
        "bytes on that disk, then run the same command again: it continues from the last checkpoint, which is complete."
    )
    assert before.value.remedy == f"Free {spare:,} {remedy}"
    with pytest.raises(DiskFullError) as meanwhile, explain_full_disk(tmp_path, 9_000_000, what="the checkpoint"):
        raise NO_SPACE
    assert meanwhile.value.remedy == f"Free {9_000_000 + spare - 5_000_000:,} {remedy}"
    assert meanwhile.value.__cause__ is NO_SPACE


@pytest.mark.parametrize(("num_bytes", "is_full"), [(5_000_000, False), (5_000_001, True)])
def test_writer_that_says_no_reason_met_a_full_disk_only_where_less_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, num_bytes: int, is_full: bool
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5_000_000))
    kind = DiskFullError if is_full else RuntimeError
    with pytest.raises(kind), explain_full_disk(tmp_path, num_bytes, what="it"):
        raise RuntimeError("unexpected pos 64 vs 128")


def test_failed_checkpoint_says_where_why_and_what_to_do(tmp_path: Path) -> None:
    error = CheckpointException("write", {0: (OSError(errno.EIO, "Input/output error"), None)})  # type: ignore[dict-item]
    with pytest.raises(TrainingError) as failed, explain_full_disk(tmp_path, 10, what="the checkpoint of step 4"):
        raise error
    assert failed.value.message == (
        f"Writing the checkpoint of step 4 in {tmp_path} failed: [Errno 5] Input/output error."
    )
    assert failed.value.remedy == (
        "Check the disk, then run the same command again: it continues from the last checkpoint."
    )
