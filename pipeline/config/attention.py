"""Recipe section `finetune.attention`: which earlier tokens of its document a token attends to, and by which kernel."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection

QUARTER_OF_PACK = 4
"""LongLoRA's groups are a quarter of the training length (arXiv 2309.12307, section 3.2); windows use the same."""
DEFAULT_DILATION = 2
DEFAULT_STRIDE_TOKENS = 128
"""Of the Sparse Transformer (arXiv 1904.10509, section 5)."""
DEFAULT_GLOBAL_TOKENS = 64


class AttentionPattern(StrEnum):
    """Which earlier tokens of its own document a token attends to. Every pattern is causal."""

    FULL = "full"
    S2 = "s2"
    """Shifted sparse attention of LongLoRA (arXiv 2309.12307): half the heads attend within groups, half within groups
    shifted by half a group. The first and last half-group of the shifted heads are separate groups, so that no token
    sees its future."""
    SLIDING_WINDOW = "sliding_window"
    DILATED = "dilated"
    """Longformer's dilated window (arXiv 2004.05150, section 3.1): half the heads use a plain window, half a window of
    as many keys, `dilation` apart."""
    STRIDED = "strided"
    """Sparse Transformer (arXiv 1904.10509, section 4.2): half the heads attend to the last `stride_tokens`, half to
    every `stride_tokens`-th token before."""
    LOCAL_GLOBAL = "local_global"
    """Longformer (arXiv 2004.05150): a window, plus the first `global_tokens` of the document."""


class AttentionKernel(StrEnum):
    """How a pattern is computed. All kernels give the same numbers up to rounding."""

    AUTO = "auto"
    """`varlen` if it can run, else `sdpa`."""
    SDPA = "sdpa"
    """torch's scaled dot product attention on pieces of the pack; any device."""
    VARLEN = "varlen"
    """torch's variable-length flash attention, one call per head group; CUDA with bfloat16. Not for `local_global`."""
    EAGER = "eager"
    """Full scores and mask of every document: the reference, quadratic in memory."""


class EvaluateWith(StrEnum):
    """Attention during validation."""

    FULL = "full"
    """As in LongLoRA: trained sparse, tested full, which is also how the model is served."""
    PATTERN = "pattern"


_READ_BY = {
    "group_tokens": {AttentionPattern.S2},
    "window_tokens": {AttentionPattern.SLIDING_WINDOW, AttentionPattern.DILATED, AttentionPattern.LOCAL_GLOBAL},
    "dilation": {AttentionPattern.DILATED},
    "stride_tokens": {AttentionPattern.STRIDED},
    "global_tokens": {AttentionPattern.LOCAL_GLOBAL},
}


class AttentionRecipe(RecipeSection):
    """Attention during training. Documents of a pack never see each other under any pattern, and positions count within
    the document. Layers with their own windows see only what both allow."""

    pattern: AttentionPattern = AttentionPattern.FULL
    group_tokens: int | None = Field(default=None, ge=2)
    """`s2`: tokens of a group; default a quarter of max_tokens."""
    window_tokens: PositiveInt | None = None
    """`sliding_window`, `dilated`, `local_global`: keys that a token sees, itself included; default a quarter of
    max_tokens."""
    dilation: int | None = Field(default=None, ge=2)
    """`dilated`: distance of the keys; default 2."""
    stride_tokens: int | None = Field(default=None, ge=2)
    """`strided`: default 128. The cost is lowest near the square root of a document's length."""
    global_tokens: PositiveInt | None = None
    """`local_global`: default 64."""
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
