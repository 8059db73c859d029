"""Reads from the environment which of torchrun's processes this one is. Does not import torch.

Used by the command line, where only the first process shows progress, and wherever processes divide a training run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaunchedProcess:
    """One of `world_size` processes."""

    rank: int
    """Number of the process among those of all machines, from 0."""
    local_rank: int
    """Number of the process among those of this machine, from 0; also the index of the GPU that it uses."""
    local_world_size: int
    world_size: int

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reports for all of them."""
        return self.rank == 0


def launched_process(environment: Mapping[str, str]) -> LaunchedProcess:
    """Return this process as torchrun describes it; without torchrun, return a single process of rank 0.

    Args:
        environment: `os.environ`.
    """
    if "TORCHELASTIC_RUN_ID" not in environment:
        return LaunchedProcess(rank=0, local_rank=0, local_world_size=1, world_size=1)
    return LaunchedProcess(
        rank=int(environment["RANK"]),
        local_rank=int(environment["LOCAL_RANK"]),
        local_world_size=int(environment["LOCAL_WORLD_SIZE"]),
        world_size=int(environment["WORLD_SIZE"]),
    )
