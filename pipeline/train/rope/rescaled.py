"""Gives a built model another RoPE scaling. The weights stay the same.

Takes a transformers model and a config that holds the scaling. Used at the beginning of a training stage, and to
measure what a scaling does without training. Cost: milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from transformers import PreTrainedConfig, PreTrainedModel

from pipeline.train.rope.in_force import rotary_modules
from pipeline.train.rope.scaled_config import copy_scaling


def rescale(model: PreTrainedModel, config: PreTrainedConfig) -> None:
    """Copy the scaling into the model's config, and rebuild the rotary modules, which read it only when built.

    Args:
        model: the model, which is changed in place.
        config: the config of a model of the same shape.
    """
    copy_scaling(model.config, config)
    rotaries = {id(rotary) for rotary in rotary_modules(model)}
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if id(child) in rotaries:
                setattr(parent, name, type(child)(config=child.config).to(model.device))


@contextmanager
def rescaled(model: PreTrainedModel, config: PreTrainedConfig) -> Iterator[None]:
    """Give a model another scaling inside the block, and its own again after it."""
    own = deepcopy(model.config)
    rescale(model, config)
    try:
        yield
    finally:
        rescale(model, own)
