"""Finds questions of a document that ask the same in nearly the same words.

Two questions that differ in a value or a name ask about different things, however alike they are otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.languages.quantities import Quantity
from pipeline.synthesize.verify.reading import read_statement
from pipeline.synthesize.words import normalized

_MIN_WORDS = 4


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in the form in which questions are compared."""

    text: str
    stems: frozenset[str]
    named: frozenset[str]
    values: frozenset[Quantity]


def read_question(question: str, language: str) -> AskedQuestion:
    """Return a question in the form in which questions are compared."""
    read = read_statement(question, language)
    return AskedQuestion(
        text=normalized(question),
        stems=read.stems,
        named=frozenset(word.stem for word in read.words if word.is_name),
        values=frozenset(value.quantity for value in read.values),
    )


def is_same_question(one: AskedQuestion, other: AskedQuestion, *, least_likeness: float) -> bool:
    """Return whether two questions have equal values and names, and at least a share of words in common."""
    if one.text == other.text:
        return True
    if one.values != other.values or one.named != other.named:
        return False
    if min(len(one.stems), len(other.stems)) < _MIN_WORDS:
        return False
    return len(one.stems & other.stems) >= least_likeness * len(one.stems | other.stems)
