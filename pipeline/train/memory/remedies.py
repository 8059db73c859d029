"""What to change in a recipe so that a longer pack fits, in the order in which it costs least. No torch here.

In: a recipe and how to get the shape of what it trains. Out: remedies, each on top of those before it, with what it
saves at the recipe's length. Used by `finetune --plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.config.optimizer import OptimizerKind
from pipeline.config.tuning import TuningMethod
from pipeline.train.memory.predict import ModelShape, longest_pack, predict_memory


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of the recipe and what it brings, those before it made as well."""

    setting: str
    """As `--set` takes it."""
    effect: str
    """What it costs or changes."""
    saves_bytes: int
    """Of the peak at the recipe's length, beyond the remedies before it."""
    peak_bytes: int
    longest_tokens: int
    """Of a pack, at most, in the machine's memory."""


@dataclass(frozen=True, slots=True)
class _Change:
    setting: str
    effect: str
    changes: dict[str, Any]  # Any: values of a recipe


def remedies(
    recipe: FinetuneRecipe,
    shape_of: Callable[[FinetuneRecipe], ModelShape],
    *,
    device: str,
    for_tensors_bytes: int,
) -> tuple[Remedy, ...]:
    """Every change that lowers the predicted peak, cheapest first.

    Args:
        recipe: the `finetune` section.
        shape_of: of the model with what a changed recipe trains.
        device: `cpu` or `cuda`; some remedies are for CUDA alone.
        for_tensors_bytes: memory of the machine.
    """
    found = []
    before = predict_memory(shape_of(recipe), recipe, num_tokens=recipe.max_tokens).peak_bytes
    for change in _changes(recipe, device):
        changed = _with(recipe, change.changes)
        shape = shape_of(changed)
        peak = predict_memory(shape, changed, num_tokens=recipe.max_tokens).peak_bytes
        if peak >= before:
            continue
        longest = longest_pack(shape, changed, memory_bytes=for_tensors_bytes)
        found.append(Remedy(change.setting, change.effect, before - peak, peak, longest))
        recipe, before = changed, peak
    return tuple(found)


def _changes(recipe: FinetuneRecipe, device: str) -> Iterator[_Change]:
    memory, tuning = recipe.memory, recipe.tuning
    if not memory.gradient_checkpointing:
        yield _Change(
            "finetune.memory.gradient_checkpointing=true",
            "each layer is computed a second time",
            {"memory": {"gradient_checkpointing": True}},
        )
    if not memory.lean_layers:
        yield _Change("finetune.memory.lean_layers=true", "faster as well", {"memory": {"lean_layers": True}})
    if memory.mlp_tile_tokens is None:
        yield _Change(
            "finetune.memory.mlp_tile_tokens=2048", "same time, same result", {"memory": {"mlp_tile_tokens": 2048}}
        )
    if memory.layer_inputs is LayerInputs.DEVICE and device == "cuda":
        yield _Change(
            "finetune.memory.layer_inputs=host",
            "layer inputs wait in host memory, copied beside the computation",
            {"memory": {"gradient_checkpointing": True, "layer_inputs": LayerInputs.HOST}},
        )
    if recipe.loss.chunk_tokens > 256:
        yield _Change("finetune.loss.chunk_tokens=256", "same result", {"loss": {"chunk_tokens": 256}})
    if recipe.optimizer.kind is OptimizerKind.ADAMW and device == "cuda":
        yield _Change(
            "finetune.optimizer.kind=paged_adamw_8bit",
            "moments in 8 bits; needs bitsandbytes",
            {"optimizer": {"kind": OptimizerKind.PAGED_ADAMW_8BIT}},
        )
    if tuning.method is TuningMethod.FULL:
        yield _Change(
            "finetune.tuning.method=lora",
            "adapters, embeddings and norms train",
            {"tuning": {"method": TuningMethod.LORA}},
        )
    if tuning.method is not TuningMethod.QLORA and device == "cuda" and not (tuning.dora or tuning.target_experts):
        yield _Change(
            "finetune.tuning.method=qlora",
            "frozen weights in 4 bits; slower, needs bitsandbytes",
            {"tuning": {"method": TuningMethod.QLORA}},
        )
    yield _Change(
        "finetune.tuning.train_embeddings=false",
        "perplexity at the new length suffers (LongLoRA, table 2)",
        {"tuning": {"train_embeddings": False}},
    )


def _with(recipe: FinetuneRecipe, changes: dict[str, Any]) -> FinetuneRecipe:
    values = recipe.model_dump()
    for section, fields in changes.items():
        values[section] = values[section] | fields
    return FinetuneRecipe.model_validate(values)
