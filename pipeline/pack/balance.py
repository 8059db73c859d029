"""Decides the order in which packs are trained: the steps of an epoch, and the packs of each rank within a step.

Takes the cost of every pack (Σ length², `Packs.costs`); returns pack numbers by step and rank. Used by the trainer.
Deterministic. Cost: O(P log P) for P packs, and for each step, packs × ranks.

The packs of a step never depend on the number of ranks, because ranks only divide a step among themselves. So the
gradient of a step, normalised over the step, is the same for any number of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pipeline.config.finetune import StepOrder


def epoch_steps(costs: Sequence[int], *, packs_per_step: int, step_order: StepOrder, random: Random) -> list[list[int]]:
    """Return the pack numbers of each step of an epoch; every pack is in exactly one step.

    Args:
        costs: the cost of each pack.
        packs_per_step: number of packs in a step, over all ranks; the last step may have fewer.
        step_order: whether the packs of a step are drawn at random or have similar costs.
        random: the epoch's random generator.
    """
    order = list(range(len(costs)))
    random.shuffle(order)
    if step_order is StepOrder.SHUFFLED:
        return [order[at : at + packs_per_step] for at in range(0, len(order), packs_per_step)]
    # An incomplete last step is a random sample of all packs; otherwise it would always hold the costliest packs.
    num_full = len(order) - len(order) % packs_per_step
    last = [order[num_full:]] if num_full < len(order) else []
    by_cost = sorted(order[:num_full], key=lambda pack: costs[pack])
    full = [by_cost[at : at + packs_per_step] for at in range(0, num_full, packs_per_step)]
    random.shuffle(full)
    return full + last


def balanced_ranks(packs: Sequence[int], *, costs: Sequence[int], num_ranks: int) -> tuple[tuple[int, ...], ...]:
    """Divide the packs of a step among ranks, with similar costs and at most one pack more on one rank than on another.

    Starts with the costliest pack, and gives each pack to the rank with the lowest cost so far among those that may
    still get one (LPT, Graham 1969). The number of packs is limited because ranks that reduce gradients together need
    about the same number of passes. The packs of a rank keep the order of `packs`, so a single rank gets them
    unchanged.

    Args:
        packs: the numbers of the packs of one step, in training order.
        costs: the cost of every pack of the run, by pack number.
        num_ranks: the number of ranks, at least 1. If there are fewer packs than ranks, some ranks get none.
    """
    most, num_with_most = divmod(len(packs), num_ranks)
    loads, sizes = [0] * num_ranks, [0] * num_ranks
    rank_of: dict[int, int] = {}
    for at in sorted(range(len(packs)), key=lambda at: (-costs[packs[at]], at)):
        # Only `num_with_most` ranks may hold one pack more than the others.
        limit = most + int(sum(size > most for size in sizes) < num_with_most)
        rank = min((r for r in range(num_ranks) if sizes[r] < limit), key=lambda r: (loads[r], r))
        loads[rank] += costs[packs[at]]
        sizes[rank] += 1
        rank_of[at] = rank
    return tuple(tuple(pack for at, pack in enumerate(packs) if rank_of[at] == rank) for rank in range(num_ranks))
