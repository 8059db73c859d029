"""Pairs answers to the same question: of two subjects, or of one subject asked in two ways.

A question is asked once at a length, or at several depths. Depths differ slightly between tokenizers, so the answers to
a question are paired in the order of their depths. A control that is asked once pairs with the answers at all depths.
A question about a whole document has the smallest length that holds it, which can differ between tokenizers too; so
over several lengths that both sides have, a question that each has at one of them is a pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    asked = {question: question for question in ours.keys() & theirs.keys()}
    # Evaluations at different lengths have nothing in common, though generated questions are the same at all lengths.
    both = {question.length for question in ours} & {question.length for question in theirs}
    left_over = ({one for one in side.keys() - asked.keys() if one.length in both} for side in (ours, theirs))
    asked |= _at_other_lengths(*left_over)
    num_unpaired = len(ours) + len(theirs) - 2 * len(asked)
    for question in sorted(asked):
        left, right = ours[question], theirs[asked[question]]
        if len(left) == 1:
            left = left * len(right)
        if len(right) == 1:
            right = right * len(left)
        if len(left) == len(right):
            pairs += zip(left, right, strict=True)
        else:
            num_unpaired += 1
    return Pairs(tuple(pairs), num_unpaired)


def _at_other_lengths(ours: AbstractSet[Question], theirs: AbstractSet[Question]) -> dict[Question, Question]:
    """Return the second side's question for each one of the first side that both have once, at different lengths."""
    left, right = _by_item(ours), _by_item(theirs)
    once = (key for key in left.keys() & right.keys() if len(left[key]) == len(right[key]) == 1)
    return {left[key][0]: right[key][0] for key in once}


def _by_item(questions: AbstractSet[Question]) -> dict[Question, list[Question]]:
    grouped: dict[Question, list[Question]] = {}
    for question in questions:
        grouped.setdefault(question._replace(length=0), []).append(question)
    return grouped


def _by_question(answers: Sequence[Scored]) -> Mapping[Question, list[Scored]]:
    grouped: dict[Question, list[Scored]] = {}
    for answer in answers:
        grouped.setdefault(answer.question, []).append(answer)
    return {question: sorted(group, key=_place) for question, group in grouped.items()}


def _place(answer: Scored) -> tuple[float, str]:
    depth = -1.0 if answer.depth is None else answer.depth
    return depth, str(sorted((name, str(score)) for name, score in answer.scores.items()))
