"""Finds parties that an answer calls by name and its evidence by their part: Harrowgate Estates, the Landlord.

The head of a contract or judgment gives each name its part, far from the evidence. `exchanged_party` reads the answer
with the parts in place of the names and compares it again, so that two names that are exchanged are found though the
evidence has neither. `other_part` finds a name that the answer itself gives a part which the document gives to another.
A name with several parts is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.association import exchanged_pair
from pipeline.synthesize.verify.bindings import exchanged_columns
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.common_items import joined_words
from pipeline.synthesize.verify.reading import compiled_ignoring_case, read_statement

_MAX_REMEMBERED = 16


def exchanged_party(claim: Claim) -> Dropped | None:
    """Return a fault if two parties of the answer are exchanged, read by their parts; None if not."""
    parts = _parts_of_names(claim)
    if len(set(parts.values())) < 2:
        return None
    text = claim.stated.text
    rules = language_rules(claim.language).statements
    for name, part in parts.items():
        written, noun = re.escape(name), re.escape(part)
        before = rf"(?:{noun}(?:{rules.before_name}|,\s|\s)(?:the\s)?)?"
        behind = rf"(?:\s?[(,]\s?(?:the\s)?{noun}[),])?"
        text = re.sub(f"{before}{written}{behind}", part, text, flags=re.IGNORECASE)
    if text == claim.stated.text:
        return None
    renamed = replace(claim, stated=read_statement(text, claim.language))
    return exchanged_columns(renamed) or exchanged_pair(renamed)


def other_part(claim: Claim) -> Dropped | None:
    """Return a fault if the answer gives a name a part that the document gives to another name only; None if not."""
    parts = _parts_of_names(claim)
    rules = language_rules(claim.language).statements
    for name, part in parts.items():
        for other in set(parts.values()) - {part}:
            written, noun = re.escape(name), re.escape(other)
            beside = rf"{noun}(?:{rules.before_name}|,\s)(?:the\s)?{written}|{written},?\s?\(?the\s{noun}\b"
            if re.search(beside, claim.stated.text, re.IGNORECASE):
                return Dropped("name_not_in_evidence", f"'{name}' is the {part}, not the {other}.")
    return None


def _parts_of_names(claim: Claim) -> Mapping[str, str]:
    """Return the part of each name of the answer that the document gives exactly one part, which the evidence has."""
    found: dict[str, str] = {}
    evidence = claim.evidence.text.lower()
    for name in _names(claim):
        parts = _parts_in(name, claim.document, claim.language)
        if len(parts) == 1:
            (part,) = parts
            if name.lower() not in evidence and part in evidence:
                found[name] = part
    return found


def _names(claim: Claim) -> list[str]:
    """Return the names of an answer; in a language whose names have no sign of their own, its nouns with compounds."""
    rules = language_rules(claim.language).statements
    text = claim.stated.text
    terms = (
        joined_words(claim.stated, lambda word: text[word.start].isupper())
        if rules.read_terms is None
        else rules.read_terms(text)
    )
    written = {text[term.start : term.end] for term in terms}
    part = compiled_ignoring_case(rules.roles)
    return sorted((name for name in written if not part.fullmatch(name)), key=lambda name: (-len(name), name))


@lru_cache(maxsize=_MAX_REMEMBERED)
def _parts_in(name: str, document: str, language: str) -> frozenset[str]:
    """Return the nouns of parties that a document puts beside a name: 원고 오세진, Acme Ltd (the "Seller")."""
    rules = language_rules(language).statements
    roles, written, company = rules.roles, re.escape(name), rules.company
    if not roles:
        return frozenset()
    beside = re.compile(
        rf"(?P<before>{roles})[\"'”’」)]?(?:[ \t:,(]{{1,3}}|{rules.before_name})(?:{company}\s?)?"
        rf"{written}(?![^\W\d_]{{3}})"
        rf"|{written}(?:\s{company}\.?)?[^.()\n]{{0,50}}?"
        rf"\((?:[^()\n]{{0,20}}?\s)?[\"'“‘「]?(?P<behind>{roles})[\"'”’」]?[^()\n]{{0,10}}\)"
        rf"|{written},\s(?:the\s)?(?P<after>{roles})",
        re.IGNORECASE,
    )
    found = (match["before"] or match["behind"] or match["after"] for match in beside.finditer(document))
    return frozenset(part.lower().removesuffix("s") for part in found)
