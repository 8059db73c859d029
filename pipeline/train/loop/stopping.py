"""The points where a training may stop: before each pack of a step or of a measurement.

Takes a request that a signal sets in one process or in all. Raises `StoppedError` in all processes at the same point,
with weights and optimizer as after the last finished step. Used by the loop, its steps and its measurements.

Processes that compute packs separately (replicas) stop independently and report it at the point in each step where all
processes meet anyway. Processes that compute every pack together (sharded weights, slices) would wait forever for one
that left, so they agree before each pack. Cost: one number per pack, little compared with the weights or heads that
they exchange for it.
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
    """All processes stopped at the same point; the loop catches this and saves."""


class StopPoints:
    """Checks the request and agrees with the other processes."""

    def __init__(self, stop: StopRequest, *, ranks: Ranks, parallel: ModelParallel, device: torch.device) -> None:
        """Describe which processes compute together.

        Args:
            stop: stop request; a signal may set it at any time.
            ranks: all processes.
            parallel: which of them compute each pack together with this one.
            device: device that this process computes on.
        """
        self._stop = stop
        self._ranks = ranks
        self._parallel = parallel
        self._device = device
        self._has_left = False

    def until_asked(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items until a stop is requested; each is one pass over a pack, and every process has as many."""
        for item in items:
            if self._parallel.anywhere(self._stop.is_set, self._device):
                self._has_left = True
                return
            yield item

    def meet(self) -> None:
        """Check whether all processes finished their items; all of them call this at the end of the shared work.

        Raises:
            StoppedError: a process left early, so the shared work is incomplete.
        """
        if self._ranks.any(self._has_left):
            raise StoppedError

    def look(self) -> None:
        """Check the request outside of steps and measurements; all processes call this.

        Raises:
            StoppedError: a stop is requested.
        """
        self._has_left = self._has_left or self._stop.is_set
        self.meet()
