"""Compares an attempt with a draft's answer by values, names, bounds and negations, for builds without a judge.

Returns true only if both give the same values and names, and false only if they contradict each other. Most answers in
words alone can be compared only by their meaning, so the result for them is None. Used by `verdict`.
"""

from __future__ import annotations

from pipeline.languages.quantities import QuantityKind
from pipeline.synthesize.verify.association import exchanged_pair
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.negation import other_polarity
from pipeline.synthesize.verify.reading import StatedValue, Statement, read_statement, same_value
from pipeline.synthesize.verify.value_check import other_bound, other_rate, values_of
from pipeline.synthesize.words import normalized
from pipeline.synthesize.written.attempts import Attempt
from pipeline.synthesize.written.draft import Draft

_CONTRADICTIONS = (other_rate, other_bound, other_polarity, exchanged_pair)


def agrees(attempt: Attempt, draft: Draft, *, language: str) -> bool | None:
    """Return whether an attempt and the answer of a draft say the same, or None if words cannot tell.

    Values and names of the question do not count, because both repeat them.
    """
    if not attempt.answerable:
        return False
    if normalized(attempt.answer) == normalized(draft.answer):
        return True
    asked = read_statement(draft.question, language)
    first, second = read_statement(draft.answer, language), read_statement(attempt.answer, language)
    claims = [_claim(first, second, asked, language), _claim(second, first, asked, language)]
    if any(check(claim) for claim in claims for check in _CONTRADICTIONS):
        return False
    values = _same_values(first, second, asked)
    names = _same_names(first, second, asked)
    if False in (values, names):
        return False
    has_facts = bool(_new_values(first, asked) or _new_names(first, asked))
    return True if has_facts and values and names else None


def _claim(stated: Statement, known: Statement, asked: Statement, language: str) -> Claim:
    """Return one answer as a claim that the other has to prove."""
    nothing = read_statement("", language)
    return Claim(
        language=language,
        domain="",
        stated=stated,
        asked=asked,
        evidence=known,
        around=nothing,
        segment=known.text,
        document=known.text,
    )


def missing_value_of(answer: str, stated: str, *, question: str, language: str) -> str | None:
    """Return the first value of an answer that another text and the question do not have, as written; None without one.

    Used by `judging`: a judge who leaves out a value when it splits an answer into claims has not judged it. A judge
    may name identifiers by their last part or in words, so they do not count.
    """
    first, second, asked = (read_statement(text, language) for text in (answer, stated, question))
    for value in _new_values(first, asked):
        if value.quantity.kind is not QuantityKind.MARK and not _has_value(second, value):
            return answer[value.start : value.end].strip()
    return None


def _new_values(statement: Statement, asked: Statement) -> list[StatedValue]:
    """Return the values that the question does not have. A count in words, such as `both`, is no fact of its own."""
    return [
        value
        for value in values_of(statement)
        if not (value.is_word and value.quantity.kind is QuantityKind.NUMBER and not value.quantity.unit)
        and not any(same_value(value, other) for other in asked.values)
    ]


def _new_names(statement: Statement, asked: Statement) -> frozenset[str]:
    return frozenset(word.stem for word in statement.words if word.is_name) - asked.stems


def _same_values(first: Statement, second: Statement, asked: Statement) -> bool | None:
    """Return whether two answers have the same values; false if a value of one stands for another one of its kind."""
    only_first = [value for value in _new_values(first, asked) if not _has_value(second, value)]
    only_second = [value for value in _new_values(second, asked) if not _has_value(first, value)]
    if not only_first and not only_second:
        return True
    kinds = {(value.quantity.kind, value.quantity.unit) for value in only_first}
    return False if any((value.quantity.kind, value.quantity.unit) in kinds for value in only_second) else None


def _has_value(statement: Statement, value: StatedValue) -> bool:
    """Return whether an answer has a value; an identifier may stand in it without marks of code."""
    if value.quantity.kind is QuantityKind.MARK and value.quantity.label in statement.text.lower():
        return True
    return any(same_value(value, other) for other in statement.values)


def _same_names(first: Statement, second: Statement, asked: Statement) -> bool | None:
    """Return whether two answers have the same names; false if each has names and the other has none of them.

    A name may be part of a longer word in the other answer.
    """
    names, others = _new_names(first, asked), _new_names(second, asked)
    shared = {name for name in names if name in second.text.lower()}
    other_shared = {name for name in others if name in first.text.lower()}
    if shared == names and other_shared == others:
        return True
    return False if names and others and not shared and not other_shared else None
