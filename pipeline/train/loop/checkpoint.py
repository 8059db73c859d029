"""Checkpoints: everything a run needs to continue as if it had never stopped.

A checkpoint is a folder `step-NNNNNN` in the format of `torch.distributed.checkpoint`. It holds the trained weights and
the optimizer state, both stored by weight name, so any number of processes can read it. It also holds `state.json` with
the run's progress, the log up to that step, and `checksums.json` for all other files.

A checkpoint is written under a temporary name, flushed to disk and then renamed. Before it is removed, it is renamed
again. So a folder with the final name is complete, even after a `kill -9`. Checksums detect later damage; a damaged
checkpoint is set aside and the one before it is used. A checkpoint holds no generator state, because dropout is seeded
for each pack (`train.loop.step`).
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
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
from pipeline.io.checksums import find_problems, read_sums, sums_of, write_sums
from pipeline.io.record_values import read_checked_record, write_checked_record
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.machine.disk_space import explain_full_disk, require_space

logger = logging.getLogger(__name__)

_PREFIX = "step-"
_PARTIAL = ".partial"
_DISCARDED = ".discarded"
_STATE_FILE = "state.json"
_SUMS_FILE = "checksums.json"
_WEIGHT = "weight."
LOG_COPY = "metrics.jsonl"
"""The checkpoint's copy of the log. A resumed run starts its log from it; lost metrics cannot be measured again."""


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """The progress of a run."""

    step: int
    """Number of optimizer steps done."""
    stage: str
    step_in_stage: int
    packs_in_stage: int
    """Number of packs trained on in this stage, counting repeats."""
    fingerprint: str
    """Fingerprint of the run that wrote the checkpoint."""
    plan: str
    """Fingerprint of all planned steps, which fix the order of the data."""
    threads: int | None = None
    """Number of CPU threads that the steps were computed with; None if it was not recorded."""
    best_step: int = 0
    """The best step measured before this one (`run.best`); 0 if there is none."""
    activations: KeptActivations | None = None
    """The activations that each step kept; None if it was not recorded."""


