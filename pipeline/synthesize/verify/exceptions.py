"""Finds an answer that turns an exception of the evidence round: even if it is moved, for unless it is moved.

Two things are compared. What the evidence excepts must not be what the answer includes by `even if`, and the reverse.
And where both have the same exception, they must both deny, or both affirm, what it is an exception to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case

_MIN_SHARED_STEMS = 2
_MIN_SHARED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class _Exception:
    """A condition, and what stands in the rest of its sentence."""

    condition: frozenset[str]
    num_negations: int
    """How many negations the condition has."""
    rest: Span
    text: str


def exception_turned_round(claim: Claim) -> Dropped | None:
    """Return a fault if the answer includes what the evidence excepts, excepts what it includes, or denies the rest."""
    if claim.is_foreign:
        return None
    rules = language_rules(claim.language).statements
    excepts, includes = compiled_ignoring_case(rules.excepted_if), compiled_ignoring_case(rules.included_if)
    for stated, known in ((includes, excepts), (excepts, includes)):
        for one in _exceptions(claim.stated, stated, claim.language):
            if any(
                _are_same(one, other) and one.num_negations == other.num_negations
                for other in _exceptions(claim.evidence, known, claim.language)
            ):
                return Dropped("negation_differs", f"The evidence has another exception than: {one.text[:160]}")
    for one in _exceptions(claim.stated, excepts, claim.language):
        same = [other for other in _exceptions(claim.evidence, excepts, claim.language) if _are_same(one, other)]
        if same and all(_denies_other(one, other, claim) for other in same):
            return Dropped("negation_differs", f"The evidence says the opposite of: {one.text[:160]}")
    return None


def _exceptions(statement: Statement, pattern: re.Pattern[str], language: str) -> Iterator[_Exception]:
    negations = compiled_ignoring_case(language_rules(language).statements.negations)
    for sentence in sentence_spans(statement.text, start=0, end=len(statement.text)):
        for match in pattern.finditer(statement.text, sentence.start, sentence.end):
            low, high = match.span("condition")
            stems = frozenset(word.stem for word in statement.words if low <= word.start < high)
            marks = {value.quantity.label for value in statement.values if low <= value.start < high} - {""}
            behind = statement.text[match.end() : sentence.end].strip(" .")
            rest = (
                Span(start=match.end(), end=sentence.end) if behind else Span(start=sentence.start, end=match.start())
            )
            num = len(negations.findall(statement.text, low, high))
            yield _Exception(stems | marks, num, rest, " ".join(match.group().split()))


def _are_same(one: _Exception, other: _Exception) -> bool:
    shared = len(one.condition & other.condition)
    least = max(
        _MIN_SHARED_SHARE * len(one.condition), min(_MIN_SHARED_STEMS, len(one.condition), len(other.condition))
    )
    return bool(one.condition) and shared >= least


def _denies_other(one: _Exception, other: _Exception, claim: Claim) -> bool:
    """Return whether only one of two main clauses is denied; False if they share no word, or one is not clear."""
    sides = [_denial(one.rest, claim.stated, claim), _denial(other.rest, claim.evidence, claim)]
    stems, known = (
        frozenset(w.stem for w in statement.words if rest.start <= w.start < rest.end)
        for rest, statement in ((one.rest, claim.stated), (other.rest, claim.evidence))
    )
    return bool(stems & known) and None not in sides and sides[0] is not sides[1]


def _denial(rest: Span, statement: Statement, claim: Claim) -> bool | None:
    """Return whether a main clause is denied; None if that is not clear: a relative may have the negation."""
    rules = language_rules(claim.language).statements
    if rules.verb_is_last:
        last = [c for c in statement.clauses if c.start < rest.end and rest.start < c.end][-1:]
        return None if not last or last[0].is_unclear or last[0].negative_words else last[0].is_negated
    only = compiled_ignoring_case(rules.only)
    own = compiled_ignoring_case(rules.negative_words).findall(statement.text, rest.start, rest.end)
    if any(not only.match(f"{word} ") for word in own):
        return None
    count = len(compiled_ignoring_case(rules.negations).findall(statement.text, rest.start, rest.end))
    relative = compiled_ignoring_case(rules.relatives).search(statement.text, rest.start, rest.end) is not None
    if count == 0:
        return False
    return True if count == (2 if relative else 1) else None
