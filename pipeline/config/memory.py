"""Recipe section `finetune.memory`: what a training step keeps, computes again, or moves to the host."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class LayerInputs(StrEnum):
    """Where checkpointed layer inputs wait for the backward pass."""

    DEVICE = "device"
    HOST = "host"
    """Pinned memory, copied on a stream beside the computation. On a CPU they are there already."""


class MemoryRecipe(RecipeSection):
    """Same step, same gradients, less memory. `pipeline finetune --plan` says what each saves."""

    gradient_checkpointing: bool = True
    """Keep each layer's input alone and compute the layer again in the backward pass."""
    layer_inputs: LayerInputs = LayerInputs.DEVICE
    mlp_tile_tokens: PositiveInt | None = 2048
    """Tokens an MLP computes at a time (ALST, arXiv 2506.13996); null computes all at once."""
    lean_layers: bool = True
    """LoRA layers, RMS norms and rotary embeddings without their temporary copies; same results up to rounding."""

    @model_validator(mode="after")
    def _host_needs_checkpoints(self) -> Self:
        if self.layer_inputs is LayerInputs.HOST and not self.gradient_checkpointing:
            raise ValueError("layer_inputs host moves checkpoints, so it needs gradient_checkpointing")
        return self
