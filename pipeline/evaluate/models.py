"""The models under evaluation: loads a model onto a device, or describes a model without loading its weights.

Takes a model reference. Returns a transformers model in evaluation mode, or a `Subject` that describes the model. Used
by `evaluate.measure` and `evaluate.run`. Cost: a fingerprint reads the weights once, at about 1 GB/s.
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
    """The description of a model under evaluation."""

    role: Role
    reference: str
    """The reference that the user gave."""
    fingerprint: str
    context_tokens: int
    """Context length in the model's config; 0 if the config has none."""
    original_context_tokens: int
    """Context length before any RoPE scaling; equal to `context_tokens` for an unscaled model."""
    rope: Mapping[str, Any]
    """`rope_parameters` in the model's config."""


def describe_subject(reference: str, *, role: Role) -> Subject:
    """Return a model's description, made from its config and its fingerprint.

    Raises:
        InputError: the reference does not lead to a model.
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
    """Return the context length in a config, and the context length before any scaling."""
    stated = int(getattr(config.get_text_config(), "max_position_embeddings", 0) or 0)
    try:
        scaling = config_scaling(config)
    except InputError:  # rotary embeddings of a type that this project does not scale
        return stated, stated
    return (scaling.max_tokens, scaling.original_max_tokens) if scaling.has_rotary else (stated, stated)


def base_of(reference: str, *, configured: str) -> str | None:
    """Return the base model of a tuned model: the configured one, else the one in `training.json`; None without either.

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
    """Return the model in evaluation mode on a device, with SDPA attention.

    Raises:
        InputError: no causal language model can be loaded from the reference, or the dtype is unknown.
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
            remedy="Check that its folder has the config.json and safetensors files of a causal language model.",
        ) from error
    return model.to(device).eval()
