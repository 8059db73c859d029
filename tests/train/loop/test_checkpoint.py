"""Checkpoints are whole or not there, and put everything back."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.distributed.checkpoint.filesystem import FileSystemReader

from pipeline.errors import TrainingError
from pipeline.io.checksums import read_sums
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.loop.checkpoint import (
    LOG_COPY,
    CheckpointState,
    checkpoints,
    find_damage,
    load_checkpoint,
    newest_intact,
    read_state,
    save_checkpoint,
)

STATE = CheckpointState(step=1, stage="main", step_in_stage=1, packs_in_stage=3, fingerprint="f", plan="p")
Parts = tuple[dict[str, nn.Parameter], torch.optim.Optimizer]


class CountingOptimizer(torch.optim.SGD):
    """Keeps its step as a plain number, as bitsandbytes does."""

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["num_steps"] = self.state[parameter].get("num_steps", 0) + 1


def _parts(*, scale: float = 1.0) -> Parts:
    torch.manual_seed(1)
    trainables = {"a": nn.Parameter(torch.randn(3, 4) * scale), "b": nn.Parameter(torch.randn(5) * scale)}
    return trainables, torch.optim.AdamW(trainables.values(), lr=0.1, weight_decay=0.1, fused=True)


def _step(parts: Parts, *, seed: int) -> None:
    trainables, optimizer = parts
    generator = torch.Generator().manual_seed(seed)
    sum((p * torch.randn(p.shape, generator=generator)).sum() for p in trainables.values()).backward()
    optimizer.step()
    optimizer.zero_grad()


def _save(folder: Path, step: int, parts: Parts, *, keep: int = 2) -> Path:
    trainables, optimizer = parts
    state = replace(STATE, step=step)
    return save_checkpoint(
        folder, state, trainables=trainables, optimizer=optimizer, log=None, keep=keep, ranks=OneRank()
    )


def test_loading_restores_weights_and_optimizer_so_that_the_next_steps_are_equal(tmp_path: Path) -> None:
    parts = _parts()
    _step(parts, seed=1)
    _step(parts, seed=2)
    saved = _save(tmp_path, 2, parts)
    for seed in (3, 4):
        _step(parts, seed=seed)
    resumed = _parts(scale=9.0)
    load_checkpoint(saved, trainables=resumed[0], optimizer=resumed[1])
    assert read_state(saved) == replace(STATE, step=2)
    for seed in (3, 4):
        _step(resumed, seed=seed)
    assert all(torch.equal(parts[0][name], p) for name, p in resumed[0].items())
    # Loading alone must not have taken a step: Adam's bias correction would show it.
    assert [float(state["step"]) for state in resumed[1].state.values()] == [4.0, 4.0]


def test_loading_restores_numbers_that_are_no_tensors(tmp_path: Path) -> None:
    def parts() -> Parts:
        weights = {"a": nn.Parameter(torch.ones(3))}
        return weights, CountingOptimizer(weights.values(), lr=0.1, momentum=0.9)

    first, second = parts(), parts()
    for seed in range(5):
        _step(first, seed=seed)
    load_checkpoint(_save(tmp_path, 5, first), trainables=second[0], optimizer=second[1])
    assert second[1].state[second[0]["a"]]["num_steps"] == 5
    assert torch.equal(second[0]["a"], first[0]["a"])


def test_weight_without_a_gradient_so_far_is_restored_without_state(tmp_path: Path) -> None:
    def parts() -> Parts:
        found, optimizer = _parts()
        idle = nn.Parameter(torch.ones(2))
        optimizer.add_param_group({"params": [idle]})
        return {**found, "idle": idle}, optimizer

    def step(of: Parts, *names: str) -> None:
        sum(of[0][name].square().sum() for name in names).backward()
        of[1].step()
        of[1].zero_grad(set_to_none=True)

    first, second = parts(), parts()
    step(first, "a", "b")
    load_checkpoint(_save(tmp_path, 1, first), trainables=second[0], optimizer=second[1])
    assert second[0]["idle"] not in second[1].state
    for of in (first, second):
        step(of, "a", "idle")
    assert all(torch.equal(first[0][name], second[0][name]) for name in first[0])


def test_newest_checkpoints_are_kept_in_order_of_step(tmp_path: Path) -> None:
    parts = _parts()
    for step in (2, 9, 10, 100, 1_000_000):
        _save(tmp_path, step, parts, keep=3)
    assert [read_state(path).step for path in checkpoints(tmp_path)] == [10, 100, 1_000_000]
    assert {path.name for path in tmp_path.iterdir()} == {"step-000010", "step-000100", "step-1000000"}


def test_leftovers_of_a_cut_off_run_are_no_checkpoints_and_are_removed_by_the_next(tmp_path: Path) -> None:
    parts = _parts()
    whole = _save(tmp_path, 3, parts)
    for suffix in ("partial", "discarded"):
        (tmp_path / f"step-000004.{suffix}").mkdir()
        (tmp_path / f"step-000004.{suffix}" / "__0_0.distcp").write_bytes(b"half")
    assert checkpoints(tmp_path) == [whole]
    _save(tmp_path, 5, parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000003", "step-000005"]


@pytest.mark.parametrize(
    "other",
    [
        {"a": nn.Parameter(torch.zeros(3, 4))},
        {"a": nn.Parameter(torch.zeros(3, 4)), "c": nn.Parameter(torch.zeros(5))},
        {"a": nn.Parameter(torch.zeros(3, 4)), "b": nn.Parameter(torch.zeros(6))},
    ],
    ids=["fewer", "another name", "another size"],
)
def test_checkpoint_of_another_model_is_refused(tmp_path: Path, other: dict[str, nn.Parameter]) -> None:
    parts = _parts()
    _step(parts, seed=0)
    saved = _save(tmp_path, 1, parts)
    with pytest.raises(TrainingError, match=r"for example in .*\. Start over with --fresh"):
        load_checkpoint(saved, trainables=other, optimizer=torch.optim.AdamW(other.values()))


def test_saving_and_loading_draw_no_random_numbers(tmp_path: Path) -> None:
    parts = _parts()
    _step(parts, seed=0)
    before = torch.get_rng_state(), random.getstate()
    load_checkpoint(_save(tmp_path, 1, parts), trainables=parts[0], optimizer=parts[1])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_no_folder_has_no_checkpoints(tmp_path: Path) -> None:
    assert checkpoints(tmp_path / "none") == []


def test_name_of_a_checkpoint_is_on_the_disk_before_an_older_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = _parts()
    _step(parts, seed=1)
    old = _save(tmp_path, 1, parts, keep=1)
    flushed: list[list[str]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        if os.path.samestat(os.fstat(descriptor), tmp_path.stat()):
            flushed.append(sorted(path.name for path in checkpoints(tmp_path)))

    monkeypatch.setattr(os, "fsync", watched)
    new = _save(tmp_path, 2, parts, keep=1)
    assert [old.name, new.name] in flushed
    assert checkpoints(tmp_path) == [new]


def test_checkpoint_holds_weights_moments_state_log_and_checksums(tmp_path: Path) -> None:
    parts = _parts()
    _step(parts, seed=1)
    log = tmp_path / "metrics.jsonl"
    log.write_text('{"event": "step"}\n')
    trainables, optimizer = parts
    folder = tmp_path / "checkpoints"
    saved = save_checkpoint(folder, STATE, trainables=trainables, optimizer=optimizer, log=log, keep=2, ranks=OneRank())
    assert saved == folder / "step-000001" and find_damage(saved) == ""
    assert (saved / LOG_COPY).read_text() == log.read_text()
    names = FileSystemReader(saved).read_metadata().state_dict_metadata.keys()
    assert names == {
        *(f"weight.{name}" for name in "ab"),
        *(f"optimizer.{key}.{name}" for key in ("step", "exp_avg", "exp_avg_sq") for name in "ab"),
    }
    listed = read_sums(saved / "checksums.json")
    assert listed.keys() == {path.name for path in saved.iterdir()} - {"checksums.json"}


def test_loading_leaves_the_rates_of_the_optimizer_and_no_gradients(tmp_path: Path) -> None:
    parts = _parts()
    _step(parts, seed=1)
    saved = _save(tmp_path, 1, parts)
    trainables, optimizer = _parts(scale=3.0)
    optimizer.param_groups[0]["lr"] = 0.37
    load_checkpoint(saved, trainables=trainables, optimizer=optimizer)
    assert optimizer.param_groups[0]["lr"] == 0.37
    assert all(weight.grad is None for weight in trainables.values())
    for name, weight in trainables.items():
        assert torch.equal(weight, parts[0][name])
        for key in ("exp_avg", "exp_avg_sq", "step"):
            assert torch.equal(optimizer.state[weight][key], parts[1].state[parts[0][name]][key])


def test_checkpoint_of_other_weights_is_named_by_the_first_that_differs(tmp_path: Path) -> None:
    parts = _parts()
    _step(parts, seed=0)
    saved = _save(tmp_path, 7, parts)
    other = {"a": nn.Parameter(torch.zeros(3, 4)), "c": nn.Parameter(torch.zeros(5))}
    with pytest.raises(TrainingError) as refused:
        load_checkpoint(saved, trainables=other, optimizer=torch.optim.AdamW(other.values()))
    assert refused.value.message == (
        "The checkpoint step-000007 does not match this model's weights and optimizer, "
        "for example in optimizer.exp_avg.b."
    )
    assert refused.value.remedy == "Start over with --fresh."


def test_newest_whole_checkpoint_is_found_and_damaged_ones_are_set_aside_with_a_word(tmp_path: Path) -> None:
    assert newest_intact(tmp_path / "none", report=print) is None
    parts = _parts()
    for step in (1, 2, 3):
        _save(tmp_path, step, parts, keep=9)
    told: list[str] = []
    assert newest_intact(tmp_path, report=told.append) == tmp_path / "step-000003" and told == []
    for step in (2, 3):
        (tmp_path / f"step-00000{step}" / "state.json").unlink()
    assert newest_intact(tmp_path, report=told.append) == tmp_path / "step-000001"
    asides = sorted(path.name for path in tmp_path.iterdir())
    assert asides[0] == "step-000001" and len(asides) == 3
    assert told == [
        f"the checkpoint step-00000{step} is damaged (state.json is missing) and is kept as {asides[step - 1]}; "
        f"continuing from step-00000{step - 1}"
        for step in (3, 2)
    ]
    (tmp_path / "step-000001" / "checksums.json").unlink()
    assert newest_intact(tmp_path, report=told.append) is None
    assert told[-1].endswith("; no earlier one exists, so training starts over")
    assert "(checksums.json is missing)" in told[-1]


def test_checkpoint_that_fails_leaves_nothing_half_written(tmp_path: Path) -> None:
    trainables, optimizer = _parts()
    with pytest.raises(FileNotFoundError):
        save_checkpoint(
            tmp_path, STATE, trainables=trainables, optimizer=optimizer, log=tmp_path / "no log", keep=1,
            ranks=OneRank(),
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_are_in_order_of_their_steps_however_many_digits_they_have(tmp_path: Path) -> None:
    steps = ["step-1000000", "step-999999", "step-000007"]
    for name in (*steps, "step-1000001.partial", "step-1000002.discarded", "other"):
        (tmp_path / name).mkdir()
    assert [path.name for path in checkpoints(tmp_path)] == steps[::-1]
