"""The recipe section `finetune.distributed`: how the processes that torchrun starts share a training."""

from __future__ import annotations

from enum import StrEnum

from pydantic import PositiveInt

from pipeline.config.base import RecipeSection


class Strategy(StrEnum):
    """How much of the model each process holds."""

    AUTO = "auto"
    """`ddp` if the whole training is predicted to fit into each process's memory (`finetune --plan`), otherwise
    `fsdp2`."""
    DDP = "ddp"
    """The whole model. The gradients of the trained weights are summed once per step."""
    FSDP2 = "fsdp2"
    """A share of every weight, gradient and optimizer state. Each layer is gathered while it is computed."""


class DistributedRecipe(RecipeSection):
    """How several processes share the work. With one process, the section is ignored. The section never affects which
    steps are trained: losses and weights equal those of a single process up to rounding, and a checkpoint can be
    resumed with a different number of processes."""

    strategy: Strategy = Strategy.AUTO
    sequence_parallel: PositiveInt = 1
    """The number of processes that share each pack (DeepSpeed-Ulysses, arXiv 2309.14509). Each holds an equal slice of
    the pack's tokens and, in attention, a share of the heads. The number must divide the number of processes and be at
    most the number of query heads; a model that takes the documents of a pack one by one needs 1. The number of packs
    trained at the same time is all processes ÷ this number."""
