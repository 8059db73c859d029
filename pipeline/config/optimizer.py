"""The recipe section `finetune.optimizer`: the optimizer and its learning rate."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, PositiveFloat

from pipeline.config.base import RecipeSection


class OptimizerKind(StrEnum):
    """Variants of AdamW, which differ in how they store the two moments."""

    ADAMW = "adamw"
    """Moments in float32, 8 bytes per trained weight. Uses torch's fused kernel."""
    ADAMW_8BIT = "adamw_8bit"
    """Moments in block-wise 8 bit, 2 bytes per trained weight (arXiv 2110.02861). Needs bitsandbytes and CUDA."""
    PAGED_ADAMW = "paged_adamw"
    """Moments in float32, in memory that the driver pages to the host when the GPU is full. Needs bitsandbytes and
    CUDA."""
    PAGED_ADAMW_8BIT = "paged_adamw_8bit"


class OptimizerRecipe(RecipeSection):
    """Options for AdamW with linear warm-up and cosine decay."""

    kind: OptimizerKind = OptimizerKind.ADAMW
    learning_rate: PositiveFloat = 2e-4
    weight_decay: float = Field(default=0.0, ge=0.0)
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    warmup_steps: int = Field(default=10, ge=0)
    final_learning_rate_share: float = Field(default=0.1, ge=0.0, le=1.0)
    max_grad_norm: PositiveFloat = 1.0
