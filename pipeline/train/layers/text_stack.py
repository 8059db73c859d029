"""The part of a model that reads text: the whole model, or the language model inside one that also reads images.

Takes a transformers model. Returns the stack from embeddings to the final norm, and the modules that may train. Used
where the trainer runs, changes or counts layers. Parts for images and sound (Gemma 3 from 4B on) are unchanged: a
forward pass over text does not use them, they do not train, and they are saved with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel


def text_stack(model: PreTrainedModel) -> PreTrainedModel:
    """Return embeddings, layers and final norm as one module; the output head reads its result."""
    stack: PreTrainedModel = model.get_decoder() if has_other_parts(model.config) else model.base_model
    return stack


def text_modules(model: PreTrainedModel) -> Iterator[nn.Module]:
    """Yield every module that belongs to the text part; in a model with other parts the output head comes last."""
    if not has_other_parts(model.config):
        yield from model.modules()
        return
    yield from text_stack(model).modules()
    if (head := model.get_output_embeddings()) is not None:
        yield head


def decoder_layers(model: PreTrainedModel) -> list[nn.Module]:
    """Return the blocks of a text stack: its outermost modules of the classes its family declares indivisible."""
    names = set(model._no_split_modules or ())
    found: list[nn.Module] = []
    within: set[int] = set()
    for module in text_stack(model).modules():
        if type(module).__name__ in names and id(module) not in within:
            found.append(module)
            within |= {id(part) for part in module.modules()}
    return found


def has_other_parts(config: PreTrainedConfig) -> bool:
    """Return whether a model of this config has parts that read more than text."""
    return config.get_text_config() is not config
