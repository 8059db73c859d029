"""Pairs answers to the same question: of two subjects, or of one subject asked in two ways.

A question is asked once at a length, or at several depths. Depths differ slightly between tokenizers, so the answers to
a question are paired in the order of their depths. A control that is asked once pairs with the answers at all depths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.evaluate.prompt import Scores
from pipeline.scoring.estimates import Clustered


class Question(NamedTuple):
    """What must be equal for two answers to be a pair."""

    item: str
    length: int
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The part of an answer that pairing needs."""

    question: Question
    depth: float | None
    cluster: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Pairs:
    """Answers to the same questions."""

    pairs: tuple[tuple[Scored, Scored], ...]
    num_unpaired: int
    """The number of questions that only one side answered, or that both answered at different numbers of depths."""

    def differences(self, measure: str) -> list[Clustered]:
        """Return first minus second by cluster, for the pairs in which both have the score."""
        found = []
        for first, second in self.pairs:
            ours, theirs = first.scores.get(measure), second.scores.get(measure)
            if ours is not None and theirs is not None:
                found.append((first.cluster, ours - theirs))
        return found


def paired(first: Sequence[Scored], second: Sequence[Scored]) -> Pairs:
    """Return the pairs of answers to the same questions, in the order of the questions."""
    ours, theirs = _by_question(first), _by_question(second)
    pairs: list[tuple[Scored, Scored]] = []
    num_unpaired = len(ours.keys() ^ theirs.keys())
    for question in sorted(ours.keys() & theirs.keys()):
        left, right = ours[question], theirs[question]
        if len(left) == 1:
            left = left * len(right)
        if len(right) == 1:
            right = right * len(left)
        if len(left) == len(right):
            pairs += zip(left, right, strict=True)
        else:
            num_unpaired += 1
    return Pairs(tuple(pairs), num_unpaired)


def _by_question(answers: Sequence[Scored]) -> Mapping[Question, list[Scored]]:
    grouped: dict[Question, list[Scored]] = {}
    for answer in answers:
        grouped.setdefault(answer.question, []).append(answer)
    return {question: sorted(group, key=_place) for question, group in grouped.items()}


def _place(answer: Scored) -> tuple[float, str]:
    depth = -1.0 if answer.depth is None else answer.depth
    return depth, str(sorted((name, str(score)) for name, score in answer.scores.items()))
