"""Attention of packed documents: each document attends to itself alone.

In: queries, keys and values of a pack and the lengths of its documents. Out: the attention of every document, computed
one document at a time by the library's own SDPA. Registered with transformers under `DOCUMENT_ATTENTION`.

Cost: Σ len² instead of the pack's length², and no T × T mask (256 MiB at 16,384 tokens), which the stock path builds
from restarting `position_ids`. Models with sliding windows keep the stock path; see `attention_for`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedConfig
from transformers.integrations.sdpa_attention import sdpa_attention_forward

DOCUMENT_ATTENTION = "longdoc_documents"


def register_document_attention() -> None:
    """Make `DOCUMENT_ATTENTION` a name that `attn_implementation` accepts; repeating it changes nothing."""
    # No mask function is registered under the name, so transformers builds no mask and passes None.
    AttentionInterface.register(DOCUMENT_ATTENTION, attend_within_documents)


def attention_for(config: PreTrainedConfig, requested: str) -> str:
    """The implementation to train with: ours where the recipe says `sdpa` and every layer attends to all before it."""
    layer_types = getattr(config, "layer_types", None) or ()
    windowed = any(kind != "full_attention" for kind in layer_types) or (
        getattr(config, "sliding_window", None) is not None and getattr(config, "use_sliding_window", True)
    )
    return DOCUMENT_ATTENTION if requested == "sdpa" and not windowed else requested


def attend_within_documents(
    module: nn.Module,
    query_BHTD: Tensor,
    key_BGTD: Tensor,
    value_BGTD: Tensor,
    attention_mask: Tensor | None,
    *,
    document_lengths: Sequence[int] | None = None,
    **options: Any,  # Any: what transformers hands to every attention function
) -> tuple[Tensor, None]:
    """Causal attention within each document. B is 1, H query heads, G key heads, T tokens, D head dimension.

    Args:
        module: the attention layer.
        query_BHTD: queries, rotated.
        key_BGTD: keys, rotated.
        value_BGTD: values.
        attention_mask: must be None.
        document_lengths: tokens of each document in order, summing to T; None is one document.
        options: scaling and dropout.

    Returns:
        The attention, shaped B × T × H × D, and no weights.
    """
    assert attention_mask is None, "document attention takes lengths, not a mask"
    lengths = list(document_lengths or (query_BHTD.shape[2],))
    assert sum(lengths) == query_BHTD.shape[2], f"documents of {sum(lengths)} tokens in a pack of {query_BHTD.shape[2]}"
    pieces = [
        sdpa_attention_forward(module, *parts, None, **options)[0]
        for parts in zip(*(torch.split(t, lengths, dim=2) for t in (query_BHTD, key_BGTD, value_BGTD)), strict=True)
    ]
    return torch.cat(pieces, dim=1), None
