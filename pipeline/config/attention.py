"""Recipe section `finetune.attention`: which earlier tokens of its document a token sees, and by which kernel."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection

QUARTER_OF_PACK = 4
"""LongLoRA's groups, and windows by analogy, are a quarter of the training length (arXiv 2309.12307, section 3.2)."""
DEFAULT_DILATION = 2
DEFAULT_STRIDE_TOKENS = 128
"""Of the Sparse Transformer (arXiv 1904.10509, section 5)."""
DEFAULT_GLOBAL_TOKENS = 64


class AttentionPattern(StrEnum):
    """Which tokens before it, in its own document, a token sees. Every pattern is causal."""

    FULL = "full"
    S2 = "s2"
    """Shifted sparse attention of LongLoRA (arXiv 2309.12307): half the heads in groups, half in groups shifted by half
    a group; the first and last half-group of the shifted heads are groups of their own, so nothing sees its future."""
    SLIDING_WINDOW = "sliding_window"
    DILATED = "dilated"
    """Longformer's dilated window (arXiv 2004.05150, section 3.1): half the heads a plain window, half one of as many
    keys that are `dilation` apart."""
    STRIDED = "strided"
    """Sparse Transformer (arXiv 1904.10509, section 4.2): half the heads the last `stride_tokens`, half every
    `stride_tokens`-th token before."""
    LOCAL_GLOBAL = "local_global"
    """Longformer (arXiv 2004.05150): a window, and the first `global_tokens` of the document."""


class AttentionKernel(StrEnum):
    """How a pattern is computed; all give the same numbers up to rounding."""

    AUTO = "auto"
    """`varlen` where it can run, else `sdpa`."""
    SDPA = "sdpa"
    """torch's scaled dot product attention on pieces of the pack; any device."""
    VARLEN = "varlen"
    """torch's variable-length flash attention, one call a head group; CUDA with bfloat16. Not for `local_global`."""
    EAGER = "eager"
    """Scores and mask of every document in full: the reference, quadratic in memory."""


class EvaluateWith(StrEnum):
    """Attention of validation."""

    FULL = "full"
    """As LongLoRA: trained sparse, tested full, which is also what serves."""
    PATTERN = "pattern"


_READ_BY = {
    "group_tokens": {AttentionPattern.S2},
    "window_tokens": {AttentionPattern.SLIDING_WINDOW, AttentionPattern.DILATED, AttentionPattern.LOCAL_GLOBAL},
    "dilation": {AttentionPattern.DILATED},
    "stride_tokens": {AttentionPattern.STRIDED},
    "global_tokens": {AttentionPattern.LOCAL_GLOBAL},
}


class AttentionRecipe(RecipeSection):
    """Attention while training. Documents of a pack never see each other, whatever the pattern; positions count within
    the document; layers with windows of their own see what both allow."""

    pattern: AttentionPattern = AttentionPattern.FULL
    group_tokens: int | None = Field(default=None, ge=2)
    """`s2`: tokens of a group; a quarter of max_tokens where not given."""
    window_tokens: PositiveInt | None = None
    """`sliding_window`, `dilated`, `local_global`: keys a token sees, itself included; a quarter of max_tokens where
    not given."""
    dilation: int | None = Field(default=None, ge=2)
    """`dilated`: distance of the keys; 2 where not given."""
    stride_tokens: int | None = Field(default=None, ge=2)
    """`strided`: 128 where not given. Cost is least near the square root of a document's length."""
    global_tokens: PositiveInt | None = None
    """`local_global`: 64 where not given."""
    evaluate_with: EvaluateWith = EvaluateWith.FULL
    kernel: AttentionKernel = AttentionKernel.AUTO

    @model_validator(mode="after")
    def _settings_belong_to_the_pattern(self) -> Self:
        for name, patterns in _READ_BY.items():
            if getattr(self, name) is not None and self.pattern not in patterns:
                owners = ", ".join(sorted(pattern.value for pattern in patterns))
                raise ValueError(f"{name} belongs to pattern {owners}, not {self.pattern.value}")
        if self.pattern is AttentionPattern.LOCAL_GLOBAL and self.kernel is AttentionKernel.VARLEN:
            raise ValueError("kernel varlen cannot run pattern local_global; use auto or sdpa")
        return self
