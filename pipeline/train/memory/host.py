"""Host memory of a machine on which a training runs, at the moments that may need most of it. Pure; no torch.

In: a model's shape, a recipe, how processes divide it. Out: what the host holds at each moment. Used by
`finetune --plan`. Microseconds.

Weights that are loaded in the dtype they were saved in are mapped from their files, so that processes share them; in
another dtype each process has its own. Measured with the embedded model of 257 MiB: 3 MiB a process of its own in
bfloat16, as saved, and 514 MiB in float32.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.train.memory.predict import ModelShape
from pipeline.train.memory.process import Division

_FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What one machine's host holds, beside what tensors hold on a GPU."""

    loading_bytes: int
    """While its processes load the model."""
    layer_inputs_bytes: int
    """During a step, of all its processes: pinned, 0 unless layer inputs wait there."""
    export_bytes: int
    """While the first process merges and writes the model."""

    @property
    def peak_bytes(self) -> int:
        """The most of them; they are never there together."""
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
    """Host memory of one machine.

    Args:
        shape: of the whole model.
        recipe: the `finetune` section.
        saved_dtype: of the model's files.
        device: `cpu` or `cuda`.
        division: of the whole run.
        local_processes: of them, on this machine.
    """
    width = 2 if recipe.dtype == "bfloat16" else _FLOAT32
    frozen = (shape.frozen + shape.quantized) * width
    trained = shape.trained * _FLOAT32
    # 4-bit weights are quantised one by one as they are read.
    shared = recipe.dtype == saved_dtype or shape.quantized > 0
    pinned = pinned_layer_inputs(shape, recipe, device=device, slices=division.slices)
    return HostMemory(
        loading_bytes=local_processes * trained + (1 if shared else local_processes) * frozen,
        layer_inputs_bytes=local_processes * pinned,
        export_bytes=frozen + trained,
    )


def pinned_layer_inputs(shape: ModelShape, recipe: FinetuneRecipe, *, device: str, slices: int) -> int:
    """Bytes that one process pins for layer inputs; 0 where they stay on the device."""
    if recipe.memory.layer_inputs is LayerInputs.DEVICE or device == "cpu":
        return 0
    width = 2 if recipe.dtype == "bfloat16" else _FLOAT32
    own_bytes = -(-recipe.max_tokens // slices) * shape.hidden * width
    return shape.num_layers * own_bytes
