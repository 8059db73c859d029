"""Registers our attention function in transformers, under the name `PATTERN_ATTENTION`.

The function takes what a model's attention layer passes, and the pack's `AttentionLayout`, which travels through the
model's forward pass as the keyword argument `attention_layout`. It returns the layer's attention output. No mask
function is registered under this name, so transformers builds no mask. If the layer has its own sliding window
(Mistral, Gemma 3), a query sees only keys that are both in this window and allowed by the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from transformers import AttentionInterface

from pipeline.config.attention import AttentionKernel
from pipeline.errors import InputError
from pipeline.train.attention.eager import attend_eager
from pipeline.train.attention.patterns import FULL, HeadShare, Pattern
from pipeline.train.attention.sdpa import Scores, attend_sdpa
from pipeline.train.attention.varlen import attend_varlen, can_run_varlen

PATTERN_ATTENTION = "longdoc_patterns"

_CHANGES_SCORES = ("softcap", "s_aux", "position_bias")
"""Options with which some model families change the softmax. If one were ignored, the trained model would differ from
the served one."""


class HeadExchange(Protocol):
    """Sequence parallelism: exchanges a slice of a pack with all heads for the whole pack with some heads, and back."""

    def to_heads(
        self, query_1HSD: Tensor, key_1GSD: Tensor, value_1GSD: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, HeadShare]:
        """Return queries, keys and values of the whole pack for some heads, and which query heads these are."""

    def to_tokens(self, out_1THD: Tensor, *, num_heads: int, num_keys: int) -> Tensor:
        """Return the slice's attention output for all heads, 1 × S × H × D."""


@dataclass(frozen=True, slots=True)
class AttentionLayout:
    """How the tokens of one pack attend."""

    lengths: tuple[int, ...]
    """Number of tokens in each document, in order."""
    pattern: Pattern
    kernel: AttentionKernel
    exchange: HeadExchange | None
    """Exchange with the processes that share the pack; None if this process holds the whole pack."""


def register_pattern_attention() -> None:
    """Register `PATTERN_ATTENTION` as a value of `attn_implementation`; repeated calls change nothing."""
    AttentionInterface.register(PATTERN_ATTENTION, attend)


def attend(
    module: nn.Module,
    query_BHTD: Tensor,
    key_BGTD: Tensor,
    value_BGTD: Tensor,
    attention_mask: Tensor | None,
    *,
    attention_layout: AttentionLayout | None = None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **options: Any,  # Any: what transformers passes to every attention function
) -> tuple[Tensor, None]:
    """Return the attention of one layer over a pack. B is 1, H query heads, G key heads, T tokens, D head dimension.

    Args:
        module: the attention layer.
        query_BHTD: rotated queries.
        key_BGTD: rotated keys.
        value_BGTD: values.
        attention_mask: must be None.
        attention_layout: layout of the pack; None means one document with full attention.
        scaling: factor of the scores; 1 ÷ √D by default.
        dropout: dropout of the attention weights.
        sliding_window: the layer's own sliding window.
        options: other options of the layer; refused if they change the scores.

    Returns:
        The attention output, shaped B × T × H × D, and None instead of attention weights.

    Raises:
        InputError: the layer changes its scores in an unsupported way, or the requested kernel cannot run here.
    """
    num_heads, num_keys, num_tokens = query_BHTD.shape[1], *key_BGTD.shape[1:3]
    assert attention_mask is None, "transformers passed a mask"
    num_packs, num_queries = query_BHTD.shape[0], query_BHTD.shape[2]
    assert num_packs == 1, f"a layer computes {num_packs} packs at a time"
    assert num_queries == num_tokens, f"a layer has {num_queries} queries but {num_tokens} keys: it uses a cache"
    if altering := [name for name in _CHANGES_SCORES if options.get(name) is not None]:
        raise InputError(
            f"{type(module).__name__} changes its attention scores with {altering[0]}, which our attention does not "
            "support.",
            remedy="Use a model of the Llama, Qwen2, Qwen3, Mistral or Gemma 3 family.",
        )
    layout = attention_layout or AttentionLayout((num_tokens,), FULL, AttentionKernel.AUTO, None)
    share, exchange = HeadShare(0, num_heads), layout.exchange
    if exchange is not None:
        query_BHTD, key_BGTD, value_BGTD, share = exchange.to_heads(query_BHTD, key_BGTD, value_BGTD)
    num_tokens = query_BHTD.shape[2]
    assert sum(layout.lengths) == num_tokens, f"documents of {sum(layout.lengths)} tokens in a pack of {num_tokens}"
    pattern = layout.pattern.limited_to(sliding_window)
    kernel = resolve_kernel(layout.kernel, query_BHTD, value_BGTD, pattern, dropout=dropout)
    if kernel is AttentionKernel.VARLEN:
        from torch.nn.attention.varlen import varlen_attn  # imported only if a CUDA device runs the kernel

        out_BTHD = attend_varlen(
            query_BHTD,
            key_BGTD,
            value_BGTD,
            pattern=pattern,
            lengths=layout.lengths,
            share=share,
            scale=scaling,
            kernel=varlen_attn,
        )
    else:
        attend_documents = attend_eager if kernel is AttentionKernel.EAGER else attend_sdpa
        out_BTHD = attend_documents(
            query_BHTD,
            key_BGTD,
            value_BGTD,
            pattern=pattern,
            lengths=layout.lengths,
            share=share,
            scores=Scores(scaling, dropout),
        )
    if exchange is not None:
        out_BTHD = exchange.to_tokens(out_BTHD, num_heads=num_heads, num_keys=num_keys)
    return out_BTHD.contiguous(), None


def resolve_kernel(
    requested: AttentionKernel, query_BHTD: Tensor, value_BGTD: Tensor, pattern: Pattern, *, dropout: float
) -> AttentionKernel:
    """Return the kernel to run; for `auto`, varlen if it can run, else SDPA.

    Raises:
        InputError: the recipe asks for varlen, but varlen cannot run.
    """
    if requested in (AttentionKernel.SDPA, AttentionKernel.EAGER):
        return requested
    if can_run_varlen(query_BHTD, value_BGTD, pattern, dropout=dropout):
        return AttentionKernel.VARLEN
    if requested is AttentionKernel.VARLEN:
        raise InputError(
            f"attention.kernel varlen cannot run on {query_BHTD.device.type} with {query_BHTD.dtype}, head dimension "
            f"{query_BHTD.shape[-1]}, attention dropout {dropout:g} and this pattern.",
            remedy="Set finetune.attention.kernel to auto, or train in bfloat16 on a CUDA device of 2020 or later.",
        )
    return AttentionKernel.SDPA
