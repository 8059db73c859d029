"""The output head turns final hidden states into logits, in the form that all supported causal language models use.

    u = scale · (hidden · weightᵀ + bias)        logits = u, or cap · tanh(u / cap)

`output_head` takes a built model and returns its `OutputHead`, with scale and cap read from the config. The loss
applies this head to a chunk of positions at a time. `check_output_head` checks that the formula gives the model's own
logits.

Known scales: Cohere (`logit_scale`), Granite (÷ `logits_scaling`), HyperCLOVA X (× `logits_scaling`), Falcon H1
(`lm_head_multiplier`). Known caps: Gemma 2 and its successors (`final_logit_softcapping`), RecurrentGemma
(`logits_soft_cap`). Shape suffixes: 1 batch size, T tokens, H hidden size, V vocabulary, N positions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from pipeline.errors import InputError
from pipeline.train.layers.text_stack import text_stack

_CAPS = ("final_logit_softcapping", "logits_soft_cap")
_FACTORS = ("logit_scale", "lm_head_multiplier")
_MULTIPLIED_BY_LOGITS_SCALING = ("hyperclovax",)
_PROBE_TOKENS = 8
_TOLERANCE = 2.0**-6
"""Relative to the largest logit; twice the largest error of two roundings to bfloat16."""


@dataclass(frozen=True, slots=True)
class OutputHead:
    """The weights and settings that turn hidden states into logits."""

    weight_VH: Tensor
    bias_V: Tensor | None
    scale: float
    cap: float | None

    def logits(self, hidden_NH: Tensor) -> Tensor:
        """Return the N × V logits, all at once; the loss computes the same logits in chunks."""
        logits_NV = torch.nn.functional.linear(hidden_NH, self.weight_VH, self.bias_V) * self.scale
        return logits_NV if self.cap is None else self.cap * torch.tanh(logits_NV / self.cap)


def output_head(model: PreTrainedModel) -> OutputHead:
    """Return a model's output head; this only reads attributes, so it is cheap enough to call for every pack."""
    module = model.get_output_embeddings()
    config = model.config.get_text_config()
    cap = next((float(value) for name in _CAPS if (value := getattr(config, name, None)) is not None), None)
    return OutputHead(module.weight, getattr(module, "bias", None), _scale(config), cap)


@torch.no_grad()
def check_output_head(model: PreTrainedModel) -> None:
    """Compare the formula with the model's own logits on a few tokens.

    Raises:
        InputError: the model has no output head, computes logits in a different way, or returns logits that are not
            finite.
    """
    family = model.config.model_type
    if model.get_output_embeddings() is None:
        raise InputError(f"A {family} model has no output head.", remedy="Use a causal language model.")
    ids_1T = torch.arange(_PROBE_TOKENS, device=model.device)[None] % model.config.get_text_config().vocab_size
    hidden_1TH: Tensor = text_stack(model)(input_ids=ids_1T, use_cache=False).last_hidden_state
    theirs_TV = model(input_ids=ids_1T, use_cache=False).logits[0].float()
    ours_TV = output_head(model).logits(hidden_1TH[0].to(model.get_output_embeddings().weight.dtype)).float()
    if not torch.isfinite(theirs_TV).all():
        raise InputError(
            f"The logits of this {family} model are not finite, so its weights are broken or overflow.",
            remedy="Test the model with a different program, and download its weights again.",
        )
    error = float((ours_TV - theirs_TV).abs().max() / theirs_TV.abs().max())
    if error > _TOLERANCE:
        raise InputError(
            f"A {family} model computes logits in a way that the loss does not support: the loss's own logits differ "
            f"by up to {error:.2g} × the largest logit.",
            remedy="Use a model whose logits are head · hidden states, with a bias, or a scale or cap from its config.",
        )


def _scale(config: PreTrainedConfig) -> float:
    scale = 1.0
    for name in _FACTORS:
        scale *= float(getattr(config, name, None) or 1.0)
    divisor = float(getattr(config, "logits_scaling", None) or 1.0)
    return scale * divisor if config.model_type in _MULTIPLIED_BY_LOGITS_SCALING else scale / divisor
