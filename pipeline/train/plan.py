"""`finetune --plan`: what a training would need, what the machine has, the longest pack that fits, and what to change.

In: a recipe, a model reference, a machine. Out: a `TrainingMemoryPlan`, which `cli` shows. Reads the model's config,
no weights and no rows; a few seconds, most of them torch's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.device import resolve_device
from pipeline.train.memory.machine import Machine, given_machine, this_machine
from pipeline.train.memory.predict import MemoryPrediction, ModelShape, longest_pack, predict_memory
from pipeline.train.memory.remedies import Remedy, remedies
from pipeline.train.memory.shapes import model_shape
from pipeline.train.scaled_config import scaled_config
from pipeline.train.stages import longest_stage, resolve_stages


@dataclass(frozen=True, slots=True)
class TrainingMemoryPlan:
    """A prediction beside a machine."""

    model: str
    machine: Machine
    shape: ModelShape
    prediction: MemoryPrediction
    """At the recipe's `max_tokens`."""
    longest_tokens: int
    """Of a pack, in the machine's memory, with the recipe as it is."""
    remedies: tuple[Remedy, ...]
    """Each on top of those before it."""

    @property
    def fits(self) -> bool:
        """Whether the recipe's packs fit."""
        return self.prediction.peak_bytes <= self.machine.for_tensors_bytes

    def as_json(self) -> dict[str, Any]:
        """The plan as plain values; sizes in bytes."""
        peak = self.prediction.peak_moment
        return {
            "model": self.model,
            "device": self.machine.device,
            "machine": self.machine.name,
            "memory_bytes": self.machine.memory_bytes,
            "reserved_bytes": self.machine.reserved_bytes,
            "pack_tokens": self.prediction.num_tokens,
            "peak_bytes": self.prediction.peak_bytes,
            "peak_moment": peak.value,
            "fits": self.fits,
            "longest_tokens": self.longest_tokens,
            "terms": [
                {"name": term.name, "bytes": term.num_bytes, "at_peak": peak in term.moments}
                for term in self.prediction.terms
            ],
            "remedies": [
                {
                    "set": remedy.setting,
                    "effect": remedy.effect,
                    "saves_bytes": remedy.saves_bytes,
                    "peak_bytes": remedy.peak_bytes,
                    "longest_tokens": remedy.longest_tokens,
                }
                for remedy in self.remedies
            ],
        }


def plan_training(recipe: FinetuneRecipe, *, model: str, memory_gib: float | None) -> TrainingMemoryPlan:
    """Predict the memory of a training.

    Args:
        recipe: the `finetune` section; of several stages the one with the longest packs counts.
        model: reference of the base model.
        memory_gib: of a machine to plan for; None is this one. A given size is a GPU's unless the recipe's device is
            `cpu`.

    Raises:
        InputError: there is no such model, it cannot be scaled or trained as the recipe says, or CUDA is asked for and
            neither there nor given a size.
    """
    if memory_gib is None:
        machine = this_machine(resolve_device(recipe.device, setting="finetune.device"))
    else:
        machine = given_machine("cpu" if recipe.device == "cpu" else "cuda", memory_gib)
    recipe = longest_stage(resolve_stages(recipe, base_model=model)).settings
    config = scaled_config(model, recipe.rope)
    shapes: dict[str, ModelShape] = {}

    def shape_of(changed: FinetuneRecipe) -> ModelShape:
        key = changed.tuning.model_dump_json()
        if key not in shapes:
            shapes[key] = model_shape(config, changed)
        return shapes[key]

    shape = shape_of(recipe)
    return TrainingMemoryPlan(
        model=model,
        machine=machine,
        shape=shape,
        prediction=predict_memory(shape, recipe, num_tokens=recipe.max_tokens),
        longest_tokens=longest_pack(shape, recipe, memory_bytes=machine.for_tensors_bytes),
        remedies=remedies(recipe, shape_of, device=machine.device, for_tensors_bytes=machine.for_tensors_bytes),
    )
