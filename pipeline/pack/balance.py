"""Decide the order in which packs are trained: the steps, and the packs of each rank within a step.

Takes Σ length² of every pack (`Packs.costs`); returns pack numbers by step and rank. Used by the trainer. Pure and
deterministic; O(P log P).

The packs of a step never depend on the number of ranks: a step is a slice of the epoch's order. Ranks only divide the
step among themselves, so the gradient of a step, normalised over the step, is the same for any number of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pipeline.config.finetune import StepOrder


def epoch_steps(costs: Sequence[int], *, packs_per_step: int, step_order: StepOrder, random: Random) -> list[list[int]]:
    """Return the steps of one epoch, first to last, each as the numbers of its packs; every pack is in one step.

    Args:
        costs: the cost of each pack.
        packs_per_step: packs of all ranks together whose gradients make one step; the last step may have fewer.
        step_order: whether a step takes any packs or packs of about the same cost.
        random: the epoch's generator; shuffles packs or steps.
    """
    order = list(range(len(costs)))
    random.shuffle(order)
    if step_order is StepOrder.SHUFFLED:
        return [order[at : at + packs_per_step] for at in range(0, len(order), packs_per_step)]
    # The smaller last step is a random sample of all packs, so that the last step does not always have the same cost.
    num_full = len(order) - len(order) % packs_per_step
    last = [order[num_full:]] if num_full < len(order) else []
    by_cost = sorted(order[:num_full], key=lambda pack: costs[pack])
    full = [by_cost[at : at + packs_per_step] for at in range(0, num_full, packs_per_step)]
    random.shuffle(full)
    return full + last


def balanced_ranks(packs: Sequence[int], *, costs: Sequence[int], num_ranks: int) -> tuple[tuple[int, ...], ...]:
    """Divide packs among ranks: pack counts differ by at most one, and costs by as little as longest-first achieves.

    Places the costliest pack first, each on the rank with the least cost among the ranks that may still get a pack
    (Graham 1969, LPT, with a limit on the count: ranks that reduce gradients together need the same number of passes).
    A rank's packs keep the order of `packs`, so a single rank gets them unchanged.

    Args:
        packs: the packs of one step, in the order of the epoch.
        costs: the cost of every pack of the run, by pack number.
        num_ranks: at least 1. If there are fewer packs than ranks, some ranks get none.
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
