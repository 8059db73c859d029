"""Makes the plan that `finetune --plan` shows: what a training run needs, what the machine has, and what to change.

Takes a recipe, a model reference, a machine and a number of processes. Returns a `TrainingMemoryPlan`, which `cli`
shows. Reads the model's config, but neither weights nor rows. Takes a few seconds, mostly to import torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedConfig

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.machine.device import resolve_device
from pipeline.train.machine.memory import Machine, given_machine, process_bytes, this_machine
from pipeline.train.memory.activations import ActivationChoice, choose_activations
from pipeline.train.memory.division import divide, longest_divided_pack
from pipeline.train.memory.host import HostMemory, predict_host_memory
from pipeline.train.memory.predict import MemoryPrediction, ModelShape
from pipeline.train.memory.process import Division, predict_process_memory
from pipeline.train.memory.remedies import Remedy, remedies
from pipeline.train.memory.shapes import shapes_of
from pipeline.train.rope.scaled_config import causal_config
from pipeline.train.run.stages import longest_stage, stages_of


@dataclass(frozen=True, slots=True)
class TrainingMemoryPlan:
    """A memory prediction, and the machine with which it is compared."""

    model: str
    machine: Machine
    shape: ModelShape
    division: Division
    """How processes divide weights and packs."""
    local_processes: int
    """Number of processes on the machine."""
    activations: ActivationChoice
    """The activations that a step keeps, and why."""
    prediction: MemoryPrediction
    """Memory of each process, for packs of the recipe's `max_tokens`."""
    host: HostMemory
    """Host memory of all processes on the machine."""
    host_bytes: int | None
    """Host memory available to these processes; None if only a GPU's memory is given."""
    longest_tokens: int
    """Longest pack that fits the memory of each process with the unchanged recipe; 0 if none fits. With
    `gradient_checkpointing: auto`, every layer is recomputed in such a pack."""
    remedies: tuple[Remedy, ...]
    """Changes to the recipe that save memory; each one is applied on top of those before it."""

    @property
    def fits(self) -> bool:
        """Whether the recipe's packs fit the memory of each process, and the host has enough memory."""
        return self.prediction.peak_bytes <= self.process_bytes and self.fits_host

    @property
    def fits_host(self) -> bool:
        """Whether the host has enough memory; True if its memory is unknown."""
        return self.host_bytes is None or self.host.peak_bytes <= self.host_bytes

    @property
    def process_bytes(self) -> int:
        """Memory that each process has for tensors."""
        return process_bytes(self.machine, local_processes=self.local_processes)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain values; sizes are in bytes."""
        peak = self.prediction.peak_moment
        return {
            "model": self.model,
            "device": self.machine.device,
            "machine": self.machine.name,
            "memory_bytes": self.machine.memory_bytes,
            "reserved_bytes": self.machine.reserved_bytes,
            "processes": self.division.processes,
            "shards": self.division.shards,
            "slices": self.division.slices,
            "process_bytes": self.process_bytes,
            "host": {
                "loading_bytes": self.host.loading_bytes,
                "layer_inputs_bytes": self.host.layer_inputs_bytes,
                "export_bytes": self.host.export_bytes,
                "memory_bytes": self.host_bytes,
                "fits": self.fits_host,
            },
            "pack_tokens": self.prediction.num_tokens,
            "kept_layers": self.activations.kept.num_layers,
            "kept_mlps": self.activations.kept.num_mlps,
            "activations": self.activations.described,
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


def plan_training(
    recipe: FinetuneRecipe, *, model: str, memory_gib: float | None, processes: int, local_processes: int
) -> TrainingMemoryPlan:
    """Plan the memory of a training run.

    Args:
        recipe: the `finetune` section; if it has several stages, the plan is for the one with the longest packs.
        model: reference of the base model.
        memory_gib: memory of the machine to plan for; None means this machine. If given, it is the memory of one GPU,
            or of the host if the recipe's device is `cpu`.
        processes: number of processes of the run.
        local_processes: number of processes on each machine; each has its own GPU, or a share of the host.

    Raises:
        InputError: the model does not exist, or the recipe's scaling, `max_tokens`, tuning or division does not work
            for it; or the recipe asks for CUDA, but this machine has no GPU and `memory_gib` is None.
    """
    return plan_for_config(
        recipe,
        causal_config(model),
        model=model,
        memory_gib=memory_gib,
        processes=processes,
        local_processes=local_processes,
    )


def plan_for_config(
    recipe: FinetuneRecipe,
    base: PreTrainedConfig,
    *,
    model: str,
    memory_gib: float | None,
    processes: int,
    local_processes: int,
) -> TrainingMemoryPlan:
    """Plan the memory of a training run on a model of which only the config is at hand; see `plan_training`.

    Args:
        recipe, memory_gib, processes, local_processes: as for `plan_training`.
        base: the config of the base model.
        model: its name.
    """
    if memory_gib is None:
        machine = this_machine(resolve_device(recipe.device, setting="finetune.device"))
    else:
        machine = given_machine("cpu" if recipe.device == "cpu" else "cuda", memory_gib)
    longest = longest_stage(stages_of(recipe, base=base, base_model=model))
    recipe = longest.settings.model_copy(update={"device": machine.device})
    config = longest.config
    shape_of = shapes_of(config)
    shape = shape_of(recipe)
    available = process_bytes(machine, local_processes=local_processes)
    activations = choose_activations(
        shape, recipe, device=machine.device, processes=processes, free_bytes=machine.free_bytes
    )
    division = divide(shape, recipe, processes=processes, process_bytes=available)
    host = predict_host_memory(
        shape,
        recipe,
        saved_dtype=str(config.dtype).removeprefix("torch."),
        device=machine.device,
        division=division,
        local_processes=local_processes,
    )
    host_bytes = None
    if machine.device == "cpu" or memory_gib is None:
        host_machine = machine if machine.device == "cpu" else this_machine("cpu")
        host_bytes = local_processes * process_bytes(host_machine, local_processes=local_processes)
    return TrainingMemoryPlan(
        model=model,
        machine=machine,
        shape=shape,
        division=division,
        local_processes=local_processes,
        activations=activations,
        prediction=predict_process_memory(
            shape,
            recipe,
            num_tokens=recipe.max_tokens,
            shards=division.shards,
            slices=division.slices,
            kept=activations.kept,
        ),
        host=host,
        host_bytes=host_bytes,
        longest_tokens=longest_divided_pack(shape, recipe, division=division, process_bytes=available),
        remedies=remedies(
            recipe,
            shape_of,
            device=machine.device,
            process_bytes=available,
            division=division,
            pinned_bytes=None if host_bytes is None else host_bytes // local_processes,
            kept=activations.kept,
        ),
    )
