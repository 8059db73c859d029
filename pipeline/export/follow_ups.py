"""Keeps each follow-up question directly behind the question that it takes up, or drops it.

A follow-up names the candidate that it follows. That one may be a follow-up itself, so a question and what follows it
form a *chain*: consecutive turns of one row. A chain does not branch. `selection` calls `unfit_follow_ups` with labels
before it chooses; the export stage calls `untold_follow_ups` with the chosen candidates, whose texts it knows;
`conversations` arranges chains instead of single candidates. Pure; linear in the number of candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from pipeline.export.giving_away import gives_away
from pipeline.records import Candidate, Dropped

Chain = tuple[Candidate, ...]
"""A question and its follow-ups, each directly behind the one that it follows."""

PARENT_DROPPED = "parent_dropped"
"""Reason for dropping a follow-up without the question that it follows."""
PARENT_DROPPED_DETAIL = "The question that it follows was dropped."
ALREADY_FOLLOWED = "already_followed"
"""Reason for dropping a follow-up because another one follows the same question."""
CHAIN_TOO_LONG = "chain_too_long"
"""Reason for dropping a follow-up because a row has too few turns for it and all before it."""
ANSWER_GIVEN_AWAY = "answer_given_away"
"""Reason for dropping a follow-up whose answer is said before it."""


class MayFollow(Protocol):
    """A candidate or its labels."""

    @property
    def candidate_id(self) -> str:
        """Its id."""

    @property
    def doc_id(self) -> str:
        """The id of its context."""

    @property
    def language(self) -> str:
        """Its language."""

    @property
    def follows(self) -> str:
        """The id of the candidate that it follows, or an empty string."""


Item = TypeVar("Item", bound=MayFollow)


def unfit_follow_ups(candidates: Sequence[MayFollow], *, max_turns: int) -> dict[str, Dropped]:
    """Return why follow-ups are dropped, by candidate id.

    A follow-up is dropped if the question that it follows is not among the candidates of its context and language, if a
    candidate before it follows the same question, or if its chain would be longer than a row.

    Args:
        candidates: all candidates, those that come first in each choice first.
        max_turns: the maximum number of turns in a row.
    """
    behind = _by_parent(candidates)
    followers = [candidate for candidate in candidates if candidate.follows]
    reasons = {one.candidate_id: Dropped(PARENT_DROPPED, PARENT_DROPPED_DETAIL) for one in followers}
    for first in candidates:
        if first.follows:
            continue
        parent, length = first, 1
        while behind_parent := [other for other in behind[parent.candidate_id] if _may_share_row(parent, other)]:
            for other in behind_parent[1:]:
                reasons[other.candidate_id] = Dropped(
                    ALREADY_FOLLOWED, "Another question already follows the one that this question follows."
                )
            parent, length = behind_parent[0], length + 1
            if length > max_turns:
                reasons[parent.candidate_id] = Dropped(
                    CHAIN_TOO_LONG, f"The questions before it already fill a row of {max_turns} turns."
                )
                break
            del reasons[parent.candidate_id]
    return reasons


def untold_follow_ups(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, Dropped]]]:
    """Return the candidates whose chains give no later answer away, and the follow-ups that are dropped, with reasons.

    A follow-up cannot come before the turns of its chain, so it teaches nothing if one of them says its answer. What
    follows it is dropped too.

    Args:
        candidates: candidates of one context, without a follow-up that `unfit_follow_ups` drops.
    """
    dropped: list[tuple[Candidate, Dropped]] = []
    for chain in chains_of(candidates):
        for number, turn in enumerate(chain):
            if any(gives_away(earlier, turn) for earlier in chain[:number]):
                dropped.append((turn, Dropped(ANSWER_GIVEN_AWAY, "A question or answer before it says its answer.")))
                dropped += [(later, Dropped(PARENT_DROPPED, PARENT_DROPPED_DETAIL)) for later in chain[number + 1 :]]
                break
    lost = {turn.candidate_id for turn, _ in dropped}
    return [candidate for candidate in candidates if candidate.candidate_id not in lost], dropped


def chains_of(candidates: Sequence[Candidate]) -> list[Chain]:
    """Return the chains of candidates, in the order of their first questions.

    Args:
        candidates: candidates of one context, without a follow-up that `unfit_follow_ups` drops.
    """
    behind = _by_parent(candidates)
    chains = [tuple(_chain(first, behind)) for first in candidates if not first.follows]
    assert sum(map(len, chains)) == len(candidates), "a follow-up is here without the question that it follows"
    return chains


def _chain(first: Candidate, behind: dict[str, list[Candidate]]) -> Iterator[Candidate]:
    followers = [first]
    while followers:
        yield followers[0]
        followers = behind[followers[0].candidate_id]


def _by_parent(candidates: Sequence[Item]) -> dict[str, list[Item]]:
    behind: dict[str, list[Item]] = defaultdict(list)
    for candidate in candidates:
        if candidate.follows:
            behind[candidate.follows].append(candidate)
    return behind


def _may_share_row(one: MayFollow, other: MayFollow) -> bool:
    return (one.doc_id, one.language) == (other.doc_id, other.language)
