"""Writes a recipe's RoPE scaling into a model's config, and reads the scaling that a config describes.

The weights are not read, so an impossible length is found before anything is loaded. The functions handle models with
one frequency table for all layers (Llama, Qwen, Mistral …) and models with one table for each layer type (Gemma 3). In
the latter, only the full-attention layers are scaled, because a sliding window never looks further than before. For
models that also read images (Gemma 3 from 4B on), the functions use the config of the text part.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from transformers import AutoConfig, PreTrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from pipeline.config.rope import RopeOptions
from pipeline.errors import InputError
from pipeline.io.loading import cannot_load
from pipeline.io.models import resolve_model
from pipeline.train.rope.method import Rotary, Tables
from pipeline.train.rope.methods import method_class, rope_method
from pipeline.train.rope.parameters import named_as, scaling_of
from pipeline.train.rope.scaling import UNLIMITED_TOKENS, RopeScaling, without_rotary

MODEL_REMEDY = "Check the model reference in --model and, if it is a hub name, your access to the hub."
_FULL_ATTENTION = "full_attention"
_TEXT_CONFIG = "text_config"
"""The key of the text part in the config of a model that also reads images."""
_ORIGINAL_BESIDE = "original_max_position_embeddings"
"""A key beside `rope_parameters`, in Phi-3's configs and exported longrope configs. transformers prefers it to the key
of the same name inside `rope_parameters`."""
_LENGTH = "max_position_embeddings"
_SCALING_FIELDS = ("rope_parameters", _LENGTH, _ORIGINAL_BESIDE)


def base_config(reference: str) -> PreTrainedConfig:
    """Return a model's unchanged config; the weights are not read.

    Raises:
        InputError: the config cannot be loaded.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(resolve_model(reference), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise cannot_load("config", reference, error, remedy=MODEL_REMEDY) from error
    return config


def scaled_config(reference: str, rope: RopeOptions) -> PreTrainedConfig:
    """Return the base model's config with the recipe's scaling written into it; see `with_scaling`.

    Raises:
        InputError: the config cannot be loaded, the model is not a causal language model, or `with_scaling` raises this
            error.
    """
    config = causal_config(reference)
    return with_scaling(config, rope, reference=reference)


def causal_config(reference: str) -> PreTrainedConfig:
    """Return the unchanged config of a causal language model; the weights are not read.

    Raises:
        InputError: the config cannot be loaded, or the model is not a causal language model.
    """
    config = base_config(reference)
    require_causal_model(config, reference)
    return config


def config_of(values: Mapping[str, Any], *, reference: str) -> PreTrainedConfig:  # Any: JSON values
    """Return the config of a causal language model from the content of its `config.json`.

    Raises:
        InputError: `model_type` is missing or unknown, a value is not allowed, or the model is not a causal language
            model.
    """
    if "model_type" not in values:
        raise InputError("The config has no model_type.", remedy="Give the whole content of a model's config.json.")
    try:
        config: PreTrainedConfig = AutoConfig.for_model(**values)
    except (ValueError, TypeError) as error:
        raise cannot_load(
            "config", reference, error, remedy="Check model_type and the values of the config."
        ) from error
    require_causal_model(config, reference)
    return config


def config_name(values: Mapping[str, Any]) -> str:
    """Return what the content of a `config.json` calls its model, for messages; at least its type."""
    return str(values.get("_name_or_path") or values.get("model_type", ""))


def scaled_values(values: Mapping[str, Any], rope: RopeOptions, *, reference: str) -> dict[str, Any]:
    """Return the content of a `config.json` with the recipe's scaling written into it; see `with_scaling`.

    The older keys of `legacy_keys` are not among those written.

    Raises:
        InputError: `config_of` or `with_scaling` raises this error, or neither the values nor the options state the
            original context length.
    """
    scaled: Any = with_scaling(config_of(values, reference=reference), rope, reference=reference).get_text_config()
    text = values.get(_TEXT_CONFIG)
    if rope.scales and not rope.original_max_tokens and not _states_length(text or values, scaled):
        raise InputError(
            f"The config of '{reference}' has no max_position_embeddings, so its context length is not known.",
            remedy="Give the whole content of the model's config.json, or the length as original_max_tokens.",
        )
    written = {name: getattr(scaled, name) for name in _SCALING_FIELDS if getattr(scaled, name, None) is not None}
    return {**values, _TEXT_CONFIG: {**text, **written}} if isinstance(text, Mapping) else {**values, **written}


def _states_length(values: Mapping[str, Any], config: PreTrainedConfig) -> bool:
    """Return whether values state a context length. Some model types have a name of their own for it."""
    return not values.keys().isdisjoint({_LENGTH, config.attribute_map.get(_LENGTH, _LENGTH)})


def with_scaling(config: PreTrainedConfig, rope: RopeOptions, *, reference: str) -> PreTrainedConfig:
    """Return a copy of a config with the recipe's scaling written into it.

    With method `none`, the model keeps its own scaling; only `max_position_embeddings` may be raised to the length that
    this scaling reaches.

    Args:
        config: the config of an unscaled model, or of any model if the method is `none` or `rope.replace_existing` is
            set.
        rope: the recipe's RoPE options.
        reference: the model's name for messages.

    Raises:
        InputError: the config's own scaling cannot be read; the model has no rotary embeddings to scale; the model is
            already scaled, and `rope.replace_existing` is not set; or the options do not fit the model.
    """
    present = config_scaling(config)
    scaled = deepcopy(config)
    text: Any = scaled.get_text_config()  # Any: configs are dynamic
    if not rope.scales:
        if present.is_scaled:
            served = method_class(present.method).served_positions(present, named=text.max_position_embeddings)
            text.max_position_embeddings = served
        return scaled
    if not present.has_rotary:
        raise InputError(
            f"A {config.model_type} model has no rotary position embeddings, so method {rope.method} has nothing "
            "to scale.",
            remedy="Set finetune.rope.method to none: such a model trains without scaling.",
        )
    if present.is_scaled and not rope.replace_existing:
        raise InputError(
            f"'{reference}' already has RoPE scaling: {described(present)}.",
            remedy="Set finetune.rope.method to none to train within that length, or finetune.rope.replace_existing to "
            "true to use the recipe's scaling instead, whose factor is then relative to "
            f"{present.original_max_tokens} tokens.",
        )
    original = rope.original_max_tokens or present.original_max_tokens
    parameters = dict(text.rope_parameters)
    table = parameters[present.layer_type] if present.layer_type else parameters
    rotary = Rotary(present.theta, 2 * len(present.divisors), original, _tables(present.layer_type))
    method = rope_method(rope)
    written = method.parameters(rotary)
    if "partial_rotary_factor" in table:
        written["partial_rotary_factor"] = table["partial_rotary_factor"]
    text.rope_parameters = parameters | {present.layer_type: written} if present.layer_type else written
    if hasattr(text, _ORIGINAL_BESIDE):
        setattr(text, _ORIGINAL_BESIDE, original)
    text.max_position_embeddings = method.max_positions(rotary)
    return scaled


def config_scaling(config: PreTrainedConfig) -> RopeScaling:
    """Return the scaling that a config describes; it has no divisors if the model has no rotary embeddings.

    Raises:
        InputError: the RoPE type is unknown, a value is invalid, or the full-attention layers have no table.
    """
    config = config.get_text_config()
    parameters: Mapping[str, Any] = getattr(config, "rope_parameters", None) or {}
    if not parameters:
        return without_rotary(getattr(config, "max_position_embeddings", None) or UNLIMITED_TOKENS)
    if "rope_type" in parameters:
        return _table(config, parameters, "")
    tables = {kind: _table(config, table, kind) for kind, table in parameters.items() if isinstance(table, Mapping)}
    if _FULL_ATTENTION not in tables:
        raise InputError(
            f"A {config.model_type} model has rotary embeddings for {', '.join(tables) or 'no layer type'}, but not "
            f"for {_FULL_ATTENTION}, the layer type that is scaled.",
            remedy="Use a model of the Llama, Qwen, Mistral or Gemma 3 family.",
        )
    others = tuple(table for kind, table in tables.items() if kind != _FULL_ATTENTION)
    return replace(tables[_FULL_ATTENTION], other_layers=others)


def recipe_scaling(config: PreTrainedConfig, rope: RopeOptions) -> RopeScaling:
    """Return the scaling of a config that `scaled_config` made, under the name of the recipe's method.

    With method `none`, the name is that of the scaling which the base model already has.
    """
    return named_as(config_scaling(config), rope_method(rope))


def described(scaling: RopeScaling) -> str:
    """Describe a scaling in a few words: the method, the factor and the length reached."""
    return f"{scaling.method} × {scaling.factor:g}, {scaling.max_tokens} tokens"


def copy_scaling(config: PreTrainedConfig, scaled: PreTrainedConfig) -> None:
    """Copy the scaling of `scaled` into `config`, in place; both must be configs of the same model."""
    ours, theirs = config.get_text_config(), scaled.get_text_config()
    for name in _SCALING_FIELDS:
        if hasattr(theirs, name):
            setattr(ours, name, getattr(theirs, name))


def require_causal_model(config: PreTrainedConfig, reference: str) -> None:
    """Refuse a model of several parts that transformers does not build as a causal language model.

    Raises:
        InputError: the model is such a model.
    """
    names = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if not config.sub_configs or config.model_type in names:
        return
    parts = " and ".join(sorted(part.removesuffix("_config") for part in config.sub_configs))
    text_class = names.get(config.get_text_config().model_type)
    of_class = f" as a {text_class}" if text_class else ""
    raise InputError(
        f"'{reference}' is a {config.model_type} model, made of {parts} parts, which transformers does not build as a "
        "causal language model.",
        remedy=f"Save the language model on its own{of_class} and use that, or use a text-only model of the family.",
    )


def _table(config: PreTrainedConfig, parameters: Mapping[str, Any], layer_type: str) -> RopeScaling:
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    rotary_dim = int(head_dim * parameters.get("partial_rotary_factor", 1.0))
    scaling = scaling_of(
        parameters,
        max_positions=config.max_position_embeddings,
        rotary_dim=rotary_dim,
        tables=_tables(layer_type),
    )
    return replace(scaling, layer_type=layer_type)


def _tables(layer_type: str) -> Tables:
    return Tables.PER_LAYER_TYPE if layer_type else Tables.SHARED
