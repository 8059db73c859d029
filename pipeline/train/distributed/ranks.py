"""The processes that share a training, as the loop sees them, and the one process that shares it with nobody.

Which packs make a step, and what each of their tokens weighs, never depends on who computes them; ranks divide a
step's packs and *sum* gradients and losses.
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
    """All processes of a training. Every method but `share` is called by all of them at the same point."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes logs and names checkpoints."""

    @property
    def slice_number(self) -> int:
        """Which slice of its packs this process computes, where several share each pack; 0 is the first, or all."""

    def once(self, action: Callable[[], Result]) -> Result:
        """What an action gives in the first process, everywhere; its error ends all."""

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the model, or this process's share of it, on the device."""

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        """Which packs this process computes, as indices into `costs`, Σ length² of each.

        All processes get the same number of entries; None is a pass over next to nothing (`forward.idle_pass`), since
        processes that hold a model together compute together.
        """

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Put the sum over all processes in the place of every gradient."""

    def sum(self, values: Sequence[float]) -> list[float]:
        """Each value's sum over all processes."""

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """The items of all processes, the same list everywhere."""

    def any(self, flag: bool) -> bool:
        """Whether the flag is set anywhere."""

    def wait(self) -> None:
        """Return when all processes are here."""


class OneRank:
    """A training in one process."""

    is_first = True
    slice_number = 0

    def once(self, action: Callable[[], Result]) -> Result:
        """What the action gives."""
        return action()

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """The whole model."""
        model.to(device)
        return WHOLE

    def share(self, costs: Sequence[int]) -> Sequence[int]:
        """All packs."""
        return range(len(costs))

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """They are complete."""

    def sum(self, values: Sequence[float]) -> list[float]:
        """The values."""
        return list(values)

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """The items."""
        return list(items)

    def any(self, flag: bool) -> bool:
        """The flag."""
        return flag

    def wait(self) -> None:
        """Nobody to wait for."""
