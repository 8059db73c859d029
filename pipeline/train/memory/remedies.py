"""Lists changes to a recipe that let longer packs fit, cheapest first. Does not import torch.

Takes a recipe and a function that returns the model's shape under a changed recipe. Returns remedies, each with the
memory that it saves for packs of the recipe's `max_tokens`, on top of the remedies before it. Used by `finetune --plan`
and to explain out-of-memory errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.config.distributed import Strategy
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.config.optimizer import OptimizerKind
from pipeline.config.tuning import TuningMethod
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.memory.division import longest_divided_pack, sharding_obstacle, slicing_obstacle
from pipeline.train.memory.host import pinned_layer_inputs
from pipeline.train.memory.predict import ModelShape
from pipeline.train.memory.process import Division, predict_process_memory


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change to the recipe, and its effect when all earlier remedies are applied too."""

    setting: str
    """The setting in the form that `--set` takes."""
    effect: str
    """What the change costs or alters."""
    saves_bytes: int
    """Reduction of the peak at the recipe's `max_tokens`, in addition to the earlier remedies."""
    peak_bytes: int
    longest_tokens: int
    """Longest pack that fits the memory of each process; 0 if none fits."""


@dataclass(frozen=True, slots=True)
class _Change:
    setting: str
    effect: str
    changes: dict[str, Any]  # Any: values of a recipe
    divides: dict[str, int] = field(default_factory=dict)
    """Fields of the `Division` that change."""


def remedies(
    recipe: FinetuneRecipe,
    shape_of: Callable[[FinetuneRecipe], ModelShape],
    *,
    device: str,
    process_bytes: int,
    division: Division,
    pinned_bytes: int | None,
    kept: KeptActivations | None = None,
) -> tuple[Remedy, ...]:
    """Return every change that is possible and lowers the predicted peak, cheapest first.

    Args:
        recipe: the `finetune` section.
        shape_of: function that returns the model's shape under a changed recipe.
        device: `cpu` or `cuda`; some remedies apply to CUDA only.
        process_bytes: memory that a process has for tensors.
        division: how processes divide weights and packs under the unchanged recipe.
        pinned_bytes: host memory that one process may use for layer inputs; None if unknown.
        kept: the activations that the unchanged recipe keeps; None means what it says, and nothing if it says `auto`.
    """
    found = []
    before = _peak(shape_of(recipe), recipe, division, kept)
    for change in _changes(recipe, shape_of(recipe), device, division):
        changed, divided = _changed(recipe, change.changes), replace(division, **change.divides)
        shape = shape_of(changed)
        peak = _peak(shape, changed, divided, None)
        sharded = divided.shards > 1
        if peak >= before or (
            sharded and sharding_obstacle(changed, model_type=shape.model_type, one_by_one=shape.one_by_one)
        ):
            continue
        pinned = pinned_layer_inputs(shape, changed, device=device, slices=divided.slices)
        if pinned_bytes is not None and pinned > pinned_bytes:
            continue
        longest = longest_divided_pack(shape, changed, division=divided, process_bytes=process_bytes)
        effect = change.effect.format(pinned_gib=pinned / 2**30)
        found.append(Remedy(change.setting, effect, before - peak, peak, longest))
        recipe, division, before = changed, divided, peak
    return tuple(found)


def _peak(shape: ModelShape, recipe: FinetuneRecipe, division: Division, kept: KeptActivations | None) -> int:
    return predict_process_memory(
        shape, recipe, num_tokens=recipe.max_tokens, shards=division.shards, slices=division.slices, kept=kept
    ).peak_bytes


def _changes(recipe: FinetuneRecipe, shape: ModelShape, device: str, division: Division) -> Iterator[_Change]:
    memory, tuning = recipe.memory, recipe.tuning
    if memory.gradient_checkpointing is not True:
        yield _Change(
            "finetune.memory.gradient_checkpointing=true",
            "each layer is computed a second time",
            {"memory": {"gradient_checkpointing": True}},
        )
    if not memory.fused_layers:
        yield _Change("finetune.memory.fused_layers=true", "faster as well", {"memory": {"fused_layers": True}})
    if memory.mlp_tile_tokens is None:
        yield _Change(
            "finetune.memory.mlp_tile_tokens=2048", "same time, same result", {"memory": {"mlp_tile_tokens": 2048}}
        )
    if memory.layer_inputs is LayerInputs.DEVICE and device == "cuda":
        yield _Change(
            "finetune.memory.layer_inputs=host",
            "layer inputs are kept in host memory, {pinned_gib:.1f} GiB per process, copied during the computation",
            {"memory": {"gradient_checkpointing": True, "layer_inputs": LayerInputs.HOST}},
        )
    if recipe.loss.chunk_tokens > 256:
        yield _Change("finetune.loss.chunk_tokens=256", "same result", {"loss": {"chunk_tokens": 256}})
    if recipe.distributed.strategy is Strategy.DDP and division.processes > 1:
        yield _Change(
            "finetune.distributed.strategy=fsdp2",
            f"weights, gradients and optimizer state are divided by {division.processes}; layers are gathered in turn",
            {"distributed": {"strategy": Strategy.FSDP2}},
            {"shards": division.processes},
        )
    if (slices := _most_slices(shape, division)) > division.slices:
        yield _Change(
            f"finetune.distributed.sequence_parallel={slices}",
            f"{slices} processes share each pack and exchange heads; fewer packs are computed at a time",
            {"distributed": {"sequence_parallel": slices}},
            {"slices": slices},
        )
    if recipe.optimizer.kind is OptimizerKind.ADAMW and device == "cuda":
        yield _Change(
            "finetune.optimizer.kind=paged_adamw_8bit",
            "optimizer state in 8 bits; needs bitsandbytes",
            {"optimizer": {"kind": OptimizerKind.PAGED_ADAMW_8BIT}},
        )
    if tuning.method is TuningMethod.FULL:
        yield _Change(
            "finetune.tuning.method=lora",
            "only adapters, embeddings and norms train",
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


def _most_slices(shape: ModelShape, division: Division) -> int:
    possible = (n for n in range(1, division.processes + 1) if not division.processes % n)
    return max(
        n
        for n in possible
        if not slicing_obstacle(n, model_type=shape.model_type, one_by_one=shape.one_by_one, num_heads=shape.num_heads)
    )


def _changed(recipe: FinetuneRecipe, changes: dict[str, Any]) -> FinetuneRecipe:
    values = recipe.model_dump()
    for section, fields in changes.items():
        values[section] = values[section] | fields
    return FinetuneRecipe.model_validate(values)
