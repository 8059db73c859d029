"""Recipe section `finetune.tuning`: which weights train, and by which method."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class TuningMethod(StrEnum):
    """Which weights are trained: all, or adapters."""

    FULL = "full"
    """Every weight."""
    LORA = "lora"
    """Low-rank adapters on frozen weights (arXiv 2106.09685)."""
    QLORA = "qlora"
    """LoRA on weights that are frozen in 4-bit NormalFloat with double quantisation (arXiv 2305.14314)."""


class TuningRecipe(RecipeSection):
    """What trains. The default is LoRA with embeddings and norms (LongLoRA, arXiv 2309.12307, table 2).

    Trained weights are float32 in memory, with matrix products in `finetune.dtype`. With its gradient and Adam's two
    moments, each takes 16 bytes, as much as a bfloat16 weight with a float32 master copy.
    """

    method: TuningMethod = TuningMethod.LORA
    rank: PositiveInt = 16
    alpha: PositiveFloat = 32.0
    """The adapter's output is scaled by alpha ÷ rank, with `rslora` by alpha ÷ √rank."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    rslora: bool = False
    """Rank-stabilised scaling (arXiv 2312.03732)."""
    dora: bool = False
    """Train magnitude and direction separately (arXiv 2402.09353)."""
    loraplus_lr_ratio: float = Field(default=1.0, ge=1.0)
    """Learning rate of the B matrices ÷ that of all other weights (LoRA+, arXiv 2402.12354; there 16)."""
    target_modules: tuple[str, ...] = ()
    """Last parts of layer names, such as `q_proj`. If empty, every linear layer of attention and MLP that is found in
    the built model, except routers, experts and the inner projections of state-space layers."""
    target_experts: bool = False
    """Whether the experts of a mixture of experts also get adapters."""
    train_embeddings: bool = True
    """Together with adapters; an untied head trains too."""
    train_norms: bool = True
    """Together with adapters."""

    @model_validator(mode="after")
    def _settings_have_effect(self) -> Self:
        set_in_vain = [
            name
            for name, field in type(self).model_fields.items()
            if name != "method" and getattr(self, name) != field.default
        ]
        if self.method is TuningMethod.FULL and set_in_vain:
            raise ValueError(f"method full trains every weight; {', '.join(set_in_vain)} belong to lora and qlora")
        if self.target_experts and (self.dropout or self.dora or self.method is TuningMethod.QLORA):
            raise ValueError("target_experts needs method lora, without dropout and dora")
        if self.dora and self.method is TuningMethod.QLORA:
            raise ValueError("dora needs method lora; its adapters cannot be merged into 4-bit weights exactly")
        return self
