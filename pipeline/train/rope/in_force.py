"""Checks that a built model rotates as its scaling says, and resets the state that dynamic scaling leaves in a model.

Takes a transformers model and a `RopeScaling`, which is computed independently of transformers. Returns the largest
relative error, or raises `TrainingError`. The check covers the tables of all layer types in all rotary modules. It runs
whenever a student (the model in training) or an exported folder is loaded and whenever a stage begins, and takes
milliseconds.
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

MAX_INV_FREQ_RELATIVE_ERROR = 1e-5
"""Our frequencies are float64, those of transformers float32. The errors are below 1e-6 for all methods, and above 1e-2
for a wrong base or ramp."""
_ZERO_FREQUENCY = 1e-15
"""Radians per token. A frequency below this counts as zero: over 10⁶ positions, it turns by less than 10⁻⁹ radians."""


def assert_rope_in_force(model: PreTrainedModel, scaling: RopeScaling) -> float:
    """Compare the built model's rotary frequencies with the scaling's, at the original length and at the target length.

    Returns:
        The largest relative error of an inverse frequency or an attention factor; 0 if neither the model nor the
        scaling has rotary embeddings.

    Raises:
        TrainingError: the error is above `MAX_INV_FREQ_RELATIVE_ERROR`, or only the model or only the scaling has
            rotary embeddings.
    """
    modules = rotary_modules(model)
    if bool(modules) != scaling.has_rotary:
        have, want = ("has", "none") if modules else ("has no", "some")
        raise TrainingError(
            f"A {model.config.model_type} model {have} rotary embeddings, but its config describes {want}.",
            remedy="Use a model whose rotary embeddings read config.rope_parameters, or rope.method none.",
        )
    errors = [_table_error(rotary, table) for rotary in modules for table in scaling.tables]
    worst = _largest(errors)
    reset_rotary(model)
    if not worst <= MAX_INV_FREQ_RELATIVE_ERROR:
        raise TrainingError(
            f"RoPE method {scaling.method} is not in force: the model's rotary frequencies or attention factors have a "
            f"relative error of {worst:.2g}.",
            remedy="Use a model whose rotary embeddings read config.rope_parameters, or a different rope.method.",
        )
    return worst


def reset_rotary(model: PreTrainedModel) -> None:
    """Make a model forget the lengths seen so far; otherwise dynamic NTK keeps the longest sequence's frequencies."""
    for rotary in rotary_modules(model):
        _reset(rotary)


def rotary_modules(model: PreTrainedModel) -> list[Any]:  # Any: each model family has its own class
    """Return the text stack's modules that hold rotary frequencies: usually one, or none in a model without RoPE."""
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
        errors.append(float(((built - ours).abs() / ours.clamp(min=_ZERO_FREQUENCY)).max()))
    return _largest(errors)


def _largest(values: Iterable[float]) -> float:
    """Return the largest value, but at least 0; return NaN if any value is NaN, which Python's `max` may ignore."""
    return float(np.max([0.0, *values]))


def _reset(rotary: Any) -> None:
    kinds = rotary.rope_type if isinstance(rotary.rope_type, dict) else {"": rotary.rope_type}
    for layer_type, kind in kinds.items():
        if "dynamic" in str(kind):
            prefix = f"{layer_type}_" if layer_type else ""
            setattr(rotary, f"{prefix}inv_freq", getattr(rotary, f"{prefix}original_inv_freq").clone())
            setattr(rotary, f"{prefix}max_seq_len_cached", rotary.original_max_seq_len)
