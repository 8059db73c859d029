"""Finds a clause of the answer that denies what the evidence says, or says what it denies."""

from __future__ import annotations

from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Clause, Statement

_MIN_SHARED_STEMS = 2
_MIN_SHARED_SHARE = 0.5
_NEARLY_BEST = 0.8


def other_polarity(claim: Claim) -> Dropped | None:
    """Return the first clause of the answer whose polarity differs from that of the evidence; None if there is none.

    A clause is compared with the clauses of the evidence that share the most words with it. If one of them has the same
    polarity, or the sentence without a negation has another negative word (`prohibited`), the clause passes.
    """
    for clause in claim.stated.clauses:
        alike = _alike(clause, claim.evidence)
        if alike and all(_differs(clause, other, claim.asked) for other in alike):
            words = " ".join(claim.stated.text[clause.start : clause.end].split())
            return Dropped("negation_differs", f"The evidence says the opposite of: {words[:160]}")
    return None


def _alike(clause: Clause, evidence: Statement) -> list[Clause]:
    shared = [(len(clause.stems & other.stems), other) for other in evidence.clauses]
    best = max((count for count, _ in shared), default=0)
    if best < _MIN_SHARED_STEMS or best < _MIN_SHARED_SHARE * len(clause.stems):
        return []
    return [other for count, other in shared if count >= max(_MIN_SHARED_STEMS, _NEARLY_BEST * best)]


def _has_only_the_negation(asked: Clause, stated: Clause) -> bool:
    return asked.is_negated and len(asked.stems & stated.stems) < _MIN_SHARED_STEMS


def _differs(one: Clause, other: Clause, asked: Statement) -> bool:
    if one.is_negated == other.is_negated or one.is_unclear or other.is_unclear:
        return False
    plain, negated = (other, one) if one.is_negated else (one, other)
    if not negated.denied & plain.stems:
        return False  # the clauses have no verb in common
    if plain is one and any(_has_only_the_negation(clause, one) for clause in asked.clauses):
        return False  # the answer completes a negated question: what must the tenant not do?
    if negated.condition & plain.stems and not plain.condition:
        return False  # the plain clause states the condition: subletting needs consent
    return not plain.negative_words - negated.negative_words
