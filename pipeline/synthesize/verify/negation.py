"""Finds a clause or a deed of the answer that denies what the evidence says, or says what it denies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.languages import language_rules
from pipeline.languages.statement_rules import Deed
from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Clause, Statement, compiled_ignoring_case

_MIN_SHARED_STEMS = 2
_MIN_SHARED_SHARE = 0.5
_NEARLY_BEST = 0.8
_OWN_NEGATION_CHARS = 12
"""How far before a noun its own negation may stand: `no further`."""
_MAX_REMEMBERED_TEXTS = 64
_CODE_SIGNS = re.compile(r"[!=<>]=|\w\(|\{|\bis not\b|:\n")
"""Signs that evidence is code and not prose."""


def other_polarity(claim: Claim) -> Dropped | None:
    """Return the first clause of the answer whose polarity differs from that of the evidence; None if there is none.

    A clause is compared with the clauses of the evidence that share the most words with it. If one of them has the same
    polarity, or the sentence without a negation has another negative word (`prohibited`), the clause passes.
    """
    if claim.is_foreign and _CODE_SIGNS.search(claim.evidence.text):
        return None  # code denies by signs
    for clause in claim.stated.clauses:
        alike = _alike(clause, claim.evidence)
        if alike and all(_differs(clause, other, claim) for other in alike):
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
    """Return whether a clause of the question denies what the answer names: what must the tenant not do?"""
    shares_little = len(asked.stems & stated.stems) < _MIN_SHARED_STEMS
    return asked.is_negated and shares_little and not asked.denied & stated.stems


def _differs(one: Clause, other: Clause, claim: Claim) -> bool:
    if one.is_negated == other.is_negated or one.is_unclear or other.is_unclear:
        return False
    asked = claim.asked
    plain, negated = (other, one) if one.is_negated else (one, other)
    is_verb = bool(negated.denied) and negated.denied <= negated.verbs
    shared = negated.denied & (plain.verbs if is_verb else plain.stems)
    if not shared and (negated.denied or negated.stems != plain.stems):
        return False  # the clauses have no verb in common
    if plain is one and any(_has_only_the_negation(clause, one) for clause in asked.clauses):
        return False  # the answer completes a negated question: what must the tenant not do?
    if negated.condition & plain.stems - plain.condition:
        return False  # the plain clause states the condition: subletting needs consent
    if negated is one and any(clause.is_negated and clause.denied & one.denied for clause in asked.clauses):
        return False  # the answer repeats what the question denies: which tools cannot be installed?
    if plain.excepted & negated.stems - plain.stems:
        return False  # the negated clause states the exception
    return not plain.negative_words - negated.negative_words - _beside(negated, claim)


def _beside(negated: Clause, claim: Claim) -> frozenset[str]:
    """Return the negative words of a negated clause of an answer or its evidence, and of the two beside it."""
    if not claim.asked.words:
        return frozenset()
    clauses = next(s.clauses for s in (claim.evidence, claim.stated) if negated in s.clauses)
    place = clauses.index(negated)
    only = compiled_ignoring_case(language_rules(claim.language).statements.only)
    near = clauses[max(0, place - 1) : place + 2]
    return frozenset(word for clause in near for word in clause.negative_words if not only.match(f"{word} "))


def other_denial(claim: Claim) -> Dropped | None:
    """Return a fault if the answer does what the evidence denies, or the reverse; None if not.

    Deeds are compared, not clauses: a verb and what participates in it. A condition and its consequence that are both
    turned round say the same (no start while it is open, a start if it is not open), so only an odd number counts.
    """
    rules = language_rules(claim.language).statements
    if rules.read_deeds is None or claim.is_foreign:
        return None
    stated = rules.read_deeds(claim.stated.text)
    known = rules.read_deeds(claim.evidence.text)
    completes = not compiled_ignoring_case(rules.yes_or_no).match(claim.stated.text)
    asked = rules.read_deeds(claim.asked.text) if completes else ()
    named = {deed.act for deed in stated}
    deeds = (*stated, *(deed for deed in asked if deed.act not in named))
    beside = rules.read_deeds(claim.around.text)
    turned = [
        pair
        for deed in deeds
        if not _is_known(deed, beside, is_summary=not claim.asked.words)
        and (pair := _turned_round(deed, known, claim, completes=completes)) is not None
    ]
    nouns = [deed for deed in known if deed.is_noun and _is_affirmed(deed, claim, stated)]
    if not nouns and all(deed not in stated for deed, _ in turned):
        return None
    if (len(turned) + len(nouns)) % 2 == 0:
        return None
    denies_itself = any(clause.is_negated for clause in claim.stated.clauses)
    if (
        not any(deed.is_denied for deed, _ in turned)
        and not denies_itself
        and _asks_what_is_not(claim, completes=completes)
    ):
        return None
    acts = {deed.act for deed in deeds}
    has_same_denial = any(deed.is_denied and any(o.is_denied and o.act == deed.act for o in known) for deed in stated)
    for deed, other in turned:
        if deed.is_denied and deed in stated and _is_excepted(other, claim):
            return None
        if not deed.is_denied and (_leaves_out_a_negation(other, known, acts, claim) or _meets_condition(other, claim)):
            return None
        plain, place = (claim.evidence.text, other.start) if deed.is_denied else (claim.stated.text, deed.start)
        if (deed in stated or deed.is_denied) and _has_other_negative(
            _sentence_at(plain, place), deed, other, claim, has_same_denial=has_same_denial
        ):
            return None
    still_denied = {deed.act for deed in stated if deed.is_denied}
    if not turned and any(
        third.is_denied and third.act not in still_denied and _is_beside(noun, third, claim)
        for noun in nouns
        for third in known
        if third is not noun
    ):
        return None
    if any(deed.is_denied and all(deed.act != other.act for other in known) for deed in stated):
        return None
    return Dropped("negation_differs", f"The evidence says the opposite about '{(nouns or [turned[0][0]])[0].act}'.")


def _asks_what_is_not(claim: Claim, *, completes: bool) -> bool:
    """Return whether the question has the negation, so that the answer need not: what must the tenant not do?

    A yes repeats the question, so that a word such as `leave out` in both denies nothing.
    """
    rules = language_rules(claim.language).statements
    return any(
        compiled_ignoring_case(pattern).search(claim.asked.text)
        for pattern in ((rules.negations, rules.negative_words) if completes else (rules.negations,))
    )


def _is_affirmed(noun: Deed, claim: Claim, stated: Sequence[Deed]) -> bool:
    """Return whether the answer has a noun that the evidence denies, in a clause without a negation."""
    if sum(word.stem == noun.act for word in claim.evidence.words) > 1 or _is_lifted(noun, claim):
        return False
    places = [word.start for word in claim.stated.words if word.stem == noun.act]
    denied = any(noun.act == deed.act or noun.act in deed.others for deed in stated if deed.is_denied)
    only = compiled_ignoring_case(language_rules(claim.language).statements.only)
    return (
        bool(places)
        and not denied
        and not any(
            clause.is_negated or clause.is_unclear or any(not only.search(f"{word} ") for word in clause.negative_words)
            for clause in claim.stated.clauses
            if any(clause.start <= place < clause.end for place in places)
        )
    )


def _is_lifted(noun: Deed, claim: Claim) -> bool:
    """Return whether the clause of a denied noun has another negation: no parking without a permit."""
    negations = compiled_ignoring_case(language_rules(claim.language).statements.negations)
    text = claim.evidence.text
    return any(
        negations.search(text, clause.start, max(clause.start, noun.start - _OWN_NEGATION_CHARS))
        or negations.search(text, noun.start + len(noun.act), clause.end)
        for clause in claim.evidence.clauses
        if clause.start <= noun.start < clause.end
    )


def _leaves_out_a_negation(other: Deed, known: Sequence[Deed], acts: set[str], claim: Claim) -> bool:
    """Return whether the sentence of a deed has another negation, which the answer lacks or words differently."""
    return any(
        third.is_denied
        and third.act not in acts
        and third.act not in claim.stated.stems
        and _is_beside(other, third, claim)
        for third in known
        if third is not other
    )


def _meets_condition(other: Deed, claim: Claim) -> bool:
    """Return whether the answer has what lifts the negation: once the fee is paid, for not until the fee is paid."""
    exceptions = compiled_ignoring_case(language_rules(claim.language).statements.exceptions)
    if exceptions.search(claim.stated.text):
        return False
    sentence = _sentence_at(claim.evidence.text, other.start)
    offset = claim.evidence.text.index(sentence)
    return any(
        word.stem in claim.stated.stems
        for lifted in exceptions.finditer(sentence)
        if not lifted.start("condition") <= other.start - offset < lifted.end("condition")
        for word in claim.evidence.words
        if lifted.start("condition") <= word.start - offset < lifted.end("condition")
    )


def _is_excepted(other: Deed, claim: Claim) -> bool:
    """Return whether a deed of the evidence is in an exception: unless it is late, which is if it is not late."""
    exceptions = compiled_ignoring_case(language_rules(claim.language).statements.exceptions)
    return any(
        lifted.start("condition") <= other.start < lifted.end("condition")
        for lifted in exceptions.finditer(claim.evidence.text)
    )


def _is_beside(one: Deed, other: Deed, claim: Claim) -> bool:
    """Return whether two deeds of the evidence are in one sentence."""
    text = claim.evidence.text
    return any(
        s.start <= one.start < s.end and s.start <= other.start < s.end
        for s in sentence_spans(text, start=0, end=len(text))
    )


def _is_known(deed: Deed, known: Sequence[Deed], *, is_summary: bool) -> bool:
    """Return whether the whole lines of the evidence have a deed with its polarity.

    For an answer, they must also share one of its words, because another sentence of a line may use the same verb.
    """
    words = deed.agents | deed.others
    return any(
        other.act == deed.act
        and other.is_denied == deed.is_denied
        and (is_summary or words & (other.agents | other.others))
        for other in known
    )


def _turned_round(deed: Deed, known: Sequence[Deed], claim: Claim, *, completes: bool) -> tuple[Deed, Deed] | None:
    """Return a deed with the one of the evidence that has the opposite polarity, if none has the same.

    The two must share who or what takes part in them, unless neither names any, or the question asks whether it is so.
    """
    same_act = [other for other in known if other.act == deed.act and not other.is_noun]
    words = deed.agents | deed.others
    shared = [len(words & (other.agents | other.others)) for other in same_act]
    best = max(shared, default=0)
    is_case = len(_sentences(claim.asked.text)) > 1
    is_asked = not completes and not is_case and deed.act in claim.asked.stems
    alone = len(same_act) == 1 and len(deed.act) > 1 and not words | same_act[0].agents | same_act[0].others
    if (
        deed.is_noun
        or not (best or alone or (is_asked and len(same_act) == 1))
        or any(other.is_denied == deed.is_denied for other in same_act)
    ):
        return None
    return deed, same_act[shared.index(best)]


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def _sentences(text: str) -> tuple[Span, ...]:
    return tuple(sentence_spans(text, start=0, end=len(text)))


def _sentence_at(text: str, position: int) -> str:
    return next((text[s.start : s.end] for s in _sentences(text) if s.start <= position < s.end), text)


def _has_other_negative(sentence: str, deed: Deed, other: Deed, claim: Claim, *, has_same_denial: bool) -> bool:
    """Return whether the sentence without the negation may express it in another way: only with consent."""
    rules = language_rules(claim.language).statements
    rest = compiled_ignoring_case(rules.read_as_deeds).sub(" ", sentence)
    only = compiled_ignoring_case(rules.only)
    if deed.is_denied and deed.agents & other.agents and only.search(rest):
        return compiled_ignoring_case(rules.others_only).search(claim.stated.text) is not None
    if has_same_denial:
        rest = only.sub(" ", rest)
    other_side = claim.stated if deed.is_denied else claim.evidence
    opposite = other_side.text.lower() if claim.asked.words else ""
    found = [match.group().lower() for match in compiled_ignoring_case(rules.negative_words).finditer(rest)]
    # What both have denies nothing else, and neither does the verb of the deed: to leave out, and not to leave out.
    return any(word not in opposite and not word.startswith(deed.act) for word in found)
