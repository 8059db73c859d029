"""A base model built with the recipe's RoPE scaling in force from its first forward pass on.

The scaling is written into the config *before* the model is built, since transformers reads it only then, and the
built frequencies are compared with `train.rope`, computed independently. Used by `train.model` and the RoPE search.
"""

from __future__ import annotations

import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel

from pipeline.config.rope import RopeOptions
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.scaled_config import MODEL_REMEDY, recipe_scaling, scaled_config


def load_scaled_model(
    reference: str,
    rope: RopeOptions,
    *,
    dtype: torch.dtype,
    quantization: BitsAndBytesConfig | None = None,
) -> tuple[PreTrainedModel, RopeScaling]:
    """Load a base model with a scaling in force, its linear layers quantised on the way where `quantization` says so.

    Raises:
        InputError: the model cannot be loaded, or is of a kind that cannot be scaled.
        TrainingError: the built model's rotary frequencies are not those of the recipe.
    """
    config = scaled_config(reference, rope)
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            resolve_weights(reference),
            config=config,
            dtype=dtype,
            quantization_config=quantization,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError) as error:
        raise cannot_load("model", reference, error, remedy=MODEL_REMEDY) from error
    scaling = recipe_scaling(config, rope)
    assert_rope_in_force(model, scaling)
    return model, scaling
