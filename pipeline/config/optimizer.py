"""Recipe section `finetune.optimizer`: the step and its learning rate."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, PositiveFloat

from pipeline.config.base import RecipeSection


class OptimizerKind(StrEnum):
    """AdamW, with different storage of its two moments."""

    ADAMW = "adamw"
    """float32, 8 bytes per trained weight; torch's fused kernel."""
    ADAMW_8BIT = "adamw_8bit"
    """Block-wise 8 bit, 2 bytes per trained weight (arXiv 2110.02861); bitsandbytes, on CUDA."""
    PAGED_ADAMW = "paged_adamw"
    """float32 in memory that the driver pages to the host when the GPU is full; bitsandbytes, on CUDA."""
    PAGED_ADAMW_8BIT = "paged_adamw_8bit"


class OptimizerRecipe(RecipeSection):
    """AdamW with linear warm-up and cosine decay."""

    kind: OptimizerKind = OptimizerKind.ADAMW
    learning_rate: PositiveFloat = 2e-4
    weight_decay: float = Field(default=0.0, ge=0.0)
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    warmup_steps: int = Field(default=10, ge=0)
    final_learning_rate_share: float = Field(default=0.1, ge=0.0, le=1.0)
    max_grad_norm: PositiveFloat = 1.0
