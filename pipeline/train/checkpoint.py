"""Checkpoints: everything a run needs to go on as if it had never stopped.

A checkpoint is a folder `step-NNNNNN` with `trainable.safetensors`, `optimizer.pt` (optimizer state, random number
generators) and `state.json` (step, fingerprint). It is written under another name, flushed to disk and renamed, so one
that has its name is whole. The learning rate and the next pack follow from the step.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pipeline.errors import TrainingError

_PARTIAL = ".partial"
_PREFIX = "step-"


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """Where a run stands."""

    step: int
    """Optimizer steps done."""
    fingerprint: str
    """Of the run that wrote it."""


def save_checkpoint(
    folder: Path,
    state: CheckpointState,
    *,
    trainables: dict[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    keep: int,
) -> Path:
    """Write one checkpoint, then remove all but the newest `keep`."""
    target = folder / f"{_PREFIX}{state.step:06d}"
    staging = folder / (target.name + _PARTIAL)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    save_file(
        {name: p.detach().cpu().contiguous() for name, p in trainables.items()}, staging / "trainable.safetensors"
    )
    torch.save({"optimizer": optimizer.state_dict(), "random": _random_state()}, staging / "optimizer.pt")
    (staging / "state.json").write_text(json.dumps(asdict(state)), encoding="utf-8")
    for file in staging.iterdir():
        _flush_to_disk(file)
    shutil.rmtree(target, ignore_errors=True)
    staging.replace(target)
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    found = folder.glob(f"{_PREFIX}*") if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.endswith(_PARTIAL))


def read_state(checkpoint: Path) -> CheckpointState:
    """Where the run of a checkpoint stood."""
    return CheckpointState(**json.loads((checkpoint / "state.json").read_text(encoding="utf-8")))


def load_checkpoint(
    checkpoint: Path, *, trainables: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> CheckpointState:
    """Put a checkpoint's weights, optimizer state and random state in place.

    Raises:
        TrainingError: its weights are not those of this model.
    """
    weights = load_file(checkpoint / "trainable.safetensors")
    if weights.keys() != trainables.keys():
        raise TrainingError(
            f"The checkpoint {checkpoint.name} holds other weights than this model trains.",
            remedy="Start over with --fresh.",
        )
    with torch.no_grad():
        for name, parameter in trainables.items():
            parameter.copy_(weights[name])
    saved = torch.load(checkpoint / "optimizer.pt", map_location="cpu", weights_only=True)
    optimizer.load_state_dict(saved["optimizer"])
    _restore_random_state(saved["random"])
    return read_state(checkpoint)


def _random_state() -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _restore_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"])
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])


def _flush_to_disk(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
