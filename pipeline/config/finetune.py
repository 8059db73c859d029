"""Recipe sections of `pipeline finetune`."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class RopeMethod(StrEnum):
    """How rotary position embeddings are scaled to a longer context."""

    NONE = "none"
    LINEAR = "linear"
    """Position Interpolation (arXiv 2306.15595)."""
    DYNAMIC = "dynamic"
    """Dynamic NTK."""
    YARN = "yarn"
    """arXiv 2309.00071."""
    LLAMA3 = "llama3"
    LONGROPE = "longrope"
    """Given factors (arXiv 2402.13753)."""


class RopeRecipe(RecipeSection):
    """The scaling; `factor` is new length ÷ original length."""

    method: RopeMethod = RopeMethod.YARN
    factor: float = Field(default=2.0, ge=1.0)
    original_max_tokens: PositiveInt | None = None
    """Context the model was trained on; read from its config where not given."""
    beta_fast: PositiveFloat = 32.0
    beta_slow: PositiveFloat = 1.0
    """YaRN's ramp, in turns over the original length."""
    attention_factor: PositiveFloat | None = None
    """Scale of cos and sin; the method's own formula where not given."""
    low_freq_factor: PositiveFloat = 1.0
    high_freq_factor: PositiveFloat = 4.0
    """Llama 3's smooth band."""
    short_factors: tuple[PositiveFloat, ...] = ()
    long_factors: tuple[PositiveFloat, ...] = ()
    """LongRoPE's divisors, one for each frequency; `short_factors` defaults to all ones."""

    @model_validator(mode="after")
    def _longrope_has_factors(self) -> Self:
        if self.method is RopeMethod.LONGROPE and not self.long_factors:
            raise ValueError("method longrope needs long_factors, one for each rotary frequency")
        if self.method is not RopeMethod.LONGROPE and (self.long_factors or self.short_factors):
            raise ValueError(f"short_factors and long_factors belong to method longrope, not {self.method.value}")
        if self.low_freq_factor >= self.high_freq_factor:
            raise ValueError("low_freq_factor must be below high_freq_factor")
        return self


class LoraRecipe(RecipeSection):
    """LoRA with trainable embeddings and norms (LongLoRA, arXiv 2309.12307, table 2)."""

    rank: PositiveInt = 16
    alpha: PositiveFloat = 32.0
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    target_modules: tuple[str, ...] = ()
    """Empty: every linear layer of attention and MLP."""
    train_embeddings: bool = True
    train_norms: bool = True


class OptimizerRecipe(RecipeSection):
    """AdamW with linear warm-up and cosine decay."""

    learning_rate: PositiveFloat = 2e-4
    weight_decay: float = Field(default=0.0, ge=0.0)
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    warmup_steps: int = Field(default=10, ge=0)
    final_learning_rate_share: float = Field(default=0.1, ge=0.0, le=1.0)
    max_grad_norm: PositiveFloat = 1.0


class StepOrder(StrEnum):
    """Which packs are trained in one step, in an epoch's order drawn from the seed."""

    SHUFFLED = "shuffled"
    """Any packs: every step is a sample of all lengths."""
    SIMILAR_COST = "similar_cost"
    """Packs of about the same cost, the steps shuffled: processes that share a step wait little for each other
    (LongAlign's sorted batching, arXiv 2401.18058)."""


class FinetuneRecipe(RecipeSection):
    """What is trained on which rows, and for how long."""

    model: str = "embedded:smollm2-135m-instruct"
    """Local folder, hub name, or `embedded:…`."""
    rope: RopeRecipe = RopeRecipe()
    max_tokens: PositiveInt = 16384
    """Length of a pack, and of the longest row that is trained on; longer rows are left out and counted."""
    packs_per_step: PositiveInt = 1
    """Packs whose gradients are added up before a step."""
    step_order: StepOrder = StepOrder.SHUFFLED
    max_steps: PositiveInt | None = None
    """Stop here even if `epochs` is not reached."""
    epochs: PositiveInt = 1
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    """Of weights that do not train and of activations; trained weights and optimizer state are float32."""
    attention: Literal["sdpa", "eager"] = "sdpa"
    gradient_checkpointing: bool = True
    loss_chunk_tokens: PositiveInt = 1024
    """Rows of logits that exist at a time."""
    lora: LoraRecipe = LoraRecipe()
    optimizer: OptimizerRecipe = OptimizerRecipe()
    save_every_steps: PositiveInt = 50
    keep_checkpoints: PositiveInt = 2
    validate_every_steps: PositiveInt = 50
    max_validation_packs: PositiveInt = 4
    device: Literal["auto", "cpu", "cuda"] = "auto"
