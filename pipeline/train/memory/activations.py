"""Chooses which activations a training step keeps, if the recipe says `gradient_checkpointing: auto`.

Takes a model's shape, a recipe, the number of processes and the free memory. Returns an `ActivationChoice`. Used when a
run starts, by `finetune --plan` and by the benchmark. Pure; takes less than a millisecond. Does not import torch.

A kept layer is not computed a second time. The last layers are the first to keep their activations, because the
backward pass frees these first. All layers keep attention and norms before any layer keeps the inside of its MLP: in a
long pack, attention takes the most time for each byte kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.attention import AttentionKernel, AttentionPattern
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.tuning import TuningMethod
from pipeline.train.layers.kept import NOTHING_KEPT, KeptActivations, fixed_activations
from pipeline.train.memory.predict import ModelShape, predict_memory

_MAX_SHARE = 0.4
"""Part of the free memory that a step may take, by its prediction. Predictions were up to 20 % below the measured peak,
and the memory must also suffice for other programs, for loading data and for writing checkpoints."""


@dataclass(frozen=True, slots=True)
class ActivationChoice:
    """Which activations a run keeps, and why."""

    kept: KeptActivations
    reason: str
    """Why not everything is kept, or what fits, in words that follow a colon."""
    num_layers: int

    @property
    def described(self) -> str:
        """The choice in words, such as `keeping the activations of 30 of 30 layers, of 12 with their MLP: …`."""
        if not self.kept.num_layers:
            return f"recomputing every layer in the backward pass: {self.reason}"
        mlps = f", of {self.kept.num_mlps} with their MLP" if self.kept.num_mlps else ""
        return f"keeping the activations of {self.kept.num_layers} of {self.num_layers} layers{mlps}: {self.reason}"


def choose_activations(
    shape: ModelShape,
    recipe: FinetuneRecipe,
    *,
    device: str,
    processes: int,
    free_bytes: int | None,
    saved: KeptActivations | None = None,
) -> ActivationChoice:
    """Return the activations that a run keeps.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section; its `max_tokens` is the length of the longest pack.
        device: `cpu` or `cuda`.
        processes: number of processes of the run.
        free_bytes: memory that new tensors can take, before the model is loaded; None if it is unknown.
        saved: what the checkpoint that the run resumes from was computed with; None for a new run. It is used again if
            it still fits.
    """
    if recipe.memory.gradient_checkpointing != "auto":
        kept = fixed_activations(recipe.memory, num_layers=shape.num_layers)
        return ActivationChoice(kept, "the recipe says so", shape.num_layers)
    obstacle = _obstacle(shape, recipe, device=device, processes=processes)
    if obstacle or free_bytes is None:
        return ActivationChoice(NOTHING_KEPT, obstacle or "the free memory is unknown", shape.num_layers)
    limit_bytes = int(free_bytes * _MAX_SHARE)
    recipe = recipe.model_copy(update={"device": device})

    def peak(kept: KeptActivations) -> int:
        return predict_memory(shape, recipe, num_tokens=recipe.max_tokens, kept=kept).peak_bytes

    fitting = [kept for kept in _candidates(shape, recipe) if peak(kept) <= limit_bytes]
    chosen = saved if saved in fitting else fitting[-1] if fitting else NOTHING_KEPT
    reason = (
        f"a pack of {recipe.max_tokens:,} tokens is predicted to need {_gib(peak(chosen))} GiB, "
        f"{'within' if fitting else 'more than'} {_gib(limit_bytes)}, which is {_MAX_SHARE:.0%} of the "
        f"free memory"
    )
    return ActivationChoice(chosen, reason, shape.num_layers)


def _candidates(shape: ModelShape, recipe: FinetuneRecipe) -> list[KeptActivations]:
    """Return everything that can be kept, from the least to the most."""
    layers = shape.num_layers
    found = [KeptActivations(num_layers, 0) for num_layers in range(layers + 1)]
    if recipe.memory.mlp_tile_tokens is not None:
        found += [KeptActivations(layers, num_mlps) for num_mlps in range(1, layers + 1)]
    return found


def _obstacle(shape: ModelShape, recipe: FinetuneRecipe, *, device: str, processes: int) -> str:
    """Return why nothing is kept; an empty string if activations can be kept."""
    tuning, attention = recipe.tuning, recipe.attention
    if processes > 1:
        return f"{processes} processes train together"
    if device != "cpu":
        return "what activations need on a GPU has not been measured"
    if not shape.has_known_activations:
        return f"the activations of a {shape.model_type} model's layers cannot be predicted"
    if not recipe.memory.fused_layers:
        return "the activations of layers that are not fused cannot be predicted"
    if tuning.method is TuningMethod.QLORA or tuning.dora or tuning.dropout:
        return "the activations of adapters that cannot be fused cannot be predicted"
    if attention.pattern is not AttentionPattern.FULL or attention.kernel is AttentionKernel.EAGER:
        return "only full attention with a fused kernel has activations that can be predicted"
    return ""


def _gib(num_bytes: int) -> str:
    return f"{num_bytes / 2**30:.2f}"
