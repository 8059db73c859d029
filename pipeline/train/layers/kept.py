"""Says which activations a training step keeps until its backward pass, and which it recomputes there.

Takes the `memory` section of a recipe. Returns `KeptActivations`, which `layers.checkpointing` applies to a model and
`memory.predict` counts. `memory.activations` chooses them for `auto`. Does not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config.memory import MemoryRecipe


@dataclass(frozen=True, slots=True)
class KeptActivations:
    """How many layers keep their activations. Layers are counted from the last one.

    The backward pass starts with the last layer. So it has freed all kept activations when it recomputes a layer.
    """

    num_layers: int
    """Number of layers that are not recomputed, apart from an MLP that is computed in tiles."""
    num_mlps: int
    """Number of layers whose MLP in tiles is not recomputed either; at most `num_layers`."""


NOTHING_KEPT = KeptActivations(num_layers=0, num_mlps=0)
"""Every layer keeps only its input, and is recomputed."""


def fixed_activations(recipe: MemoryRecipe, *, num_layers: int) -> KeptActivations:
    """Return what a recipe keeps without looking at the memory; with `auto`, nothing.

    Args:
        recipe: the `memory` section.
        num_layers: number of layers of the model.
    """
    if recipe.gradient_checkpointing is False:
        return KeptActivations(num_layers=num_layers, num_mlps=0)
    return NOTHING_KEPT
