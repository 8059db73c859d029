"""The part of a built model that reads text: all of it, or the language model within one that sees images as well.

In: a transformers model. Out: the stack from embeddings to the final norm, and the modules that may train. Used where
the trainer runs, changes or counts layers. Parts for images and sound (Gemma 3 from 4B on) are kept as they are: they
take no part in a forward pass over text, do not train, and are saved with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel


def text_stack(model: PreTrainedModel) -> PreTrainedModel:
    """Embeddings, layers and final norm; what the output head reads from."""
    stack: PreTrainedModel = model.get_decoder() if has_other_parts(model.config) else model.base_model
    return stack


def text_modules(model: PreTrainedModel) -> Iterator[nn.Module]:
    """Every module but those of other parts; the output head last."""
    if not has_other_parts(model.config):
        yield from model.modules()
        return
    yield from text_stack(model).modules()
    if (head := model.get_output_embeddings()) is not None:
        yield head


def decoder_layers(model: PreTrainedModel) -> list[nn.Module]:
    """The blocks of a model's text stack by the class names its family declares indivisible, outermost only."""
    names = set(model._no_split_modules or ())
    found: list[nn.Module] = []
    within: set[int] = set()
    for module in text_stack(model).modules():
        if type(module).__name__ in names and id(module) not in within:
            found.append(module)
            within |= {id(part) for part in module.modules()}
    return found


def has_other_parts(config: PreTrainedConfig) -> bool:
    """Whether a model of this config reads more than text."""
    return config.get_text_config() is not config
