"""Finds the part of a model that reads text: the whole model, or the language model inside one that also reads images.

Takes a transformers model. Returns its text stack (embeddings, layers and final norm), its decoder layers, or all
modules of the text part. Used by training, the export, the leak check and the RoPE search. Parts for images and sound
(in Gemma 3 from 4B on) are left alone: a forward pass over text does not use them, they do not train, and they are
saved with the rest of the model.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel


def text_stack(model: PreTrainedModel) -> PreTrainedModel:
    """Return embeddings, layers and final norm as one module, whose output the output head reads."""
    stack: PreTrainedModel = model.get_decoder() if has_other_parts(model.config) else model.base_model
    return stack


def text_modules(model: PreTrainedModel) -> Iterator[nn.Module]:
    """Yield every module of the text part. In a model that has other parts, the output head comes last."""
    if not has_other_parts(model.config):
        yield from model.modules()
        return
    yield from text_stack(model).modules()
    if (head := model.get_output_embeddings()) is not None:
        yield head


def decoder_layers(model: PreTrainedModel) -> list[nn.Module]:
    """Return the text stack's decoder layers: the outermost modules whose class is in `_no_split_modules`."""
    class_names = set(model._no_split_modules or ())
    layers: list[nn.Module] = []
    inside_layers: set[int] = set()
    for module in text_stack(model).modules():
        if type(module).__name__ in class_names and id(module) not in inside_layers:
            layers.append(module)
            inside_layers |= {id(part) for part in module.modules()}
    return layers


def has_other_parts(config: PreTrainedConfig) -> bool:
    """Return whether a model with this config has parts that read something other than text."""
    return config.get_text_config() is not config
