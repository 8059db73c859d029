"""Describes to the forward pass how processes divide a student's weights and packs.

`Ranks.place` returns a `ModelParallel`, which becomes a field of the student (the model in training). Used by
`train.model.forward`, the training loop and the export.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule

from pipeline.train.distributed.ulysses import SequenceGroup

Computation = Callable[[], tuple[Tensor, ...]]


class PackPass(nn.Module):
    """The forward pass over a pack, including the loss, as one module.

    FSDP gathers the weights outside the layers (embeddings, last norm, head) for the forward pass of the root module.
    The loss reads the head's weight after the model's forward pass, so the root module must enclose both.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, compute: Computation) -> tuple[Tensor, ...]:
        """Return the result of `compute`, called with gathered weights."""
        return compute()


@dataclass(frozen=True, slots=True)
class ModelParallel:
    """One process's part of a model in training."""

    root: PackPass | None
    """Root module around the sharded model; None if every process holds all weights."""
    sequence: SequenceGroup | None
    """The processes that share packs with this one; None if this process computes whole packs."""

    @property
    def shards(self) -> int:
        """Number of processes that divide the weights; 1 if each process holds all weights."""
        return 1 if self.root is None else dist.get_world_size()

    @property
    def slices(self) -> int:
        """Number of processes that divide a pack."""
        return 1 if self.sequence is None else self.sequence.degree

    def anywhere(self, flag: bool, device: torch.device) -> bool:
        """Return whether the flag is set in any process that computes together with this one."""
        if self.root is None and self.sequence is None:
            return flag
        flags = torch.tensor([int(flag)], device=device)
        # Sharded weights involve all processes; slices of a pack involve only the sequence group.
        group = None if self.root is not None or self.sequence is None else self.sequence.group
        dist.all_reduce(flags, op=dist.ReduceOp.MAX, group=group)
        return bool(flags.item())

    def run(self, compute: Computation) -> tuple[Tensor, ...]:
        """Run a computation that reads the model's weights.

        If the weights are sharded, all processes must call this at the same point.
        """
        if self.root is None:
            return compute()
        results: tuple[Tensor, ...] = self.root(compute)
        if not torch.is_grad_enabled() and isinstance(self.root, FSDPModule):
            # A backward pass shards the root's weights again; without a backward pass they would stay gathered.
            self.root.reshard()
        return results


WHOLE = ModelParallel(root=None, sequence=None)
"""The value for a process that holds all weights and computes whole packs, alone or beside other such processes."""
