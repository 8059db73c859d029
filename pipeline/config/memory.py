"""The recipe section `finetune.memory`: what a training step keeps, recomputes, or moves to the host."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class LayerInputs(StrEnum):
    """Where checkpointed layer inputs are kept until the backward pass."""

    DEVICE = "device"
    HOST = "host"
    """In pinned host memory, copied on a separate stream during computation. On a CPU this changes nothing."""


class MemoryRecipe(RecipeSection):
    """Settings that save memory without changing the training. `pipeline finetune --plan` shows how much each one
    saves."""

    gradient_checkpointing: bool | Literal["auto"] = "auto"
    """Whether to keep only each layer's input and recompute the layer in the backward pass. `auto` keeps the
    activations of as many layers as fit into 40 % of the memory that is free when the run starts, by the prediction of
    `pipeline finetune --plan`, and recomputes the other layers. The losses are the same, bit for bit. It recomputes
    every layer on a GPU, in several processes, and for layers whose activations it cannot predict. With `false`, only
    MLPs in tiles are recomputed."""
    layer_inputs: LayerInputs = LayerInputs.DEVICE
    mlp_tile_tokens: PositiveInt | None = 2048
    """The number of tokens that an MLP processes at a time (ALST, arXiv 2506.13996); null processes all at once."""
    fused_layers: bool = True
    """Whether to use LoRA layers, RMS norms and rotary embeddings that make no temporary copies. The results are the
    same up to rounding."""

    @model_validator(mode="after")
    def _host_needs_checkpoints(self) -> Self:
        if self.layer_inputs is LayerInputs.HOST and self.gradient_checkpointing is False:
            raise ValueError("layer_inputs host moves checkpoints, so it needs gradient_checkpointing")
        return self
