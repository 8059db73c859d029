"""The recipe section `finetune.attention`: which earlier tokens a token attends to, and the kernel that computes it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection

QUARTER_OF_PACK = 4
"""LongLoRA's groups are a quarter of the training length (arXiv 2309.12307, section 3.2). Windows have the same
default."""
DEFAULT_DILATION = 2
DEFAULT_STRIDE_TOKENS = 128
"""The value of the Sparse Transformer (arXiv 1904.10509, section 5)."""
DEFAULT_GLOBAL_TOKENS = 64


class AttentionPattern(StrEnum):
    """Which earlier tokens of its document a token attends to. Every pattern is causal."""

    FULL = "full"
    S2 = "s2"
    """LongLoRA's shifted sparse attention (arXiv 2309.12307): half the heads attend within groups, the other half
    within groups shifted by half a group. The first and last half-groups of the shifted heads are separate groups, so
    that no token sees a later one."""
    SLIDING_WINDOW = "sliding_window"
    DILATED = "dilated"
    """Longformer's dilated window (arXiv 2004.05150, section 3.1): half the heads use a plain window, the other half a
    window with the same number of keys, `dilation` tokens apart."""
    STRIDED = "strided"
    """The Sparse Transformer's pattern (arXiv 1904.10509, section 4.2): half the heads attend to the last
    `stride_tokens` tokens, the other half to every `stride_tokens`-th token before."""
    LOCAL_GLOBAL = "local_global"
    """Longformer's global attention (arXiv 2004.05150): a window, plus the first `global_tokens` of the document."""


class AttentionKernel(StrEnum):
    """How a pattern is computed. All kernels compute the same values up to rounding."""

    AUTO = "auto"
    """`varlen` if it can run, otherwise `sdpa`."""
    SDPA = "sdpa"
    """torch's scaled dot product attention on pieces of the pack; runs on any device."""
    VARLEN = "varlen"
    """torch's variable-length flash attention, with one call for each group of heads. It needs bfloat16 and an NVIDIA
    GPU of the Ampere generation or later, and cannot run `local_global`."""
    EAGER = "eager"
    """The full scores and mask of every document. This is the reference; its memory grows with the square of the
    length."""


class EvaluateWith(StrEnum):
    """The attention pattern during validation and the passkey probe."""

    FULL = "full"
    """Full attention, as in LongLoRA: the model is served with full attention even if it was trained with a sparse
    pattern."""
    PATTERN = "pattern"


_READ_BY = {
    "group_tokens": {AttentionPattern.S2},
    "window_tokens": {AttentionPattern.SLIDING_WINDOW, AttentionPattern.DILATED, AttentionPattern.LOCAL_GLOBAL},
    "dilation": {AttentionPattern.DILATED},
    "stride_tokens": {AttentionPattern.STRIDED},
    "global_tokens": {AttentionPattern.LOCAL_GLOBAL},
}


class AttentionRecipe(RecipeSection):
    """Attention during training. With every pattern, the documents of a pack are isolated from each other, and
    positions are counted from the start of the document. A layer with its own window sees only what both the window and
    the pattern allow."""

    pattern: AttentionPattern = AttentionPattern.FULL
    group_tokens: int | None = Field(default=None, ge=2)
    """`s2`: the group length in tokens; by default a quarter of max_tokens."""
    window_tokens: PositiveInt | None = None
    """`sliding_window`, `dilated`, `local_global`: the number of keys that a token sees, including itself; by default a
    quarter of max_tokens."""
    dilation: int | None = Field(default=None, ge=2)
    """`dilated`: the distance between keys; 2 by default."""
    stride_tokens: int | None = Field(default=None, ge=2)
    """`strided`: the stride; 128 by default. The cost is lowest near the square root of a document's length."""
    global_tokens: PositiveInt | None = None
    """`local_global`: the number of tokens at the start of the document that every token sees; 64 by default."""
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
