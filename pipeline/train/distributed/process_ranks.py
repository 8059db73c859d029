"""`Ranks` over the processes of torchrun: gloo between CPUs, NCCL between GPUs.

Takes torchrun's environment. Decides which process computes which packs, combines their results, and places a model's
weights. With one process, started by torchrun or not, the ranks are `OneRank`. Collective calls wait up to `_PATIENCE`
because the other processes wait while the first one exports. If a process dies, torchrun notices and ends the others.

Processes r · P … r · P + P − 1 compute the slices of replica r, where P is the degree of sequence parallelism. They are
neighbours because they exchange the most data and torchrun numbers a machine's GPUs consecutively.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from transformers import PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from pipeline.config.distributed import Strategy
from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError, PipelineError
from pipeline.pack.balance import balanced_ranks
from pipeline.train.attention.placement import Isolation, isolation_of
from pipeline.train.distributed.gradients import sum_gradients
from pipeline.train.distributed.parallel import ModelParallel
from pipeline.train.distributed.ranks import OneRank, Ranks
from pipeline.train.distributed.sharding import shard
from pipeline.train.distributed.ulysses import SequenceGroup
from pipeline.train.machine.device import resolve_device
from pipeline.train.machine.memory import process_bytes, this_machine
from pipeline.train.machine.torchrun import LaunchedProcess, launched_process
from pipeline.train.memory.division import auto_strategy, check_slices, check_slicing
from pipeline.train.memory.shapes import model_shape

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE = timedelta(hours=4)


@contextmanager
def join_ranks(recipe: FinetuneRecipe) -> Iterator[Ranks]:
    """Join the process group for the block; leave it only if the block ends without an error.

    Raises:
        InputError: `sequence_parallel` does not divide the number of processes, or this machine runs more processes
            than it has GPUs.
    """
    process = launched_process(os.environ)
    degree = recipe.distributed.sequence_parallel
    check_slices(degree, process.world_size)
    if process.world_size == 1:
        yield OneRank()
        return
    device = torch.device(resolve_device(recipe.device, setting="finetune.device"))
    if device.type == "cuda":
        if process.local_world_size > torch.cuda.device_count():
            raise InputError(
                f"{process.local_world_size} processes on a machine with {torch.cuda.device_count()} GPUs.",
                remedy="Start one process per GPU: torchrun --nproc-per-node gpu",
            )
        torch.cuda.set_device(process.local_rank)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    if not process.is_first:
        disable_progress_bar()
    dist.init_process_group(backend, timeout=_PATIENCE)
    yield ProcessRanks(process, degree=degree, patience=_PATIENCE)
    # After an error the other processes can be at any point; waiting for them here would hide the error.
    dist.destroy_process_group()


class ProcessRanks:
    """All processes of a training, as seen by this one."""

    def __init__(self, process: LaunchedProcess, *, degree: int, patience: timedelta) -> None:
        """Form the groups; all processes call this.

        Args:
            process: this process.
            degree: degree of sequence parallelism; divides the number of processes.
            patience: how long a collective call within a replica waits; new groups do not inherit this limit from the
                default process group.
        """
        assert process.world_size % degree == 0, "join_ranks checks the recipe"
        self._process = process
        self._degree = degree
        self._replica, self.slice_number = divmod(process.rank, degree)
        self._num_replicas = process.world_size // degree
        self._sequence = None
        if degree > 1:
            own, _ = dist.new_subgroups(degree, timeout=patience)  # type: ignore[no-untyped-call]
            self._sequence = SequenceGroup(own, number=self.slice_number, degree=degree)

    @property
    def is_first(self) -> bool:
        """Whether this process writes logs and checkpoints."""
        return self._process.is_first

    def once(self, action: Callable[[], Result]) -> Result:
        """Run an action in the first process and return its result in all.

        Raises:
            PipelineError: the action's error, in the first process.
            SystemExit: in the other processes, with that error's exit code; the first process reports the error.
        """
        told: list[Any] = [None, None]  # Any: results of every kind
        if self.is_first:
            try:
                told[0] = action()
            except PipelineError as error:
                self._broadcast([None, error.exit_code])
                raise
        result, exit_code = self._broadcast(told)
        if exit_code is not None:
            raise SystemExit(exit_code)
        found: Result = result
        return found

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        """Return this replica's packs, padded with None so that every process gets the same number of entries."""
        parts = balanced_ranks(range(len(costs)), costs=costs, num_ranks=self._num_replicas)
        own = parts[self._replica]
        return (*own, *[None] * (max(len(part) for part in parts) - len(own)))

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the model, or this process's share of it, on the device.

        Raises:
            InputError: the model cannot be sharded, or its packs cannot be sliced, as the recipe asks.
        """
        self._check_slices(model)
        if self._strategy(model, recipe.model_copy(update={"device": device.type}), device) is Strategy.DDP:
            model.to(device)
            return ModelParallel(None, self._sequence)
        root = shard(model, recipe, init_device_mesh(device.type, (self._process.world_size,)))
        return ModelParallel(root, self._sequence)

    def sum_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace every gradient by its sum over all processes."""
        sum_gradients(parameters)

    def sum(self, values: Sequence[float]) -> list[float]:
        """Return each value's sum over all replicas."""
        return [sum(column) for column in zip(*self._of_replicas(list(values)), strict=True)]

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """Return the items of all replicas; every process gets the same list."""
        return [item for part in self._of_replicas(list(items)) for item in part]

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""
        return any(self._of_all(flag))

    def wait(self) -> None:
        """Wait until all processes have called this."""
        self._of_all(None)

    def _of_replicas(self, own: Item) -> list[Item]:
        # All slices of a pack hold the same values, so one process per replica is enough.
        return self._of_all(own)[:: self._degree]

    def _of_all(self, own: Item) -> list[Item]:
        everywhere: list[Any] = [None] * self._process.world_size
        dist.all_gather_object(everywhere, own)
        return everywhere

    @staticmethod
    def _broadcast(told: list[Any]) -> list[Any]:
        dist.broadcast_object_list(told, src=0)
        return told

    def _check_slices(self, model: PreTrainedModel) -> None:
        if self._sequence is None:
            return
        check_slicing(
            self._degree,
            model_type=model.config.model_type,
            one_by_one=isolation_of(model) is Isolation.ONE_BY_ONE,
            num_heads=getattr(model.config.get_text_config(), "num_attention_heads", 1),
        )

    def _strategy(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> Strategy:
        if recipe.distributed.strategy is not Strategy.AUTO:
            return recipe.distributed.strategy
        available = process_bytes(this_machine(device.type), local_processes=self._process.local_world_size)
        shape = model_shape(model.config, recipe)
        # The process with the least memory decides for all.
        sharded = auto_strategy(shape, recipe, process_bytes=available) is Strategy.FSDP2
        return Strategy.FSDP2 if self.any(sharded) else Strategy.DDP
