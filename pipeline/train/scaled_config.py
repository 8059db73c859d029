"""Model configs with a recipe's RoPE scaling written in, and what scaling a config stands for. No torch here.

The weights are not read, so an impossible length is found before anything is loaded.
"""

from __future__ import annotations

from transformers import AutoConfig, PreTrainedConfig

from pipeline.config.finetune import RopeMethod, RopeRecipe
from pipeline.errors import InputError
from pipeline.io.models import resolve_model
from pipeline.train.rope import RopeScaling, max_position_embeddings, scaled_parameters, scaling_of

MODEL_REMEDY = "Check the model reference with --model, and your access to the hub where it is a hub name."


def scaled_config(reference: str, rope: RopeRecipe) -> PreTrainedConfig:
    """The base model's config with the recipe's scaling written into it; the weights are not read.

    Raises:
        InputError: there is no such model, its RoPE is scaled already, or it differs by layer.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(resolve_model(reference))
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot load the config of '{reference}': {error}.", remedy=MODEL_REMEDY) from error
    present = config_scaling(config)
    if rope.method is RopeMethod.NONE:
        return config
    if present.method is not RopeMethod.NONE:
        raise InputError(
            f"'{reference}' has RoPE scaling already: {present.method.value} × {present.factor:g}, "
            f"{present.max_tokens} tokens.",
            remedy="Set rope.method to none to train within that length, or start from the unscaled base model.",
        )
    original = rope.original_max_tokens or present.original_max_tokens
    config.rope_parameters = scaled_parameters(rope, theta=present.theta, original_max_tokens=original)
    config.max_position_embeddings = max_position_embeddings(rope, original_max_tokens=original)
    return config


def config_scaling(config: PreTrainedConfig) -> RopeScaling:
    """The scaling a config stands for.

    Raises:
        InputError: the model has no rotary embeddings, several by layer type, or a type we do not know.
    """
    parameters = getattr(config, "rope_parameters", None)
    if not parameters or "rope_theta" not in parameters or "rope_type" not in parameters:
        raise InputError(
            f"A {config.model_type} model has no single set of rotary embeddings to scale.",
            remedy="Use a model of the Llama, Qwen2, Qwen3 or Mistral family.",
        )
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    rotary_dim = int(head_dim * parameters.get("partial_rotary_factor", 1.0))
    return scaling_of(parameters, max_positions=config.max_position_embeddings, rotary_dim=rotary_dim)
