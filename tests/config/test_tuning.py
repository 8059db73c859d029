"""Recipes of what trains: settings without effect are refused rather than ignored."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.config.tuning import TuningMethod, TuningRecipe


def test_full_training_refuses_settings_of_adapters() -> None:
    with pytest.raises(ValidationError, match="ignores rank, loraplus_lr_ratio; use lora or qlora"):
        TuningRecipe(method=TuningMethod.FULL, rank=8, loraplus_lr_ratio=16.0)


def test_full_recipe_survives_being_written_with_its_defaults() -> None:
    recipe = TuningRecipe(method=TuningMethod.FULL)
    assert TuningRecipe.model_validate(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    "settings",
    [
        {"target_experts": True, "dropout": 0.1},
        {"target_experts": True, "dora": True},
        {"target_experts": True, "method": "qlora"},
        {"dora": True, "method": "qlora"},
    ],
)
def test_combinations_that_cannot_be_merged_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="needs method lora"):
        TuningRecipe.model_validate(settings)