def save_checkpoint(
    folder: Path,
    state: CheckpointState,
    *,
    trainables: Mapping[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    log: Path | None,
    keep: int,
    best_step: int = 0,
    ranks: Ranks,
) -> Path:
    """Write one checkpoint, remove those that nothing needs any more, and return the path of the new one.

    The newest `keep` are kept, the best one, and those that were the best when one of the newest was written.

    All ranks call this, on a folder that they share.

    Args:
        folder: the folder that holds all checkpoints.
        state: progress of the run.
        trainables: trained weights by name.
        optimizer: the optimizer for those weights.
        log: the run's flushed log, which is copied into the checkpoint; None for no copy.
        keep: number of newest checkpoints to keep, including the new one.
        best_step: the best step so far; 0 if there is none.
        ranks: all processes.

    Raises:
        DiskFullError: the checkpoint does not fit on the disk; earlier checkpoints are unchanged.
    """
    target = checkpoint_of(folder, state.step)
    staging = folder / (target.name + _PARTIAL)
    tensors = _tensors(trainables, optimizer)
    needed = _num_bytes(tensors) + (log.stat().st_size if log is not None and ranks.is_first else 0)
    what = f"the checkpoint of step {state.step}"

    def explained() -> AbstractContextManager[None]:
        return explain_full_disk(folder, needed, what=what)

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
        for old in _unneeded(folder, keep=keep, best_step=best_step):
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
    """Add the log, the state and the checksums, and flush all files to disk."""
    if log is not None:
        shutil.copyfile(log, staging / LOG_COPY)
    write_checked_record(str(staging / _STATE_FILE), state)
    sums = sums_of(staging, (path.name for path in staging.iterdir()))
    write_sums(staging / _SUMS_FILE, sums)
    for path in (*staging.iterdir(), staging):
        _flush_to_disk(path)


def checkpoints(folder: Path) -> list[Path]:
    """Return the complete checkpoints, oldest first."""
    paths = folder.glob(f"{_PREFIX}*") if folder.is_dir() else ()
    return sorted((path for path in paths if path.suffix == ""), key=lambda path: int(path.name.removeprefix(_PREFIX)))


def checkpoint_of(folder: Path, step: int) -> Path:
    """Return the path of the checkpoint of a step, whether or not it exists."""
    return folder / f"{_PREFIX}{step:06d}"


def _unneeded(folder: Path, *, keep: int, best_step: int) -> list[Path]:
    saved = checkpoints(folder)
    newest = saved[-keep:]
    needed = {*newest, checkpoint_of(folder, best_step)}
    for checkpoint in newest:
        try:
            needed.add(checkpoint_of(folder, read_state(checkpoint).best_step))
        except (DamagedFileError, FileNotFoundError):  # no run can continue from it, so it needs no best one
            continue
    return [checkpoint for checkpoint in saved if checkpoint not in needed]


def remove_leftovers(folder: Path) -> None:
    """Remove checkpoints that an interrupted run did not finish writing or removing."""
    for suffix in (_PARTIAL, _DISCARDED):
        for path in folder.glob(f"{_PREFIX}*{suffix}"):
            shutil.rmtree(path)


def newest_intact(folder: Path, *, report: Callable[[str], None]) -> Path | None:
    """Return the newest undamaged checkpoint; None if there is none.

    Damaged checkpoints that are newer are set aside, and each is reported in the log and to `report`. One process calls
    this for all. Cost: reads the newest checkpoint once, and an older one only if all newer ones are damaged.
    """
    for checkpoint in reversed(checkpoints(folder)):
        damage = find_damage(checkpoint)
        if not damage:
            return checkpoint
        kept_as = Path(files.set_aside(str(checkpoint)))
        before = checkpoints(folder)
        then = f"continuing from {before[-1].name}" if before else "no earlier one exists, so training starts over"
        message = f"the checkpoint {checkpoint.name} is damaged ({damage}) and is kept as {kept_as.name}; {then}"
        logger.warning("%s: %s", folder, message)
        report(message)
    return None


def find_damage(checkpoint: Path) -> str:
    """Return what is wrong with a checkpoint, in words; empty if the checkpoint is undamaged."""
    try:
        sums = read_sums(checkpoint / _SUMS_FILE)
        problems = find_problems(checkpoint, sums)
        if not problems:
            read_state(checkpoint)
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except DamagedFileError as error:
        return error.message.rstrip(".")
    except (KeyError, TypeError, AttributeError) as error:
        return f"it was written by a different version: {type(error).__name__} {error}"
    return "; ".join(f"{name} {problem}" for name, problem in problems.items())


def read_state(checkpoint: Path) -> CheckpointState:
    """Read the progress of the run from a checkpoint.

    Raises:
        DamagedFileError: the state file is damaged.
        FileNotFoundError: the state file is missing.
    """
    return read_checked_record(str(checkpoint / _STATE_FILE), CheckpointState, name="the state of a checkpoint")


def load_checkpoint(
    checkpoint: Path, *, trainables: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> None:
    """Load a checkpoint's weights and optimizer state. All ranks call this.

    Args:
        checkpoint: a path returned by `checkpoints`.
        trainables: trained weights by name; they are overwritten.
        optimizer: the optimizer for those weights, still without state.

    Raises:
        TrainingError: the weights and optimizer state in the checkpoint do not match this model.
    """
    saved = FileSystemReader(checkpoint).read_metadata().state_dict_metadata
    _create_state(optimizer)
    for name, parameter in trainables.items():
        # A weight that never had a gradient has no state yet, for example an expert that no token was routed to.
        if not any(_state_name(name, key) in saved for key in optimizer.state[parameter]):
            del optimizer.state[parameter]
    tensors = _tensors(trainables, optimizer)
    _require_equal(saved, tensors, saved.keys() | tensors.keys(), checkpoint)
    with _one_process_is_fine():
        load(tensors, checkpoint_id=checkpoint, no_dist=not dist.is_initialized())
    for name, parameter in trainables.items():
        state = optimizer.state.get(parameter, {})
        # Tensors are loaded in place. Plain numbers, such as some optimizers' step counts, are replaced in the dict.
        state.update({key: tensors[_state_name(name, key)] for key in state})


def load_weights(checkpoint: Path, *, trainables: Mapping[str, nn.Parameter]) -> None:
    """Load a checkpoint's weights without the optimizer state. All ranks call this.

    Args:
        checkpoint: a path returned by `checkpoints`.
        trainables: trained weights by name; they are overwritten.

    Raises:
        TrainingError: the weights in the checkpoint do not match this model.
    """
    saved = FileSystemReader(checkpoint).read_metadata().state_dict_metadata
    weights = {f"{_WEIGHT}{name}": parameter.detach() for name, parameter in trainables.items()}
    _require_equal(saved, weights, {name for name in saved if name.startswith(_WEIGHT)} | weights.keys(), checkpoint)
    with _one_process_is_fine():
        load(weights, checkpoint_id=checkpoint, no_dist=not dist.is_initialized())


def _require_equal(
    saved: Mapping[str, Any], tensors: Mapping[str, Any], names: Iterable[str], checkpoint: Path
) -> None:
    differing = {
        name
        for name in names
        if name not in saved or name not in tensors or _shape(saved[name]) != _shape(tensors[name])
    }
    if differing:
        raise TrainingError(
            f"The checkpoint {checkpoint.name} does not match this model's weights and optimizer, "
            f"for example in {min(differing)}.",
            remedy="Start over with --fresh.",
        )


def _tensors(trainables: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return weights and optimizer state in one flat dict by name. The tensors are not copied."""
    weights = {f"{_WEIGHT}{name}": parameter.detach() for name, parameter in trainables.items()}
    states = {
        _state_name(name, key): value
        for name, parameter in trainables.items()
        for key, value in optimizer.state.get(parameter, {}).items()
    }
    return {**weights, **states}


def _num_bytes(tensors: Mapping[str, Any]) -> int:
    """Return the size of all tensors in bytes; a sharded tensor counts with the size of all its shards."""
    counted = (tensor for tensor in tensors.values() if isinstance(tensor, Tensor | DTensor))
    return sum(tensor.numel() * tensor.element_size() for tensor in counted)


def _state_name(name: str, key: str) -> str:
    return f"optimizer.{key}.{name}"


def _create_state(optimizer: torch.optim.Optimizer) -> None:
    """Create the optimizer's state with a step at learning rate 0; the checkpoint's values overwrite the state later.

    Optimizers create their state only in their first step.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] = 0.0
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def _shape(entry: Any) -> tuple[int, ...] | None:
    """Return the shape of a tensor, or of a tensor that a checkpoint's metadata describes; None for anything else."""
    if isinstance(entry, Tensor):
        return tuple(entry.shape)
    return tuple(entry.size) if isinstance(entry, TensorStorageMetadata) else None


def _discard(checkpoint: Path) -> None:
    # Rename the folder first: half removed under its final name, it would look complete.
    shutil.rmtree(checkpoint.replace(checkpoint.with_name(checkpoint.name + _DISCARDED)))


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _one_process_is_fine() -> Iterator[None]:
    """Suppress the warning that torch.distributed is disabled, which a single process gets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")
        yield
