"""The groups of a training."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import torch
from processes import Ended, run_processes
from torch.distributed import distributed_c10d

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.distributed.process_ranks import join_ranks

pytestmark = pytest.mark.workers


def _waits(settings: dict[str, Any]) -> Ended:
    """How long the groups this process is in wait, by their sizes."""
    with join_ranks(FinetuneRecipe.model_validate(settings)):
        groups = [group for group in distributed_c10d._world.pg_map if group.size() > 0]
        cpu = torch.device("cpu")
        return Ended("done", value=[(group.size(), group._get_backend(cpu).options._timeout) for group in groups])


def test_slices_of_a_pack_wait_as_long_for_each_other_as_all_processes() -> None:
    ended = run_processes(4, _waits, {"device": "cpu", "distributed": {"sequence_parallel": 2}})
    hours = timedelta(hours=4)
    assert [sorted(process.value) for process in ended] == [[(2, hours), (4, hours)]] * 4
