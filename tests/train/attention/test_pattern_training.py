"""Patterns go the whole way: trained on packs, validated in full, merged, saved, loaded again with equal logits."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_families import RECIPES, write_family
from small_student import RecordingObserver, small_recipe, write_small_build

from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.finetune import finetune
from pipeline.train.run.record import TrainingResult


def _train(folder: Path, family: str, pattern: str) -> TrainingResult:
    recipe = small_recipe(
        write_family(family, folder / "base"),
        rope={"method": "none"},
        attention=RECIPES[pattern].model_dump(mode="json"),
    )
    return finetune(
        recipe,
        data=write_small_build(folder / "build"),
        model=None,
        output=str(folder / "model"),
        start=Start.RESUME,
        observer=RecordingObserver(),
    )


@pytest.mark.parametrize(
    ("family", "pattern"), [("gemma3", "s2"), ("mistral", "local and global"), ("llama", "strided")]
)
def test_model_with_a_pattern_trains_and_reads_back_equal(tmp_path: Path, family: str, pattern: str) -> None:
    record = _train(tmp_path, family, pattern).record
    assert record.last_loss < record.first_loss
    assert record.validation[-1].loss < record.validation[0].loss
    assert record.reload.max_abs_logit_difference == 0.0


def test_pattern_for_mamba_ends_before_training_with_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="A mamba model cannot use attention pattern s2"):
        _train(tmp_path, "mamba", "s2")
