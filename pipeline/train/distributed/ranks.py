"""The processes that share a training, as the loop sees them, and the implementation for a single process.

The packs of a step and the weights of their tokens never depend on which process computes them. Ranks divide a step's
packs and *sum* gradients and losses.
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
    """All processes of a training. All of them call every method except `share` at the same point."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes logs and names checkpoints."""

    @property
    def slice_number(self) -> int:
        """Number of the slice that this process computes of each pack, from 0; 0 if it computes whole packs."""

    def once(self, action: Callable[[], Result]) -> Result:
        """Run an action in the first process and return its result in all; its error ends all processes."""

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the model, or this process's share of it, on the device."""

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        """Return the packs this process computes, as indices into `costs`; a pack's cost is Σ length² over its rows.

        All processes get the same number of entries, because processes that share a model must compute together. None
        means a minimal pass (`forward.idle_pass`).
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
    """The ranks of a training in one process."""

    is_first = True
    slice_number = 0

    def once(self, action: Callable[[], Result]) -> Result:
        """Return the result of the action."""
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
        """Return the values."""
        return list(values)

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """Return the items."""
        return list(items)

    def any(self, flag: bool) -> bool:
        """Return the flag."""
        return flag

    def wait(self) -> None:
        """Return at once: there is no other process."""
