"""The order packs are trained in: steps, and within a step the packs of each rank. Pure and deterministic.

In: Σ length² of every pack (`Packs.costs`). Out: pack numbers by step and rank. Used by the trainer; O(P log P).

Which packs make a step never depends on the number of ranks: a step is a slice of the epoch's order. Ranks only divide
it among themselves, so the gradient of a step, normalised over the step, is the same for any number of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pipeline.config.finetune import StepOrder


def epoch_steps(costs: Sequence[int], *, packs_per_step: int, step_order: StepOrder, random: Random) -> list[list[int]]:
    """The steps of one epoch, first to last, each the numbers of its packs; every pack stands in one of them.

    Args:
        costs: of each pack.
        packs_per_step: packs of all ranks together whose gradients make one step; the last may have fewer.
        step_order: whether a step is any packs or packs of about the same cost.
        random: of the epoch; shuffles packs or steps.
    """
    order = list(range(len(costs)))
    random.shuffle(order)
    if step_order is StepOrder.SHUFFLED:
        return [order[at : at + packs_per_step] for at in range(0, len(order), packs_per_step)]
    # The smaller last step is a sample of all, so that no cost is always last.
    num_full = len(order) - len(order) % packs_per_step
    last = [order[num_full:]] if num_full < len(order) else []
    by_cost = sorted(order[:num_full], key=lambda pack: costs[pack])
    full = [by_cost[at : at + packs_per_step] for at in range(0, num_full, packs_per_step)]
    random.shuffle(full)
    return full + last


def balanced_ranks(packs: Sequence[int], *, costs: Sequence[int], num_ranks: int) -> tuple[tuple[int, ...], ...]:
    """Divide packs among ranks: numbers of packs differ by at most one, costs by as little as longest-first gives.

    The costliest pack first, each to the rank with the least cost so far among those with fewest packs still to get
    (Graham 1969, LPT, with a bound on the count: ranks that reduce gradients together need the same number of passes).
    A rank's packs keep the order of `packs`, so one rank alone gets them as they are.

    Args:
        packs: of one step, in the order of the epoch.
        costs: of every pack of the run, by its number.
        num_ranks: at least 1. Ranks get no pack where there are fewer packs than ranks.
    """
    most, num_with_most = divmod(len(packs), num_ranks)
    loads, sizes = [0] * num_ranks, [0] * num_ranks
    rank_of: dict[int, int] = {}
    for at in sorted(range(len(packs)), key=lambda at: (-costs[packs[at]], at)):
        # Only so many ranks may hold one pack more than the others.
        limit = most + int(sum(size > most for size in sizes) < num_with_most)
        rank = min((r for r in range(num_ranks) if sizes[r] < limit), key=lambda r: (loads[r], r))
        loads[rank] += costs[packs[at]]
        sizes[rank] += 1
        rank_of[at] = rank
    return tuple(tuple(pack for at, pack in enumerate(packs) if rank_of[at] == rank) for rank in range(num_ranks))
