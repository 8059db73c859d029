"""The points where training can stop: before each pack of a step or validation, and before each passkey prompt.

Takes a stop request, which a signal sets in one or more processes. Raises `StoppedError` in all processes at the same
point; weights and optimizer state are then those after the last finished step. Used by the loop, its steps and its
measurements.

Processes that compute packs independently (replicas) stop independently and report this at the point in each step where
all processes meet anyway. Processes that exchange data during each pack, because weights are sharded or packs are
sliced, would wait forever for a process that has left. So they agree before each pack. Cost: one number is exchanged
per pack, which is little compared with the weights or attention heads exchanged for that pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import torch

from pipeline.train.distributed.parallel import ModelParallel
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.interrupt import StopRequest

Item = TypeVar("Item")


class StoppedError(Exception):
    """Raised in all processes at the same point; the loop catches it and saves."""


class StopPoints:
    """Checks the stop request and agrees with the other processes."""

    def __init__(self, stop: StopRequest, *, ranks: Ranks, parallel: ModelParallel, device: torch.device) -> None:
        """Prepare the checks.

        Args:
            stop: the stop request; a signal may set it at any time.
            ranks: all processes.
            parallel: knows the processes that exchange data with this one during each pack.
            device: the device that this process computes on.
        """
        self._stop = stop
        self._ranks = ranks
        self._parallel = parallel
        self._device = device
        self._left_early = False

    def until_requested(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items until a stop is requested. Every process must have the same number of items."""
        for item in items:
            if self._parallel.anywhere(self._stop.is_set, self._device):
                self._left_early = True
                return
            yield item

    def meet(self) -> None:
        """Check whether all processes finished their items. All processes call this at the end of the shared work.

        Raises:
            StoppedError: a process left early, so the shared work is incomplete.
        """
        if self._ranks.any(self._left_early):
            raise StoppedError

    def check(self) -> None:
        """Check the request after the last step and its measurements. All processes call this.

        Raises:
            StoppedError: a stop is requested.
        """
        self._left_early = self._left_early or self._stop.is_set
        self.meet()
