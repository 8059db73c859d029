"""`Ranks` over the processes that torchrun starts: gloo between CPUs, NCCL between GPUs.

`join_ranks` reads torchrun's environment and yields the ranks, which decide which process computes which packs, combine
the results and place a model's weights. A single process, started by torchrun or not, gets `OneRank`. Collective calls
wait for up to `_PATIENCE`, because all other processes wait while the first process exports the model. If a process
dies, torchrun notices and ends the others.

With degree P of sequence parallelism, the processes r · P to r · P + P − 1 form replica r: they compute the slices of
the same packs. Their numbers are consecutive because they exchange the most data, and torchrun numbers the GPUs of a
machine consecutively.
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
    """Join the process group for the duration of the block; leave it only if the block ends without an error.

    Raises:
        InputError: `sequence_parallel` does not divide the number of processes. With several processes, also if the
            recipe asks for CUDA, which torch does not see, or if this machine trains on GPUs and runs more processes
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
                f"The machine runs {process.local_world_size} processes, but its number of GPUs is "
                f"{torch.cuda.device_count()}.",
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
    """All processes of a training run, as seen by this one."""

    def __init__(self, process: LaunchedProcess, *, degree: int, patience: timedelta) -> None:
        """Form the process groups; all processes must call this.

        Args:
            process: this process.
            degree: degree of sequence parallelism, a divisor of the number of processes.
            patience: how long a collective call within a replica waits; new groups do not inherit this limit from the
                default process group.
        """
        assert process.world_size % degree == 0, f"{process.world_size} processes do not form groups of {degree}"
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
        """Whether this process writes logs and names checkpoints."""
        return self._process.is_first

    def once(self, action: Callable[[], Result]) -> Result:
        """Run an action in the first process and return its result in every process.

        Raises:
            PipelineError: the action's error, in the first process.
            SystemExit: in the other processes, with the exit code of the first process's PipelineError. After any
                other error in the first process, the others wait until torchrun ends them.
        """
        result_and_exit_code: list[Any] = [None, None]  # Any: results of every kind
        if self.is_first:
            try:
                result_and_exit_code[0] = action()
            except PipelineError as error:
                self._broadcast([None, error.exit_code])
                raise
        received, exit_code = self._broadcast(result_and_exit_code)
        if exit_code is not None:
            raise SystemExit(exit_code)
        result: Result = received
        return result

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        """Return this replica's packs as indices, padded with None so that all processes get equally many entries."""
        parts = balanced_ranks(range(len(costs)), costs=costs, num_ranks=self._num_replicas)
        own = parts[self._replica]
        return (*own, *[None] * (max(len(part) for part in parts) - len(own)))

    def place(self, model: PreTrainedModel, recipe: FinetuneRecipe, device: torch.device) -> ModelParallel:
        """Put the model, or this process's share of it, on the device.

        Raises:
            InputError: the recipe asks for sharded weights, which the model or the recipe's tuning or optimizer does
                not support, or for sliced packs, which the model does not support.
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
        return [sum(column) for column in zip(*self._gather_replicas(list(values)), strict=True)]

    def gather(self, items: Sequence[Item]) -> list[Item]:
        """Return the items of all replicas; every process gets the same list."""
        return [item for part in self._gather_replicas(list(items)) for item in part]

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""
        return any(self._gather_all(flag))

    def wait(self) -> None:
        """Wait until all processes have called this."""
        self._gather_all(None)

    def _gather_replicas(self, value: Item) -> list[Item]:
        # All processes of a replica hold the same value, so the first one of each replica is enough.
        return self._gather_all(value)[:: self._degree]

    def _gather_all(self, value: Item) -> list[Item]:
        gathered: list[Any] = [None] * self._process.world_size
        dist.all_gather_object(gathered, value)
        return gathered

    @staticmethod
    def _broadcast(values: list[Any]) -> list[Any]:
        dist.broadcast_object_list(values, src=0)
        return values

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
