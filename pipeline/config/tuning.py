"""The recipe section `finetune.tuning`: which weights are trained, and how."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class TuningMethod(StrEnum):
    """Whether all weights are trained, or adapters."""

    FULL = "full"
    """Train every weight."""
    LORA = "lora"
    """Train low-rank adapters on frozen weights (arXiv 2106.09685)."""
    QLORA = "qlora"
    """Train low-rank adapters on weights frozen in 4-bit NormalFloat with double quantisation (arXiv 2305.14314)."""


class TuningRecipe(RecipeSection):
    """Which weights are trained. The default is LoRA plus embeddings and norms (LongLoRA, arXiv 2309.12307, table 2).

    Trained weights are stored as float32; matrix products are computed in `finetune.dtype`. With its gradient and
    Adam's two moments, a trained weight takes 16 bytes. A bfloat16 weight with a float32 master copy would take as
    much.
    """

    method: TuningMethod = TuningMethod.LORA
    rank: PositiveInt = 16
    alpha: PositiveFloat = 32.0
    """The adapter's output is scaled by alpha ÷ rank; with `rslora`, by alpha ÷ √rank."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    rslora: bool = False
    """Whether to use rank-stabilised scaling (arXiv 2312.03732)."""
    dora: bool = False
    """Whether to train magnitude and direction separately (arXiv 2402.09353)."""
    loraplus_lr_ratio: float = Field(default=1.0, ge=1.0)
    """The learning rate of the B matrices ÷ that of all other weights (LoRA+, arXiv 2402.12354, uses 16)."""
    target_modules: tuple[str, ...] = ()
    """The last parts of the names of layers that get adapters, such as `q_proj`. If empty, every linear layer of
    attention and MLP gets adapters, except routers, experts and the inner projections of state-space layers."""
    target_experts: bool = False
    """Whether the experts of a mixture of experts also get adapters."""
    train_embeddings: bool = True
    """Whether to train the embeddings along with the adapters, including an untied output head."""
    train_norms: bool = True
    """Whether to train the norms along with the adapters."""

    @model_validator(mode="after")
    def _settings_have_effect(self) -> Self:
        ignored = [
            name
            for name, field in type(self).model_fields.items()
            if name != "method" and getattr(self, name) != field.default
        ]
        if self.method is TuningMethod.FULL and ignored:
            raise ValueError(f"method full trains every weight and ignores {', '.join(ignored)}; use lora or qlora")
        if self.target_experts and (self.dropout or self.dora or self.method is TuningMethod.QLORA):
            raise ValueError("target_experts needs method lora, without dropout or dora")
        if self.dora and self.method is TuningMethod.QLORA:
            raise ValueError("dora needs method lora; its adapters cannot be merged into 4-bit weights exactly")
        return self
