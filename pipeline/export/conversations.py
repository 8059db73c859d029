"""Arranges the chosen questions about one context into conversations.

Takes the candidates of a context; returns them in groups, each of which becomes a row. A long document is expensive to
train on, and each row repeats its document, so several questions share it. Used by the export stage. Cost: each pair of
turns in a conversation is compared by its words.

A conversation visits its document in reading order, from a place that the seed selects, so that the next answer is not
always further down. A follow-up comes directly behind the question that it follows (see `follow_ups`). No turn gives
away the answer of a later one: a question or answer that contains the answer to another question comes after it, and so
does a turn that quotes all that the other answer is read from, or that follows the same reference first. If two
questions give away each other's answers, they get into different rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.export import ConversationRecipe
from pipeline.export.dealing import deal_rows, is_written, num_turns_of
from pipeline.export.follow_ups import Chain, chains_of
from pipeline.export.giving_away import gives_away
from pipeline.identity import stable_hash64, unit_interval
from pipeline.records import Candidate


def plan_conversations(
    candidates: Sequence[Candidate], *, recipe: ConversationRecipe, seed: int
) -> list[tuple[Candidate, ...]]:
    """Return the conversations about a context: every candidate once, in at most `max_turns` turns each.

    The result does not depend on the order of the candidates.

    Args:
        candidates: The candidates of one context that were chosen for rows. Each follow-up fits a row behind the
            question that it follows, and its answer is not said there.
        recipe: The number of turns, the share of candidates that get a row of their own, and the share of written ones
            in rows that have both kinds.
        seed: The recipe's seed; it selects those candidates, and where each conversation begins.
    """
    in_order = chains_of(sorted(candidates, key=_place))
    alone = [chain for chain in in_order if _is_alone(chain, recipe, seed)]
    together = [chain for chain in in_order if not _is_alone(chain, recipe, seed)]
    planned: list[tuple[Candidate, ...]] = [*alone]
    for language in sorted({chain[0].language for chain in together}):
        own = [chain for chain in together if chain[0].language == language]
        for kind in _kinds(own, recipe):
            planned += _rows(kind, recipe, seed)
    return sorted(planned, key=lambda turns: (_place(turns[0]), len(turns), turns[0].candidate_id))


def _place(candidate: Candidate) -> tuple[int, int, str]:
    first = candidate.evidence[0]
    return first.start, first.end, candidate.candidate_id


def _is_alone(chain: Chain, recipe: ConversationRecipe, seed: int) -> bool:
    """Return whether a question gets a row of its own.

    If full rows have n turns, and a share s of all rows is to have one, then this holds for s / (s + n (1 - s)) of the
    questions. A question with a follow-up never gets one.
    """
    if len(chain) > 1:
        return False
    share = recipe.single_share
    chance = share / (share + recipe.max_turns * (1 - share))
    return unit_interval(seed, "single", chain[0].candidate_id) < chance


def _kinds(chains: Sequence[Chain], recipe: ConversationRecipe) -> list[Sequence[Chain]]:
    """Return the groups of chains that may share a row: written and structural ones, unless the share forbids it."""
    if 0 < recipe.written_share < 1:
        return [chains]
    written = [chain for chain in chains if is_written(chain)]
    structural = [chain for chain in chains if not is_written(chain)]
    return [kind for kind in (written, structural) if kind]


def _rows(own: Sequence[Chain], recipe: ConversationRecipe, seed: int) -> list[tuple[Candidate, ...]]:
    """Return rows of at most `max_turns` turns, as few as possible; `own` is in document order."""
    rows: list[list[Chain]] = []
    left_out: list[Chain] = []
    for dealt in deal_rows(own, max_turns=recipe.max_turns, written_share=recipe.written_share):
        chains, unfit = _arranged(_rotated(dealt, seed))
        while num_turns_of(chains) > recipe.max_turns:
            unfit.append(chains.pop())
        rows.append(chains)
        left_out += unfit
    for chain in sorted(left_out, key=_place_of_chain):
        for number, chains in enumerate(rows):
            if num_turns_of(chains) + len(chain) > recipe.max_turns:
                continue
            longer, unfit = _arranged(_rotated(sorted([*chains, chain], key=_place_of_chain), seed))
            if not unfit:
                rows[number] = longer
                break
        else:
            rows.append([chain])
    return [tuple(turn for chain in chains for turn in chain) for chains in rows if chains]


def _place_of_chain(chain: Chain) -> tuple[int, int, str]:
    return _place(chain[0])


def _rotated(chains: Sequence[Chain], seed: int) -> list[Chain]:
    ids = (turn.candidate_id for chain in chains for turn in chain)
    first = stable_hash64(seed, "first", *ids) % len(chains)
    return [*chains[first:], *chains[:first]]


def _arranged(chains: Sequence[Chain]) -> tuple[list[Chain], list[Chain]]:
    """Return the chains in an order in which none gives away a later answer, and the chains that fit no such order."""
    given_by = {
        chain[0].candidate_id: {
            other[0].candidate_id for other in chains if other is not chain and _any_gives_away(chain, other)
        }
        for chain in chains
    }
    waiting = list(chains)
    arranged: list[Chain] = []
    left_out: list[Chain] = []
    while waiting:
        open_ids = {chain[0].candidate_id for chain in waiting}
        harmless = next((chain for chain in waiting if not given_by[chain[0].candidate_id] & open_ids), None)
        if harmless is not None:
            arranged.append(harmless)
            waiting.remove(harmless)
        else:
            worst = max(waiting, key=lambda chain: len(given_by[chain[0].candidate_id] & open_ids))
            left_out.append(worst)
            waiting.remove(worst)
    return arranged, left_out


def _any_gives_away(earlier: Chain, later: Chain) -> bool:
    return any(gives_away(turn, other) for turn in earlier for other in later)
