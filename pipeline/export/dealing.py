"""Deals the questions about a context to rows: as few rows as possible, and written questions beside structural ones.

Takes chains of questions (see `follow_ups`) in the order of the document. Returns those of each row, each a sample of
the whole document. Used by `conversations`. Pure; linear in the number of chains.

A row that has both kinds should have a certain share of written questions. If one kind is scarce, fewer rows have both,
and the other rows have only the other kind, so that a few written questions are not spread thinly over all rows. But no
row is added for the share's sake, because each row repeats the document.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.export.follow_ups import Chain
from pipeline.records import Origin


def deal_rows(chains: Sequence[Chain], *, max_turns: int, written_share: float) -> list[list[Chain]]:
    """Return the chains of each row, in the given order; no row is empty.

    If every chain is a single question, no row has more than `max_turns`. A longer chain may exceed it.

    Args:
        chains: the questions about one context in one language, in the order of the document.
        max_turns: the maximum number of turns in a row.
        written_share: the share of written turns in rows that have both kinds, above 0 and below 1.
    """
    num_turns = num_turns_of(chains)
    num_rows = -(-num_turns // max_turns)
    written = [chain for chain in chains if is_written(chain)]
    structural = [chain for chain in chains if not is_written(chain)]
    if not written or not structural:
        return _every_nth(chains, num_rows)
    scarce, plenty, share = written, structural, written_share
    if num_turns_of(written) / written_share > num_turns_of(structural) / (1 - written_share):
        scarce, plenty, share = structural, written, 1 - written_share
    num_scarce, num_plenty = num_turns_of(scarce), num_turns_of(plenty)
    num_mixed = round(num_scarce / share * num_rows / num_turns)
    num_mixed = min(max(1, num_mixed, -(-num_scarce // max_turns)), num_rows, len(scarce))
    # What the other rows cannot take must go to the mixed ones, which can take only so much.
    least = max(0, num_plenty - (num_rows - num_mixed) * max_turns)
    most = max(least, num_mixed * max_turns - num_scarce)
    wanted = round(num_scarce * (1 - share) / share)
    beside, rest = _evenly(plenty, num_turns=min(max(least, wanted), most, num_plenty))
    order = {id(chain): number for number, chain in enumerate(chains)}
    # The two kinds are dealt from opposite ends, so that the rows with one more of a kind differ.
    mixed = [
        sorted([*scarce[row::num_mixed], *beside[num_mixed - 1 - row :: num_mixed]], key=lambda one: order[id(one)])
        for row in range(num_mixed)
    ]
    return mixed + _every_nth(rest, max(1, num_rows - num_mixed))


def is_written(chain: Chain) -> bool:
    """Return whether a teacher wrote the first question of a chain."""
    return chain[0].origin == Origin.WRITTEN


def num_turns_of(chains: Sequence[Chain]) -> int:
    """Return the number of questions in chains."""
    return sum(len(chain) for chain in chains)


def _every_nth(chains: Sequence[Chain], num_rows: int) -> list[list[Chain]]:
    """Return every n-th chain for each of n rows, so that each row spans the whole document."""
    return [list(row) for number in range(num_rows) if (row := chains[number::num_rows])]


def _evenly(chains: Sequence[Chain], *, num_turns: int) -> tuple[list[Chain], list[Chain]]:
    """Return chains with about a number of turns, evenly spaced, and the others."""
    chosen: list[Chain] = []
    others: list[Chain] = []
    total, passed = num_turns_of(chains), 0
    for chain in chains:
        before, passed = passed, passed + len(chain)
        is_due = passed * num_turns // total > before * num_turns // total
        (chosen if is_due else others).append(chain)
    return chosen, others
