"""Checkpoints are whole or not there, and put everything back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from pipeline.errors import TrainingError
from pipeline.train.checkpoint import CheckpointState, checkpoints, load_checkpoint, read_state, save_checkpoint


def _parts() -> tuple[dict[str, nn.Parameter], torch.optim.AdamW]:
    torch.manual_seed(1)
    trainables = {"a": nn.Parameter(torch.randn(3, 4)), "b": nn.Parameter(torch.randn(5))}
    return trainables, torch.optim.AdamW(trainables.values(), lr=0.1)


def _step(trainables: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    sum((p * torch.rand_like(p)).sum() for p in trainables.values()).backward()
    optimizer.step()
    optimizer.zero_grad()


def _save(folder: Path, step: int, parts: tuple[dict[str, nn.Parameter], torch.optim.AdamW], *, keep: int = 2) -> Path:
    trainables, optimizer = parts
    return save_checkpoint(folder, CheckpointState(step, "f"), trainables=trainables, optimizer=optimizer, keep=keep)


def test_loading_restores_weights_optimizer_and_random_state(tmp_path: Path) -> None:
    parts = _parts()
    _step(*parts)
    saved = _save(tmp_path, 1, parts)
    _step(*parts)
    expected = {name: p.detach().clone() for name, p in parts[0].items()}
    fresh = _parts()
    torch.manual_seed(99)
    state = load_checkpoint(saved, trainables=fresh[0], optimizer=fresh[1])
    _step(*fresh)
    assert state == CheckpointState(1, "f")
    assert all(torch.equal(expected[name], p) for name, p in fresh[0].items())


def test_newest_checkpoints_are_kept_in_order_of_step(tmp_path: Path) -> None:
    parts = _parts()
    for step in (2, 9, 10, 100):
        _save(tmp_path, step, parts, keep=2)
    assert [read_state(path).step for path in checkpoints(tmp_path)] == [10, 100]


def test_half_written_checkpoint_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    parts = _parts()
    whole = _save(tmp_path, 3, parts)
    (tmp_path / "step-000004.partial").mkdir()
    (tmp_path / "step-000004.partial" / "trainable.safetensors").write_bytes(b"half")
    assert checkpoints(tmp_path) == [whole]
    _save(tmp_path, 4, parts)
    assert [read_state(path).step for path in checkpoints(tmp_path)] == [3, 4]


def test_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    saved = _save(tmp_path, 1, _parts())
    other = {"a": nn.Parameter(torch.zeros(3, 4))}
    with pytest.raises(TrainingError, match="--fresh"):
        load_checkpoint(saved, trainables=other, optimizer=torch.optim.AdamW(other.values()))


def test_no_folder_has_no_checkpoints(tmp_path: Path) -> None:
    assert checkpoints(tmp_path / "none") == []
