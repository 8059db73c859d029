"""A run keeps the activations that its longest stage has memory for, and a resumed run keeps the same."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from small_student import small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.io.record_values import write_checked_record
from pipeline.train.layers.kept import NOTHING_KEPT, KeptActivations
from pipeline.train.loop.activations import choose_run_activations
from pipeline.train.loop.checkpoint import CheckpointState
from pipeline.train.run.training_run import TrainingRun, open_run


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("activations")
    write_small_model(root / "base"), write_small_build(root / "build")
    return root


def _run(root: Path, tmp_path: Path, **settings: object) -> TrainingRun:
    recipe = small_recipe(str(root / "base"), tuning={"rank": 4, "dropout": 0.0}, **settings)
    return open_run(
        recipe, data=str(root / "build"), base_model=str(root / "base"), output=str(tmp_path), start=Start.RESUME
    )


def _checkpoint(tmp_path: Path, activations: KeptActivations | None) -> Path:
    folder = tmp_path / "checkpoints" / "step-000001"
    folder.mkdir(parents=True)
    write_checked_record(str(folder / "state.json"), CheckpointState(1, "main", 1, 1, "f", "p", None, 0, activations))
    return folder


def test_small_model_keeps_everything_and_the_log_says_so(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="pipeline"):
        kept = choose_run_activations(_run(root, tmp_path), resumes_from=None)
    assert kept == KeptActivations(2, 2)
    assert "Memory: keeping the activations of 2 of 2 layers, of 2 with their MLP: a pack of" in caplog.text


def test_recipe_that_recomputes_keeps_nothing(root: Path, tmp_path: Path) -> None:
    run = _run(root, tmp_path, memory={"gradient_checkpointing": True})
    assert choose_run_activations(run, resumes_from=None) == NOTHING_KEPT


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        (KeptActivations(1, 0), KeptActivations(1, 0)),
        (NOTHING_KEPT, NOTHING_KEPT),
        (None, KeptActivations(2, 2)),  # a checkpoint of an earlier version
    ],
)
def test_resumed_run_keeps_what_its_checkpoint_says(
    root: Path, tmp_path: Path, saved: KeptActivations | None, expected: KeptActivations
) -> None:
    run = _run(root, tmp_path)
    assert choose_run_activations(run, resumes_from=_checkpoint(tmp_path, saved)) == expected
