"""Where a training may stop: before each pack, of a step and of a measurement alike.

In: a request, set by a signal in one process or in all. Out: `StoppedError` in all processes at the same point, with
the weights and the optimizer as the last whole step left them. Used by the loop, its steps and its measurements.

Processes that compute packs apart (replicas) leave their shares each by itself and tell so where all meet anyway, once
a step. Those that compute every pack together (sharded weights, slices) would wait for ever for one that left: they
agree before each pack. Cost: one number a pack, beside the layers' weights or heads they exchange in each.
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
    """All processes left what they were doing, at the same point; caught by the loop, which saves."""


class StopPoints:
    """Looks at the request and agrees with the other processes."""

    def __init__(self, stop: StopRequest, *, ranks: Ranks, parallel: ModelParallel, device: torch.device) -> None:
        """Describe who computes with whom.

        Args:
            stop: set by a signal at any time.
            ranks: all processes.
            parallel: which of them compute each pack together with this one.
            device: where this process computes.
        """
        self._stop = stop
        self._ranks = ranks
        self._parallel = parallel
        self._device = device
        self._has_left = False

    def until_asked(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, one pass over a pack each, as many in every process; fewer where a stop is asked for."""
        for item in items:
            if self._parallel.anywhere(self._stop.is_set, self._device):
                self._has_left = True
                return
            yield item

    def meet(self) -> None:
        """Called by all processes at the end of what they share.

        Raises:
            StoppedError: one of them left early, so what they share is not whole.
        """
        if self._ranks.any(self._has_left):
            raise StoppedError

    def look(self) -> None:
        """Called by all processes where nothing is under way.

        Raises:
            StoppedError: a stop is asked for.
        """
        self._has_left = self._has_left or self._stop.is_set
        self.meet()
