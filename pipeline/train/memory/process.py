"""Predicts the peak memory of one process among several that train a model together.

Takes a model's dimensions, a recipe, and how weights and packs are divided. Returns a prediction for one process, with
the terms of `predict`, and the longest pack that fits. Used to plan a run, to choose how processes divide it, to
explain out-of-memory errors, and for the report at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.memory.predict import MemoryPrediction, ModelShape, Moment, Term, bytes_per_number, predict_memory

_GATHERED_LAYERS = 2
"""The current layer, and the next layer, whose weights are gathered while the current one computes."""
_FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class Division:
    """How processes divide a training run."""

    processes: int
    shards: int
    """Number of processes that divide the weights; 1 if each process holds all weights."""
    slices: int
    """Number of processes that divide a pack."""


def predict_process_memory(
    shape: ModelShape,
    recipe: FinetuneRecipe,
    *,
    num_tokens: int,
    shards: int,
    slices: int,
    kept: KeptActivations | None = None,
) -> MemoryPrediction:
    """Return the memory of one step in each process.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section.
        num_tokens: number of tokens in a whole pack.
        shards: number of processes that divide the weights; 1 if each process holds all weights.
        slices: number of processes that divide a pack.
        kept: see `predict_memory`.
    """
    own_tokens = -(-num_tokens // slices)
    if shards == 1:
        return replace(predict_memory(shape, recipe, num_tokens=own_tokens, kept=kept), num_tokens=num_tokens)
    own = replace(
        shape,
        frozen=-(-shape.frozen // shards),
        quantized=-(-shape.quantized // shards),
        trained=-(-shape.trained // shards),
    )
    prediction = predict_memory(own, recipe, num_tokens=own_tokens, kept=kept)
    gathered = Term("weights gathered from other processes", _gathered_bytes(shape, recipe), frozenset(Moment))
    return replace(prediction, num_tokens=num_tokens, terms=(*prediction.terms, gathered))


def longest_pack(shape: ModelShape, recipe: FinetuneRecipe, *, memory_bytes: int, shards: int, slices: int) -> int:
    """Return the maximum number of tokens in a pack whose predicted peak in a process fits, up to 2²⁸; 0 if none fits.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section.
        memory_bytes: memory that each process has for tensors.
        shards: number of processes that divide the weights; 1 if each process holds all weights.
        slices: number of processes that divide a pack.
    """

    def fits(num_tokens: int) -> bool:
        predicted = predict_process_memory(shape, recipe, num_tokens=num_tokens, shards=shards, slices=slices)
        return predicted.peak_bytes <= memory_bytes

    return _largest(fits, upper=1 << 28)


def _largest(holds: Callable[[int], bool], *, upper: int) -> int:
    low, high = 0, upper
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _gathered_bytes(shape: ModelShape, recipe: FinetuneRecipe) -> int:
    """Return the bytes of gathered weights: outside the layers, and in the layers gathered at the same time."""
    width = bytes_per_number(recipe)
    whole = shape.frozen * width + shape.trained * _FLOAT32
    outside = shape.outside_layers * width
    if shape.embeddings_train:
        outside += shape.vocabulary * shape.hidden * (_FLOAT32 - width)
    return outside + _GATHERED_LAYERS * max(0, whole - outside) // shape.num_layers
