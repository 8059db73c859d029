"""Checkpoints: everything a run needs to go on as if it had never stopped.

A checkpoint is a folder `step-NNNNNN` in the format of `torch.distributed.checkpoint` (trained weights and optimizer
state by the weight's name, so any number of processes can read it) with a `state.json` that says where the run stands,
the log up to there, and a `checksums.json` of all of it. It is written under another name, flushed to disk and renamed,
and renamed before it is removed: whatever has the name was whole, even after a `kill -9`. What became of it since, its
checksums tell; a damaged one is set aside and the one before serves. No generator state is in it, since every pack's
dropout is seeded (`train.loop.step`).
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.distributed.tensor import DTensor

from pipeline.errors import DamagedFileError, TrainingError
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.checksums import find_problems, sums_as_json, sums_from_json, sums_of
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.machine.disk_space import explained_lack_of_space, require_space

logger = logging.getLogger(__name__)

_PREFIX = "step-"
_PARTIAL = ".partial"
_DISCARDED = ".discarded"
_STATE_FILE = "state.json"
_SUMS_FILE = "checksums.json"
LOG_COPY = "metrics.jsonl"
"""The log as far as the checkpoint reaches: that of the run may be damaged, and cannot be measured again."""


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """Where a run stands."""

    step: int
    """Optimizer steps done."""
    stage: str
    step_in_stage: int
    packs_in_stage: int
    """Packs trained on in this stage, counting repeats."""
    fingerprint: str
    """Of the run that wrote it."""
    plan: str
    """Fingerprint of all planned steps, so of the order of the data."""


def save_checkpoint(
    folder: Path,
    state: CheckpointState,
    *,
    trainables: Mapping[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    log: Path | None,
    keep: int,
    ranks: Ranks,
) -> Path:
    """Write one checkpoint, then remove all but the newest `keep`. Called by all ranks, on a folder they share.

    Args:
        folder: of all checkpoints.
        state: where the run stands.
        trainables: weights by name.
        optimizer: over them.
        log: of the run, flushed; a copy goes into the checkpoint.
        keep: how many there are afterwards, this one among them.
        ranks: all processes.

    Raises:
        DiskFullError: it does not fit on the disk; the checkpoints before it are untouched.
    """
    target = folder / f"{_PREFIX}{state.step:06d}"
    staging = folder / (target.name + _PARTIAL)
    tensors = _tensors(trainables, optimizer)
    needed = _num_bytes(tensors) + (log.stat().st_size if log is not None and ranks.is_first else 0)
    what = f"the checkpoint of step {state.step}"

    def explained() -> AbstractContextManager[None]:
        return explained_lack_of_space(folder, needed, what=what)

    def begin() -> None:
        with explained():
            remove_leftovers(folder)
            require_space(folder, needed, what=what)
            staging.mkdir(parents=True)

    def commit() -> None:
        with explained():
            _complete(staging, state, log=log)
            staging.replace(target)
            _flush_to_disk(folder)
        for old in checkpoints(folder)[:-keep]:
            _discard(old)

    try:
        ranks.once(begin)
        with explained(), _one_process_is_fine():
            save(tensors, checkpoint_id=staging, no_dist=not dist.is_initialized())
        ranks.wait()
        ranks.once(commit)
    except BaseException:
        if ranks.is_first:
            shutil.rmtree(staging, ignore_errors=True)
        raise
    return target


def _complete(staging: Path, state: CheckpointState, *, log: Path | None) -> None:
    """Add what is no tensor, and flush everything to the disk."""
    if log is not None:
        shutil.copyfile(log, staging / LOG_COPY)
    write_checked(str(staging / _STATE_FILE), asdict(state))
    sums = sums_of(staging, (path.name for path in staging.iterdir()))
    write_checked(str(staging / _SUMS_FILE), {"files": sums_as_json(sums)})
    for path in (*staging.iterdir(), staging):
        _flush_to_disk(path)


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    found = folder.glob(f"{_PREFIX}*") if folder.is_dir() else ()
    return sorted((path for path in found if path.suffix == ""), key=lambda path: int(path.name.removeprefix(_PREFIX)))


def remove_leftovers(folder: Path) -> None:
    """Remove what a run that was cut off had not finished writing or removing."""
    for suffix in (_PARTIAL, _DISCARDED):
        for path in folder.glob(f"{_PREFIX}*{suffix}"):
            shutil.rmtree(path)


def newest_whole(folder: Path, *, tell: Callable[[str], None]) -> Path | None:
    """The newest checkpoint whose bytes are those that were written; None if there is none.

    Newer ones are set aside, each with a word in the log and to `tell`. Called by one process for all. Cost: reads the
    checkpoint once.
    """
    for checkpoint in reversed(checkpoints(folder)):
        damage = find_damage(checkpoint)
        if not damage:
            return checkpoint
        kept_as = Path(files.set_aside(str(checkpoint)))
        before = checkpoints(folder)
        then = f"going on from {before[-1].name}" if before else "no earlier one is there: starting from the beginning"
        word = f"the checkpoint {checkpoint.name} is damaged ({damage}) and is kept as {kept_as.name}; {then}"
        logger.warning("%s: %s", folder, word)
        tell(word)
    return None


def find_damage(checkpoint: Path) -> str:
    """What is wrong with a checkpoint, in words; empty if it is what was written."""
    try:
        sums = sums_from_json(read_checked(str(checkpoint / _SUMS_FILE))["files"])
        problems = find_problems(checkpoint, sums)
        if not problems:
            read_state(checkpoint)
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except DamagedFileError as error:
        return error.message.rstrip(".")
    except (KeyError, TypeError, AttributeError) as error:
        return f"it was written by another version: {type(error).__name__} {error}"
    return "; ".join(f"{name} {problem}" for name, problem in problems.items())


def read_state(checkpoint: Path) -> CheckpointState:
    """Where the run of a checkpoint stood.

    Raises:
        DamagedFileError: its file is damaged.
    """
    return CheckpointState(**read_checked(str(checkpoint / _STATE_FILE)))


def load_checkpoint(
    checkpoint: Path, *, trainables: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> None:
    """Put a checkpoint's weights and optimizer state in place. Called by all ranks.

    Args:
        checkpoint: one of `checkpoints`.
        trainables: by name, overwritten.
        optimizer: over the same weights, without any state yet.

    Raises:
        TrainingError: its weights are not those of this model.
    """
    saved = FileSystemReader(checkpoint).read_metadata().state_dict_metadata
    _create_state(optimizer)
    for name, parameter in trainables.items():
        # A weight that never had a gradient, such as an expert no token went to, has no state yet.
        if not any(_state_name(name, key) in saved for key in optimizer.state[parameter]):
            del optimizer.state[parameter]
    tensors = _tensors(trainables, optimizer)
    differing = {
        name
        for name in saved.keys() | tensors.keys()
        if name not in saved or name not in tensors or _size(saved[name]) != _size(tensors[name])
    }
    if differing:
        raise TrainingError(
            f"The checkpoint {checkpoint.name} holds other weights than this model trains, such as {min(differing)}.",
            remedy="Start over with --fresh.",
        )
    with _one_process_is_fine():
        load(tensors, checkpoint_id=checkpoint, no_dist=not dist.is_initialized())
    for name, parameter in trainables.items():
        state = optimizer.state.get(parameter, {})
        # Tensors were read into; plain numbers, as some optimizers count their steps by, were replaced in the mapping.
        state.update({key: tensors[_state_name(name, key)] for key in state})


def _tensors(trainables: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Flat, by name; tensors are those of the run, not copies."""
    weights = {f"weight.{name}": parameter.detach() for name, parameter in trainables.items()}
    states = {
        _state_name(name, key): value
        for name, parameter in trainables.items()
        for key, value in optimizer.state.get(parameter, {}).items()
    }
    return {**weights, **states}


def _num_bytes(tensors: Mapping[str, Any]) -> int:
    """Of all tensors, whole ones where processes divide them."""
    whole = (tensor for tensor in tensors.values() if isinstance(tensor, Tensor | DTensor))
    return sum(tensor.numel() * tensor.element_size() for tensor in whole)


def _state_name(name: str, key: str) -> str:
    return f"optimizer.{key}.{name}"


def _create_state(optimizer: torch.optim.Optimizer) -> None:
    """Optimizers make their state in their first step; one at rate 0 makes it, and what it holds is then read over."""
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] = 0.0
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def _size(entry: Any) -> tuple[int, ...] | None:
    """Of a tensor, or of a checkpoint's note of one; None of anything else."""
    if isinstance(entry, Tensor):
        return tuple(entry.shape)
    return tuple(entry.size) if isinstance(entry, TensorStorageMetadata) else None


def _discard(checkpoint: Path) -> None:
    # Half removed under its own name, it would pass for whole.
    shutil.rmtree(checkpoint.replace(checkpoint.with_name(checkpoint.name + _DISCARDED)))


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _one_process_is_fine() -> Iterator[None]:
    """Without the warning that one process saves alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")
        yield
