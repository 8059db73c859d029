"""Models under evaluation: loading one onto a device, and describing one without loading its weights.

In: a model reference. Out: a transformers model in evaluation mode; a `Subject` that describes it. Used by
`evaluate.measure` and `evaluate.run`. Cost: a fingerprint reads the weights once, about 1 GB/s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig

from pipeline.errors import DamagedFileError, InputError
from pipeline.evaluate.cells import Role
from pipeline.io.checked_json import read_checked
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.io.models import resolve_model
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.run.identity import model_fingerprint
from pipeline.train.run.record import RECORD_FILE


@dataclass(frozen=True, slots=True)
class Subject:
    """A model's description, made without loading its weights."""

    role: Role
    reference: str
    """As the user gave it."""
    fingerprint: str
    context_tokens: int
    """Context length that its config states; 0 if it states none."""
    original_context_tokens: int
    """Context length of its training before any RoPE scaling; equals `context_tokens` if no scaling is in force."""
    rope: Mapping[str, Any]
    """`rope_parameters` of its config."""


def describe_subject(reference: str, *, role: Role) -> Subject:
    """Return a model's description: read its config and fingerprint its files.

    Raises:
        InputError: the reference names no model.
    """
    resolved = resolve_model(reference)
    try:
        config = AutoConfig.from_pretrained(resolved, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise cannot_load(
            "config",
            reference,
            error,
            remedy="Give the folder of a finished finetune, a hub name owner/model, or embedded:smollm2-135m-instruct.",
        ) from error
    context, original = _contexts(config)
    return Subject(
        role=role,
        reference=reference,
        fingerprint=model_fingerprint(reference),
        context_tokens=context,
        original_context_tokens=original,
        rope=dict(getattr(config.get_text_config(), "rope_parameters", None) or {}),
    )


def _contexts(config: PreTrainedConfig) -> tuple[int, int]:
    """Return the context length that a config states, and the one its model had before any scaling."""
    named = int(getattr(config.get_text_config(), "max_position_embeddings", 0) or 0)
    try:
        scaling = config_scaling(config)
    except InputError:  # rotary embeddings of a type that this project does not scale
        return named, named
    return (scaling.max_tokens, scaling.original_max_tokens) if scaling.has_rotary else (named, named)


def base_of(reference: str, *, configured: str) -> str | None:
    """Return the base model to compare a tuned one with: the recipe's, or the one in its `training.json`, or None.

    Raises:
        DamagedFileError: `training.json` is damaged.
    """
    if configured:
        return configured
    record = Path(resolve_model(reference)) / RECORD_FILE
    if not record.is_file():
        return None
    try:
        base = read_checked(str(record)).get("base_model")
    except DamagedFileError as error:
        raise DamagedFileError(
            error.message, remedy="Run the finetune command that wrote it again, or set evaluate.base_model."
        ) from error
    return str(base) if base else None


def load_model(reference: str, *, dtype: str, device: str) -> Any:  # Any: a transformers model
    """Return the model in evaluation mode on a device; attention is SDPA.

    Raises:
        InputError: the folder holds no causal language model that loads, or the dtype is unknown.
    """
    torch_dtype = getattr(torch, dtype, None)
    if not isinstance(torch_dtype, torch.dtype):
        raise InputError(f"evaluate.dtype '{dtype}' is not a torch dtype.", remedy="Use bfloat16 or float32.")
    try:
        model = AutoModelForCausalLM.from_pretrained(
            resolve_weights(reference),
            dtype=torch_dtype,
            attn_implementation="sdpa",
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError) as error:
        raise cannot_load(
            "model",
            reference,
            error,
            remedy="Check that its folder holds config.json and safetensors files of a causal language model.",
        ) from error
    return model.to(device).eval()
