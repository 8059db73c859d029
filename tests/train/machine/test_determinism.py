"""Deterministic kernels are on for a training that asks for them, and for nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.train.machine.device import deterministic_kernels
from pipeline.train.run.metrics import StepMetrics

Switches = tuple[bool, bool, bool, str | None]


def _switches() -> Switches:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
        os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
    )


def test_switches_are_set_within_the_block_and_restored_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    before = _switches()
    with pytest.raises(ZeroDivisionError), deterministic_kernels(FinetuneRecipe(deterministic=True)):
        assert _switches() == (True, False, False, ":4096:8")
        raise ZeroDivisionError
    assert _switches() == before == (False, False, True, None)


def test_recipe_that_does_not_ask_changes_nothing() -> None:
    before = _switches()
    with deterministic_kernels(FinetuneRecipe()):
        assert _switches() == before


def test_own_workspace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    with deterministic_kernels(FinetuneRecipe(deterministic=True)):
        assert _switches()[3] == ":16:8"
    assert _switches()[3] == ":16:8"


class _SwitchObserver(RecordingObserver):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Switches] = []

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        self.seen.append(_switches())


def test_training_runs_with_the_switches_on(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "base")
    write_small_build(tmp_path / "build", num_train=4)
    observer = _SwitchObserver()
    before = _switches()
    finetune(
        small_recipe(model, deterministic=True, max_steps=2, report_to=[]),
        data=str(tmp_path / "build"),
        model=None,
        output=str(tmp_path / "out"),
        start=Start.RESUME,
        observer=observer,
    )
    assert [seen[:3] for seen in observer.seen] == [(True, False, False)] * 2
    assert _switches() == before
