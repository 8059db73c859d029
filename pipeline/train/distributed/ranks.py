"""Defines `Ranks`, through which the loop uses all processes of a training run, and `OneRank`, for a single process.

A step's packs and token weights never depend on which process computes which pack. The ranks divide the packs of a
step, and *sum* gradients and losses instead of averaging them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import torch
from transformers import PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.distributed.parallel import WHOLE, ModelParallel

Item = TypeVar("Item")
Result = TypeVar("Result")


class Ranks(Protocol):
    """All processes of a training run. Every process must call each method except `share` at the same point.

    A replica is a process that computes whole packs, or a group of processes that compute slices of the same packs.
    """

    @property
    def is_first(self) -> bool:
        """Whether this process writes logs and names checkpoints."""

    @property
    def slice_number(self) -> int:
        """Number of the slice that this process computes of each pack, from 0; also 0 if it computes whole packs."""

    def once(self, action: Callable[[], Result]) -> Result:
        """Run an action in the first process and return its result in every process; an error ends all processes."""

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the model, or this process's share of it, on the device."""

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        """Return the packs that this process computes, as indices into `costs`; a pack's cost is Σ length² of its rows.

        All processes get the same number of entries, because processes that share a model must compute together. For
        None, the process makes a minimal pass (`forward.idle_pass`).
        """

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Replace every gradient by its sum over all processes."""

    def sum(self, values: Sequence[float]) -> list[float]:
        """Return each value's sum over all replicas."""

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """Return the items of all replicas; every process gets the same list."""

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""

    def wait(self) -> None:
        """Wait until all processes have called this."""


class OneRank:
    """The ranks of a training run in one process."""

    is_first = True
    slice_number = 0

    def once(self, action: Callable[[], Result]) -> Result:
        """Run the action and return its result."""
        return action()

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the whole model on the device."""
        model.to(device)
        return WHOLE

    def share(self, costs: Sequence[int]) -> Sequence[int]:
        """Return all packs."""
        return range(len(costs))

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Do nothing: the gradients are already complete."""

    def sum(self, values: Sequence[float]) -> list[float]:
        """Return the values unchanged."""
        return list(values)

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """Return the items unchanged."""
        return list(items)

    def any(self, flag: bool) -> bool:
        """Return the flag unchanged."""
        return flag

    def wait(self) -> None:
        """Return immediately, because no other process exists."""
