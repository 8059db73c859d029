"""Where ranks stop that compute each pack together, and where those do that compute packs apart."""

from __future__ import annotations

import pytest
import torch
from rank_threads import on_ranks
from torch import nn

from pipeline.train.distributed.parallel import WHOLE, ModelParallel, PackPass
from pipeline.train.distributed.process_ranks import ProcessRanks
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.stopping import StoppedError, StopPoints


@pytest.mark.parametrize("asked", [0, 1])
def test_sharded_processes_leave_before_the_same_pack_whichever_is_asked_and_replicas_each_by_itself(
    asked: int,
) -> None:
    """A process that leaves alone would let the others wait for its weights for ever."""

    def packs_seen(ranks: ProcessRanks, rank: int) -> list[tuple[list[int], bool]]:
        found = []
        for parallel in (ModelParallel(root=PackPass(nn.Identity()), sequence=None), WHOLE):
            stop, seen = StopRequest(), []
            stops = StopPoints(stop, ranks=ranks, parallel=parallel, device=torch.device("cpu"))
            for item in stops.until_requested(range(5)):
                seen.append(item)
                if (rank, item) == (asked, 1):
                    stop.set()
            with pytest.raises(StoppedError):
                stops.meet()
            found.append((seen, stop.is_set))
        return found

    sharded, replicas = zip(*on_ranks(2, packs_seen), strict=True)
    assert sharded == tuple(([0, 1], rank == asked) for rank in range(2))
    assert replicas == tuple(([0, 1] if rank == asked else [0, 1, 2, 3, 4], rank == asked) for rank in range(2))
