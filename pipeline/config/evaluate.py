"""The recipe sections of `pipeline evaluate`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from pipeline.config.base import RecipeSection

Depth = Annotated[float, Field(ge=0.0, le=1.0)]


class PerplexityRecipe(RecipeSection):
    """Perplexity of held-out documents by context length. The scored tokens stay the same; the context before them
    grows."""

    lengths: tuple[PositiveInt, ...] = (2048, 4096, 8192, 16384)
    scored_tokens: PositiveInt = 256
    """The number of tokens that are scored at the end of every window."""
    max_windows: PositiveInt = 8


class PasskeyRecipe(RecipeSection):
    """Retrieval of a five-digit key that is hidden in filler text, by depth and length."""

    lengths: tuple[PositiveInt, ...] = (1024, 2048, 4096, 8192, 16384)
    depths: tuple[Depth, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    samples: PositiveInt = 4
    """The number of keys for each combination of depth and length."""


class EvaluateRecipe(RecipeSection):
    """Comparison of the tuned model with its base model."""

    base_model: str = ""
    """The base model; if empty, the one that the tuned model's `training.json` names."""
    perplexity: PerplexityRecipe = PerplexityRecipe()
    passkey: PasskeyRecipe = PasskeyRecipe()
    dtype: str = "bfloat16"
    device: str = "auto"
    max_batch_tokens: PositiveInt = 16384
    """The maximum number of prompt tokens in one forward pass; a longer prompt runs alone."""
