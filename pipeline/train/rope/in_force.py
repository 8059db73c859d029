"""Checks that a built model rotates as its scaling says, and controls the state that dynamic scaling leaves in a model.

The check takes a transformers model and a `RopeScaling`, which is computed independently of transformers. It returns
the largest relative error, or raises `TrainingError`. The check covers the tables of all layer types in all rotary
modules. It runs whenever a student (the model in training) or an exported folder is loaded and whenever a stage begins,
and takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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


def rotary_key(model: PreTrainedModel, num_tokens: int) -> tuple[int, ...]:
    """Return what the frequencies of a sequence depend on: two lengths with the same key have the same frequencies.

    The key of every length is the same unless a scaling depends on the length, as dynamic NTK and LongRoPE do.
    """
    return tuple(
        _length_key(rotary, layer_type, kind, num_tokens)
        for rotary in rotary_modules(model)
        for layer_type, kind in _kinds(rotary).items()
    )


@contextmanager
def rotary_held_at(model: PreTrainedModel, num_tokens: int) -> Iterator[None]:
    """Give a model inside the block the frequencies of a sequence of this length, whatever length it is called with.

    So the pieces of a sequence can be computed one after another. Without this, a scaling that depends on the length
    takes the frequencies of each piece from the piece's own end.
    """
    reset_rotary(model)
    held = [rotary for rotary in rotary_modules(model) if any(map(_follows_length, _kinds(rotary).values()))]
    kinds = [rotary.rope_type for rotary in held]
    for rotary in held:
        for layer_type in _kinds(rotary):
            _call(rotary, layer_type, num_tokens)
        # transformers updates the frequencies of these types only; see `dynamic_rope_update`.
        is_by_layer = isinstance(rotary.rope_type, Mapping)
        rotary.rope_type = dict.fromkeys(rotary.rope_type, "default") if is_by_layer else "default"
    try:
        yield
    finally:
        for rotary, kind in zip(held, kinds, strict=True):
            rotary.rope_type = kind


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
        _call(rotary, table.layer_type, num_tokens)
        built = getattr(rotary, f"{prefix}inv_freq").double().cpu()
        ours = torch.tensor(table.inverse_frequencies_at(num_tokens), dtype=torch.float64)
        if built.shape != ours.shape:
            return float("inf")
        errors.append(float(((built - ours).abs() / ours.clamp(min=_ZERO_FREQUENCY)).max()))
    return _largest(errors)


def _largest(values: Iterable[float]) -> float:
    """Return the largest value, but at least 0; return NaN if any value is NaN, which Python's `max` may ignore."""
    return float(np.max([0.0, *values]))


def _call(rotary: Any, layer_type: str, num_tokens: int) -> None:
    """Call a rotary module with the last position of a sequence, so that its frequencies become those of the length."""
    device = getattr(rotary, f"{layer_type}_inv_freq" if layer_type else "inv_freq").device
    positions_1T = torch.tensor([[num_tokens - 1]], device=device)
    rotary(torch.zeros(1, device=device), positions_1T, **({"layer_type": layer_type} if layer_type else {}))


def _reset(rotary: Any) -> None:
    for layer_type, kind in _kinds(rotary).items():
        if "dynamic" in kind:
            prefix = f"{layer_type}_" if layer_type else ""
            setattr(rotary, f"{prefix}inv_freq", getattr(rotary, f"{prefix}original_inv_freq").clone())
            setattr(rotary, f"{prefix}max_seq_len_cached", rotary.original_max_seq_len)


def _kinds(rotary: Any) -> dict[str, str]:
    """Return the scaling types of a rotary module by layer type; the layer type is empty if there is only one."""
    kinds = rotary.rope_type if isinstance(rotary.rope_type, Mapping) else {"": rotary.rope_type}
    return {layer_type: str(kind) for layer_type, kind in kinds.items()}


def _follows_length(kind: str) -> bool:
    return "dynamic" in kind or kind == "longrope"


def _length_key(rotary: Any, layer_type: str, kind: str, num_tokens: int) -> int:
    if "dynamic" in kind:
        return max(num_tokens, int(rotary.original_max_seq_len))
    if kind == "longrope":
        parameters = rotary.config.rope_parameters
        original = (parameters[layer_type] if layer_type else parameters)["original_max_position_embeddings"]
        return int(num_tokens > original)
    return 0
