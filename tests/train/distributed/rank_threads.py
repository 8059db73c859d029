"""Ranks of one training as threads of this process: torch's own collectives for threads, no process is started."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch.testing._internal.distributed import multi_threaded_pg

from pipeline.train.distributed.process_ranks import ProcessRanks
from pipeline.train.machine.torchrun import LaunchedProcess

Result = TypeVar("Result")


def on_ranks(count: int, action: Callable[[ProcessRanks, int], Result], *, degree: int = 1) -> list[Result]:
    """What an action returns on each of `count` ranks, in their order.

    Args:
        count: of ranks, on one machine.
        action: gets the ranks and its own number; called by all at the same time.
        degree: of sequence parallelism.
    """
    multi_threaded_pg._install_threaded_pg()
    torch._C._distributed_c10d._set_thread_isolation_mode(True)
    store = dist.HashStore()

    def run(rank: int) -> Result:
        dist.init_process_group("threaded", rank=rank, world_size=count, store=store)
        try:
            process = LaunchedProcess(rank=rank, local_rank=rank, world_size=count, local_world_size=count)
            return action(ProcessRanks(process, degree=degree, patience=timedelta(seconds=60)), rank)
        except BaseException as error:
            multi_threaded_pg.ProcessLocalGroup.exception_handle(error)  # wakes the others
            raise
        finally:
            dist.destroy_process_group()

    try:
        with ThreadPoolExecutor(count) as pool:
            ranks = [pool.submit(run, rank) for rank in range(count)]
        # What the others raise where one fails says nothing.
        errors = [error for error in (rank.exception() for rank in ranks) if error is not None]
        for error in sorted(errors, key=lambda error: isinstance(error, SystemExit)):
            raise error
        return [rank.result() for rank in ranks]
    finally:
        multi_threaded_pg._uninstall_threaded_pg()
        torch._C._distributed_c10d._set_thread_isolation_mode(False)
