"""Our attention as one of transformers' implementations, under the name `PATTERN_ATTENTION`.

In: what a model's attention layer hands over, and the pack's `AttentionLayout`, which goes through the model's forward
pass as the keyword `attention_layout`. Out: the layer's attention. No mask function is registered under the name, so
transformers builds no mask. A window of the layer's own (Mistral, Gemma 3) is intersected with the pattern.
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
"""Options of single model families that alter the softmax; ignoring one would train another model than is served."""


class HeadExchange(Protocol):
    """Sequence parallelism: a slice of the pack's tokens in, the whole pack for a share of the heads in between."""

    def to_heads(
        self, query_1HSD: Tensor, key_1GSD: Tensor, value_1GSD: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, HeadShare]:
        """Queries, keys and values of the whole pack, and which query heads they are."""

    def to_tokens(self, out_1THD: Tensor, *, num_heads: int, num_keys: int) -> Tensor:
        """The slice's attention, 1 × S × H × D."""


@dataclass(frozen=True, slots=True)
class AttentionLayout:
    """How the tokens of one pack attend."""

    lengths: tuple[int, ...]
    """Tokens of each document, in order."""
    pattern: Pattern
    kernel: AttentionKernel
    exchange: HeadExchange | None
    """With the processes that share the pack; None where all of it is here."""


def register_pattern_attention() -> None:
    """Make `PATTERN_ATTENTION` a name that `attn_implementation` accepts; repeating it changes nothing."""
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
    **options: Any,  # Any: what transformers hands to every attention function
) -> tuple[Tensor, None]:
    """Attention of one layer over a pack. B is 1, H query heads, G key heads, T tokens, D head dimension.

    Args:
        module: the attention layer.
        query_BHTD: queries, rotated.
        key_BGTD: keys, rotated.
        value_BGTD: values.
        attention_mask: must be None.
        attention_layout: of the pack; None is one document with full attention.
        scaling: of the scores; 1 ÷ √D where not given.
        dropout: of the weights.
        sliding_window: the layer's own.
        options: refused where they would alter the scores.

    Returns:
        The attention, shaped B × T × H × D, and no weights.

    Raises:
        InputError: the layer alters its scores in a way we do not compute, or the kernel cannot run here.
    """
    num_heads, num_keys, num_tokens = query_BHTD.shape[1], *key_BGTD.shape[1:3]
    assert attention_mask is None, "patterns take lengths, not a mask"
    assert query_BHTD.shape[0] == 1 and key_BGTD.shape[2] == num_tokens, "one pack at a time, without a cache"
    if altering := [name for name in _CHANGES_SCORES if options.get(name) is not None]:
        raise InputError(
            f"{type(module).__name__} alters its attention scores by {altering[0]}, which patterns do not do.",
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
        from torch.nn.attention.varlen import varlen_attn  # only where CUDA is

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
        by_pieces = attend_eager if kernel is AttentionKernel.EAGER else attend_sdpa
        out_BTHD = by_pieces(
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
    """The kernel that runs: `auto` takes varlen where it can.

    Raises:
        InputError: varlen is asked for and cannot run.
    """
    if requested in (AttentionKernel.SDPA, AttentionKernel.EAGER):
        return requested
    if can_run_varlen(query_BHTD, value_BGTD, pattern, dropout=dropout):
        return AttentionKernel.VARLEN
    if requested is AttentionKernel.VARLEN:
        raise InputError(
            f"attention.kernel varlen cannot run on {query_BHTD.device.type} with {query_BHTD.dtype}, heads of "
            f"{query_BHTD.shape[-1]} and attention dropout {dropout:g}.",
            remedy="Set finetune.attention.kernel to auto, or train in bfloat16 on a CUDA device of 2020 or later.",
        )
    return AttentionKernel.SDPA
