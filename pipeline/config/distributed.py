"""Recipe section `finetune.distributed`: how the processes that torchrun starts share a training."""

from __future__ import annotations

from enum import StrEnum

from pydantic import PositiveInt

from pipeline.config.base import RecipeSection


class Strategy(StrEnum):
    """How much of the model each process holds."""

    AUTO = "auto"
    """`ddp` if a whole training is predicted to fit each process's memory (`finetune --plan`), else `fsdp2`."""
    DDP = "ddp"
    """All of it; gradients of the trained weights are summed once per step."""
    FSDP2 = "fsdp2"
    """A share of every weight, gradient and optimizer state; each layer is gathered while it computes."""


class DistributedRecipe(RecipeSection):
    """Ignored if there is only one process. It never affects which steps are trained: losses and weights equal those of
    one process up to rounding, and a checkpoint resumes with any other number of processes."""

    strategy: Strategy = Strategy.AUTO
    sequence_parallel: PositiveInt = 1
    """Processes that share each pack (DeepSpeed-Ulysses, arXiv 2309.14509): each holds an equal slice of its tokens,
    and a share of the heads in attention. Must divide the number of processes; at most the model's query heads. All
    processes ÷ this number work on different packs at the same time."""
