"""Recipe section `finetune.distributed`: how the processes that torchrun starts share a training."""

from __future__ import annotations

from enum import StrEnum

from pydantic import PositiveInt

from pipeline.config.base import RecipeSection


class Strategy(StrEnum):
    """What each process holds of the model."""

    AUTO = "auto"
    """`ddp` where a whole training is predicted to fit each process's memory (`finetune --plan`), else `fsdp2`."""
    DDP = "ddp"
    """All of it; gradients of what trains are summed once a step."""
    FSDP2 = "fsdp2"
    """A share of every weight, gradient and optimizer state; a layer is gathered while it computes."""


class DistributedRecipe(RecipeSection):
    """Ignored where there is one process. Which steps are trained never depends on it: losses and weights are those of
    one process up to rounding, and a checkpoint of any number of processes resumes on any other."""

    strategy: Strategy = Strategy.AUTO
    sequence_parallel: PositiveInt = 1
    """Processes that share each pack (DeepSpeed-Ulysses, arXiv 2309.14509): every one holds an equal slice of its
    tokens, and in attention a share of the heads. Divides the number of processes; at most the model's query heads.
    All processes ÷ this compute different packs at a time."""
