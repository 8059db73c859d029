"""Models under evaluation: loading one onto a device, and telling two apart without loading them.

In: a model reference. Out: a transformers model in evaluation mode; a `Subject` that says what it is. Used by
`evaluate.measure`. Cost: a fingerprint reads the weights once, about 1 GB/s.
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
    """What is known of a model without loading its weights."""

    role: Role
    reference: str
    """As the user gave it."""
    fingerprint: str
    context_tokens: int
    """What its config reaches; where it names no length, 0."""
    original_context_tokens: int
    """What it was trained on before any RoPE scaling; equal to `context_tokens` where none is in force."""
    rope: Mapping[str, Any]
    """`rope_parameters` of its config."""


def describe_subject(reference: str, *, role: Role) -> Subject:
    """Read a model's config and fingerprint its files.

    Raises:
        InputError: there is no model under that reference.
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
    """Tokens a config reaches, and those its model was trained on before any scaling."""
    named = int(getattr(config.get_text_config(), "max_position_embeddings", 0) or 0)
    try:
        scaling = config_scaling(config)
    except InputError:  # rotary embeddings of a type that is not scaled here
        return named, named
    return (scaling.max_tokens, scaling.original_max_tokens) if scaling.has_rotary else (named, named)


def base_of(reference: str, *, configured: str) -> str | None:
    """The base model to put beside a tuned one: the recipe's, else the one its `training.json` names, else None.

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
    """The model in evaluation mode on a device; attention is SDPA.

    Raises:
        InputError: the folder holds no causal language model that can be loaded, or the dtype is unknown.
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
