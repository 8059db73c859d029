"""How a student's weights and packs lie across processes, as the forward pass sees it.

In: a model placed by `Ranks.place`. Out: `ModelParallel`, a field of the student. Used by `train.model.forward`.
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
    """The forward pass of a pack, loss included, as one module.

    FSDP gathers what belongs to no layer (embeddings, last norm, head) around the forward of its root module. The loss
    reads the head's weight after the model's forward is over, so the root has to be around both.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, compute: Computation) -> tuple[Tensor, ...]:
        """What `compute` gives, with the weights gathered."""
        return compute()


@dataclass(frozen=True, slots=True)
class ModelParallel:
    """One process's part of a model in training."""

    root: PackPass | None
    """Around the sharded model; None where every process holds all weights."""
    sequence: SequenceGroup | None
    """Whom this process shares its packs with; None where it computes whole ones."""

    @property
    def shards(self) -> int:
        """Processes that divide the weights; 1 where each has all of them."""
        return 1 if self.root is None else dist.get_world_size()

    @property
    def slices(self) -> int:
        """Processes that divide a pack."""
        return 1 if self.sequence is None else self.sequence.degree

    def anywhere(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set in any of the processes that compute each pack together with this one."""
        if self.root is None and self.sequence is None:
            return flag
        flags = torch.tensor([int(flag)], device=device)
        # Sharded weights are gathered from all processes, slices of a pack from those of the sequence group.
        group = None if self.root is not None or self.sequence is None else self.sequence.group
        dist.all_reduce(flags, op=dist.ReduceOp.MAX, group=group)
        return bool(flags.item())

    def run(self, compute: Computation) -> tuple[Tensor, ...]:
        """Compute something with the model's weights; where they are sharded, all processes at the same point."""
        if self.root is None:
            return compute()
        results: tuple[Tensor, ...] = self.root(compute)
        if not torch.is_grad_enabled() and isinstance(self.root, FSDPModule):
            # A backward pass would shard the root's weights again; without one they would stay as they are now.
            self.root.reshard()
        return results


WHOLE = ModelParallel(root=None, sequence=None)
"""One process, or replicas that share nothing but gradients."""
