"""Compares an answer with evidence in another script by what both can have: identifiers, and whether they deny.

`other_identifier` finds an identifier of the answer that stands where the evidence has another of its form.
`other_denial_of_foreign` compares whole texts, because no words show which clauses belong together: the evidence is one
sentence of prose that denies something in its main clause, and neither the answer nor the question denies anything; or
the answer denies something, and the evidence has no word that could.
"""

from __future__ import annotations

import re

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.foreign import shared_script
from pipeline.synthesize.verify.owners import defined_names
from pipeline.synthesize.verify.reading import compiled_ignoring_case

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORMS = (
    re.compile(r"(?:[A-Z][a-z0-9]+){2,}"),
    re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,}"),
    re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+"),
)
"""Forms of identifiers that no prose has: `ValueError`, `MAX_AGE`, `read_line`."""
_CODE = re.compile(r"[!=<>]=|\w\(|[{}\[\]]|:\n|^\s*(?:if|return|for|while)\b.*[:;]$", re.MULTILINE)


def other_identifier(claim: Claim) -> Dropped | None:
    """Return a fault if an identifier replaces another of its form; None if not, and for evidence in one script."""
    if not claim.is_foreign or not claim.asked.words:
        return None
    said, proved = (_identifiers(text) for text in (claim.stated.text, claim.evidence.text))
    known = _identifiers(claim.asked.text) | proved | set(defined_names(claim.document))
    for form in _FORMS:
        strange = sorted(name for name in said - known if form.fullmatch(name))
        replaced = sorted(name for name in proved - said if form.fullmatch(name))
        if strange and replaced:
            return Dropped("name_not_in_evidence", f"The answer says '{strange[0]}', the evidence '{replaced[0]}'.")
    return None


def other_denial_of_foreign(claim: Claim) -> Dropped | None:
    """Return a fault if only one of an answer and its evidence in another script denies anything; None if not."""
    text = claim.evidence.text
    is_one_sentence = len(sentence_spans(text, start=0, end=len(text))) == 1
    if not claim.is_foreign or not claim.asked.words or not is_one_sentence or _CODE.search(text):
        return None
    source = claim.evidence_language
    if _may_deny(claim.asked.text, claim.language):
        return None
    if _denies(claim) and not _may_deny(claim.stated.text, claim.language):
        return Dropped("negation_differs", "The evidence denies something, the answer nothing.")
    named = shared_script(claim.stated, claim.language) & claim.evidence.stems
    denied = [c for c in claim.stated.clauses if c.is_negated and not c.is_unclear and c.stems & named]
    if denied and not _may_deny(text, source):
        words = claim.stated.text[denied[0].start : denied[0].end].strip()
        return Dropped("negation_differs", f"The evidence denies nothing, the answer says: {words[:160]}")
    return None


def _identifiers(text: str) -> set[str]:
    return set(_IDENTIFIER.findall(text))


def _denies(claim: Claim) -> bool:
    """Return whether a clause of the evidence that states no condition denies something."""
    rules = language_rules(claim.evidence_language).statements
    conditional, lifts = (compiled_ignoring_case(pattern) for pattern in (rules.conditional, rules.lacks))
    for clause in claim.evidence.clauses:
        written = claim.evidence.text[clause.start : clause.end]
        is_bound = any(v.bound and clause.start <= v.start < clause.end for v in claim.evidence.values)
        if is_bound or conditional.search(written):
            continue
        if (clause.is_negated and not clause.is_unclear) or lifts.search(written):
            return True
    return False


def _may_deny(text: str, language: str) -> bool:
    """Return whether a text has any word that could deny something."""
    rules = language_rules(language).statements
    patterns = (rules.negations, rules.negative_words, rules.says_otherwise)
    return any(compiled_ignoring_case(pattern).search(text) for pattern in patterns)
