"""Whether a built model rotates as its scaling says, and the state that dynamic scaling leaves behind.

In: a transformers model and a `RopeScaling` computed independently. Out: the largest relative error, or a
`TrainingError`. Every rotary module is asked, and each layer type's table in it. Used after each load: of a student, of
an exported folder. Cost: milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from pipeline.errors import TrainingError
from pipeline.train.layers.text_stack import text_stack
from pipeline.train.rope.scaling import RopeScaling

# Ours in float64 against transformers' in float32: below 1e-6 over all methods; a wrong base or ramp is off by > 1e-2.
MAX_INV_FREQ_RELATIVE_ERROR = 1e-5

_STANDSTILL = 1e-15
"""Radians a token below which a frequency counts as zero: 10⁶ positions turn it by 10⁻⁹."""


def assert_rope_in_force(model: PreTrainedModel, scaling: RopeScaling) -> float:
    """Compare the built model's rotary frequencies with ours, within and beyond the original length.

    Returns:
        The largest relative error of an inverse frequency or of an attention factor; 0 where neither the model nor the
        scaling has any.

    Raises:
        TrainingError: they differ by more than `MAX_INV_FREQ_RELATIVE_ERROR`, or one of the two has none.
    """
    modules = rotary_modules(model)
    if bool(modules) != scaling.has_rotary:
        have, want = ("has", "none") if modules else ("has no", "some")
        raise TrainingError(
            f"A {model.config.model_type} model {have} rotary embeddings, and its config stands for {want}.",
            remedy="Use a model whose rotary embeddings read config.rope_parameters, or rope.method none.",
        )
    errors = [_table_error(rotary, table) for rotary in modules for table in scaling.tables]
    worst = _largest(errors)
    reset_rotary(model)
    if not worst <= MAX_INV_FREQ_RELATIVE_ERROR:
        raise TrainingError(
            f"RoPE method {scaling.method} is not in force: the model's frequencies are off by {worst:.2g}.",
            remedy="Use a model whose rotary embeddings read config.rope_parameters, or another rope.method.",
        )
    return worst


def reset_rotary(model: PreTrainedModel) -> None:
    """Forget the lengths seen before: dynamic NTK otherwise keeps the frequencies of its longest sequence so far."""
    for rotary in rotary_modules(model):
        _reset(rotary)


def rotary_modules(model: PreTrainedModel) -> list[Any]:  # Any: each model family has its own class
    """Modules of the text stack that hold rotary frequencies; most models have one, models without RoPE none."""
    return [
        module
        for module in text_stack(model).modules()
        if hasattr(module, "rope_type") and any(name.endswith("inv_freq") for name, _ in module.named_buffers())
    ]


def _table_error(rotary: Any, table: RopeScaling) -> float:
    prefix = f"{table.layer_type}_" if table.layer_type else ""
    if not hasattr(rotary, f"{prefix}inv_freq"):
        return float("inf")
    errors = [abs(float(getattr(rotary, f"{prefix}attention_scaling")) / table.attention_factor - 1.0)]
    for num_tokens in (table.original_max_tokens, table.max_tokens):
        _reset(rotary)
        device = getattr(rotary, f"{prefix}inv_freq").device
        positions_1T = torch.tensor([[num_tokens - 1]], device=device)
        layer_type = {"layer_type": table.layer_type} if table.layer_type else {}
        rotary(torch.zeros(1, device=device), positions_1T, **layer_type)
        built = getattr(rotary, f"{prefix}inv_freq").double().cpu()
        ours = torch.tensor(table.inverse_frequencies_at(num_tokens), dtype=torch.float64)
        if built.shape != ours.shape:
            return float("inf")
        errors.append(float(((built - ours).abs() / ours.clamp(min=_STANDSTILL)).max()))
    return _largest(errors)


def _largest(values: Iterable[float]) -> float:
    """Return the largest value, at least 0; a NaN if any is one, which Python's `max` may drop."""
    return float(np.max([0.0, *values]))


def _reset(rotary: Any) -> None:
    kinds = rotary.rope_type if isinstance(rotary.rope_type, dict) else {"": rotary.rope_type}
    for layer_type, kind in kinds.items():
        if "dynamic" in str(kind):
            prefix = f"{layer_type}_" if layer_type else ""
            setattr(rotary, f"{prefix}inv_freq", getattr(rotary, f"{prefix}original_inv_freq").clone())
            setattr(rotary, f"{prefix}max_seq_len_cached", rotary.original_max_seq_len)
