"""Predicts how much host memory a training machine needs at the three moments that may need the most.

Takes a model's shape, a recipe and how processes divide the run. Returns what the host holds at each moment. Used by
`finetune --plan` and `remedies`. Pure; a call takes microseconds. Does not import torch.

Weights that are loaded in the dtype of their files are memory-mapped, so processes share them. In a different dtype,
each process has its own copy. Measured with the embedded model of 257 MiB: 3 MiB of private memory per process in
bfloat16, the dtype of the files, and 514 MiB in float32.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.train.memory.predict import ModelShape, bytes_per_number
from pipeline.train.memory.process import Division

_FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class HostMemory:
    """Host memory of one machine, without the tensors that a training step holds on its device."""

    loading_bytes: int
    """Memory while the machine's processes load the model."""
    layer_inputs_bytes: int
    """Pinned memory of all the machine's processes during a step; 0 unless layer inputs are moved to the host."""
    export_bytes: int
    """Memory while the first process merges and writes the model."""

    @property
    def peak_bytes(self) -> int:
        """The largest of the three, which never exist at the same time."""
        return max(self.loading_bytes, self.layer_inputs_bytes, self.export_bytes)


def predict_host_memory(
    shape: ModelShape,
    recipe: FinetuneRecipe,
    *,
    saved_dtype: str,
    device: str,
    division: Division,
    local_processes: int,
) -> HostMemory:
    """Return the host memory of one machine.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section.
        saved_dtype: dtype of the model's files.
        device: `cpu` or `cuda`.
        division: how processes divide the whole run.
        local_processes: number of the run's processes on this machine.
    """
    frozen = (shape.frozen + shape.quantized) * bytes_per_number(recipe)
    trained = shape.trained * _FLOAT32
    # For 4-bit weights, the files' weights are read and quantised one at a time, so no process holds a full copy.
    shared = recipe.dtype == saved_dtype or shape.quantized > 0
    pinned = pinned_layer_inputs(shape, recipe, device=device, slices=division.slices)
    return HostMemory(
        loading_bytes=local_processes * trained + (1 if shared else local_processes) * frozen,
        layer_inputs_bytes=local_processes * pinned,
        export_bytes=frozen + trained,
    )


def pinned_layer_inputs(shape: ModelShape, recipe: FinetuneRecipe, *, device: str, slices: int) -> int:
    """Return the bytes that one process pins for layer inputs; 0 if layer inputs stay on the device."""
    if recipe.memory.layer_inputs is LayerInputs.DEVICE or device == "cpu":
        return 0
    slice_tokens = -(-recipe.max_tokens // slices)
    return shape.num_layers * slice_tokens * shape.hidden * bytes_per_number(recipe)
