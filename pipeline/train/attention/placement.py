"""Decides how a model keeps the documents of a pack apart, and which attention it uses.

Takes a loaded model and the recipe's `attention` section. Returns a `ModelAttention`. If all layers of a model attend
to full or windowed context through transformers' attention interface, the model gets our patterns and whole packs.
Every other model (Mamba, RWKV, hybrids; chunked attention, attention sinks, soft caps) has layers that our attention
cannot replace, and these layers ignore document borders. Such a model keeps its own attention and gets one document per
forward pass, which isolates documents with any kind of layer. For Mamba, this is the only way: transformers 5.19 does
not pass document borders to Mamba's convolution and scan. Shape suffixes: T tokens, H hidden size.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from pipeline.config.attention import AttentionKernel, AttentionRecipe, EvaluateWith
from pipeline.errors import InputError
from pipeline.train.attention.interface import (
    PATTERN_ATTENTION,
    AttentionLayout,
    HeadExchange,
    register_pattern_attention,
)
from pipeline.train.attention.patterns import FULL, Pattern, pattern_of
from pipeline.train.layers.text_stack import text_stack

_OUR_LAYERS = {"full_attention", "sliding_attention"}


class Isolation(StrEnum):
    """What keeps the documents of a pack apart."""

    LAYOUT = "layout"
    """Our attention, which knows the documents' lengths."""
    ONE_BY_ONE = "one by one"
    """A forward pass for each document."""


@dataclass(frozen=True, slots=True)
class ModelAttention:
    """The attention of one model in training and validation."""

    isolation: Isolation
    pattern: Pattern
    """Pattern for training."""
    validation_pattern: Pattern
    """Pattern for validation."""
    kernel: AttentionKernel

    def layout(self, lengths: tuple[int, ...], pattern: Pattern, exchange: HeadExchange | None) -> AttentionLayout:
        """Return the layout of a pack whose documents have these lengths; `exchange` is None for an unshared pack."""
        return AttentionLayout(lengths, pattern, self.kernel, exchange)


def model_attention(model: PreTrainedModel, recipe: AttentionRecipe, *, max_tokens: int) -> ModelAttention:
    """Return how this model attends.

    Args:
        model: the loaded model.
        recipe: the `attention` section, with pattern and kernel.
        max_tokens: maximum length of a pack; groups and windows are a quarter of it by default.

    Raises:
        InputError: the pattern is not `full`, but the model keeps its own attention.
    """
    pattern = pattern_of(recipe, max_tokens=max_tokens)
    isolation = isolation_of(model)
    if isolation is Isolation.ONE_BY_ONE and pattern != FULL:
        raise InputError(
            f"A {model.config.model_type} model cannot use attention pattern {recipe.pattern.value}: "
            f"{_obstacle(model)}.",
            remedy="Set finetune.attention.pattern to full.",
        )
    validation = pattern if recipe.evaluate_with is EvaluateWith.PATTERN else FULL
    return ModelAttention(isolation, pattern, validation, recipe.kernel)


def install_attention(model: PreTrainedModel, isolation: Isolation) -> None:
    """Make the model's layers call our attention, if this is what keeps documents apart.

    Otherwise, keep the model's own attention; if the model caps its scores, use the eager implementation.
    """
    if isolation is Isolation.LAYOUT:
        register_pattern_attention()
        text_stack(model).set_attn_implementation(PATTERN_ATTENTION)
    elif getattr(_text_config(model), "attn_logit_softcapping", None) is not None:
        # The sdpa implementation in transformers ignores the cap without a warning.
        text_stack(model).set_attn_implementation("eager")


def isolation_of(model: PreTrainedModel) -> Isolation:
    """Return whether the model takes whole packs or one document at a time."""
    return Isolation.ONE_BY_ONE if _obstacle(model) else Isolation.LAYOUT


def isolated_hidden_states(
    model: PreTrainedModel, embedded_1TH: Tensor, positions_1T: Tensor, layout: AttentionLayout, isolation: Isolation
) -> Tensor:
    """Return a pack's hidden states after the final norm, T × H; the pack's documents do not see each other.

    Args:
        model: a model after `install_attention`.
        embedded_1TH: embeddings of the pack's tokens; if processes share the pack, of this process's slice.
        positions_1T: positions, from 0 in every document.
        layout: the documents' lengths, and how their tokens attend.
        isolation: how this model keeps documents apart.
    """
    if isolation is Isolation.LAYOUT:
        return _forward(model, embedded_1TH, positions_1T, attention_layout=layout)
    documents = zip(*(torch.split(x, list(layout.lengths), dim=1) for x in (embedded_1TH, positions_1T)), strict=True)
    return torch.cat([_forward(model, embedded, positions) for embedded, positions in documents])


def _forward(model: PreTrainedModel, embedded_1TH: Tensor, positions_1T: Tensor, **options: AttentionLayout) -> Tensor:
    hidden_1TH: Tensor = text_stack(model)(
        inputs_embeds=embedded_1TH, position_ids=positions_1T, attention_mask=None, use_cache=False, **options
    ).last_hidden_state
    return hidden_1TH[0]


def _obstacle(model: PreTrainedModel) -> str:
    """Return why the model's layers cannot use our attention; an empty string if they can."""
    config = _text_config(model)
    foreign = sorted({str(kind) for kind in getattr(config, "layer_types", None) or ()} - _OUR_LAYERS)
    if model._is_stateful or foreign:
        return f"it has layers of a different kind ({', '.join(foreign) or 'recurrent'})"
    if getattr(config, "attn_logit_softcapping", None) is not None:
        return "it caps its attention scores"
    if getattr(config, "use_bidirectional_attention", False):
        return "it attends to later tokens"
    if not (model._supports_attention_backend and model._supports_sdpa):
        return "its attention cannot be replaced in transformers"
    return ""


def _text_config(model: PreTrainedModel) -> Any:  # Any: configs are dynamic
    return model.config.get_text_config()
