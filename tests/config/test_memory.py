"""Memory settings that contradict each other are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.config.memory import LayerInputs, MemoryRecipe


def test_layer_inputs_on_the_host_without_checkpointing_are_refused() -> None:
    with pytest.raises(ValidationError, match="needs gradient_checkpointing"):
        MemoryRecipe(layer_inputs=LayerInputs.HOST, gradient_checkpointing=False)


def test_layer_inputs_on_the_host_go_with_auto() -> None:
    assert MemoryRecipe(layer_inputs=LayerInputs.HOST).gradient_checkpointing == "auto"


@pytest.mark.parametrize("value", [True, False, "auto"])
def test_checkpointing_is_a_truth_value_or_auto(value: bool | str) -> None:
    assert MemoryRecipe.model_validate({"gradient_checkpointing": value}).gradient_checkpointing == value


def test_mlp_tiles_of_no_tokens_are_refused() -> None:
    with pytest.raises(ValidationError, match="mlp_tile_tokens"):
        MemoryRecipe(mlp_tile_tokens=0)
    assert MemoryRecipe(mlp_tile_tokens=None).mlp_tile_tokens is None
