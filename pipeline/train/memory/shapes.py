"""Computes a model's dimensions, and how many of its weights a recipe trains, from the model's config alone.

Takes a config and the `finetune` section. Returns a `ModelShape`. Used to plan a run, to divide it among processes, to
explain out-of-memory errors, and for the report at the end. The model is built without weights on torch's meta device
and made trainable by the same code as in training, so the counts are the same. Takes about a second.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.tuning import TuningMethod
from pipeline.train.attention.placement import Isolation, isolation_of
from pipeline.train.layers.fused import is_gated_mlp
from pipeline.train.layers.text_stack import decoder_layers
from pipeline.train.memory.predict import ModelShape
from pipeline.train.tuning.trainable import adaptable_layers, make_trainable

_KNOWN_FAMILIES = ("llama", "mistral", "qwen2", "qwen3")


def model_shape(config: PreTrainedConfig, recipe: FinetuneRecipe) -> ModelShape:
    """Return the dimensions and weight counts of a model without loading it.

    Raises:
        InputError: the recipe's `tuning` does not fit the model; see `make_trainable`.
    """
    dtype = getattr(torch, recipe.dtype)
    with torch.device("meta"):
        # A copy, because transformers writes the dtype into the config it is given.
        model: PreTrainedModel = AutoModelForCausalLM.from_config(deepcopy(config), dtype=dtype)
        in_four_bits = _in_four_bits(model, recipe)
        make_trainable(model, recipe.tuning, dtype=dtype)
    weights = list(model.parameters())
    trained = sum(p.numel() for p in weights if p.requires_grad)
    in_layers = sum(p.numel() for layer in decoder_layers(model) for p in layer.parameters())
    text: Any = config.get_text_config()  # Any: configs are dynamic
    # A model without attention has no heads; it is counted as one head of the hidden size.
    num_heads = getattr(text, "num_attention_heads", None) or 1
    head_width = getattr(text, "head_dim", None) or text.hidden_size // num_heads
    key_heads = getattr(text, "num_key_value_heads", None) or num_heads
    head = model.get_output_embeddings()
    return ModelShape(
        model_type=config.model_type,
        num_layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        query_width=num_heads * head_width,
        key_width=key_heads * head_width,
        num_heads=num_heads,
        mlp_width=_mlp_width(model, text),
        has_gated_mlp=any(is_gated_mlp(module) for module in model.modules()),
        vocabulary=head.weight.shape[0],
        outside_layers=sum(p.numel() for p in weights) - in_layers,
        frozen=sum(p.numel() for p in weights if not p.requires_grad) - in_four_bits,
        quantized=in_four_bits,
        trained=trained,
        trained_in_products=sum(
            module.weight.numel()
            for module in model.modules()
            if isinstance(module, nn.Linear) and module is not head and module.weight.requires_grad
        ),
        head_trains=head.weight.requires_grad,
        embeddings_train=model.get_input_embeddings().weight.requires_grad,
        one_by_one=isolation_of(model) is Isolation.ONE_BY_ONE,
        norms_heads=any(name.endswith(".q_norm") for name, _ in model.named_modules()),
        has_known_activations=_has_known_activations(config),
    )


def shapes_of(config: PreTrainedConfig) -> Callable[[FinetuneRecipe], ModelShape]:
    """Return a cached `model_shape` for one model and many recipes; it builds the model once per dtype and `tuning`."""
    shapes: dict[str, ModelShape] = {}

    def shape_of(recipe: FinetuneRecipe) -> ModelShape:
        key = f"{recipe.dtype} {recipe.tuning.model_dump_json()}"
        if key not in shapes:
            shapes[key] = model_shape(config, recipe)
        return shapes[key]

    return shape_of


def _has_known_activations(config: PreTrainedConfig) -> bool:
    """Return whether every layer is an RMS norm, attention without dropout or window, a second norm and a gated MLP."""
    windowed = getattr(config, "sliding_window", None) is not None
    drops = getattr(config, "attention_dropout", 0.0) > 0.0
    return config.model_type in _KNOWN_FAMILIES and not windowed and not drops


def _in_four_bits(model: PreTrainedModel, recipe: FinetuneRecipe) -> int:
    if recipe.tuning.method is not TuningMethod.QLORA:
        return 0
    return sum(layer.weight.numel() for layer in adaptable_layers(model).values() if isinstance(layer, nn.Linear))


def _mlp_width(model: PreTrainedModel, text: Any) -> int:
    widths = [
        child.out_features // (2 if name == "gate_up_proj" else 1)
        for module in model.modules()
        if is_gated_mlp(module)
        for name, child in module.named_children()
        if name in {"gate_proj", "gate_up_proj"} and hasattr(child, "out_features")
    ]
    config_width: int = getattr(text, "intermediate_size", None) or 4 * text.hidden_size
    return max(widths, default=config_width)
