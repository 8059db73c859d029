"""Finds who does what: an answer must not let one party do what the evidence says of another.

Each deed of the answer is compared with the deeds of the evidence that have the same verb and the same polarity. Active
and passive count as the same, see `Deed`. Common nouns are exchanged only if both stand in the evidence; for names and
nouns of parties it is enough that the answer has another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.languages import language_rules
from pipeline.languages.statement_rules import Deed
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case
from pipeline.synthesize.words import is_stop_word, stem

_MAX_REMEMBERED_DOCUMENTS = 4
_INSIDE = re.compile(r"[^\W\d_A-Z],? (?P<name>[A-Z][\w’'-]*+)(?!\s?\d)")
_LABEL = re.compile(r"^(?:[\[(][^\])\n]{1,30}[\])]\s*)?\W*(?P<name>[A-Z][\w-]+):", re.MULTILINE)
_SMALL = re.compile(r"(?<![\w.])[a-z][\w-]+", re.ASCII)
_ALIAS_CHARS = 90


def exchanged_actor(claim: Claim) -> Dropped | None:
    """Return a fault if the answer exchanges who acts and who is acted on, or lets another one act; None if not."""
    read = language_rules(claim.language).statements.read_deeds
    if read is None:
        return None
    known = read(claim.evidence.text)
    parties = _parties(claim, known)
    for deed in read(claim.stated.text):
        same_act = [other for other in known if other.act == deed.act and other.is_denied == deed.is_denied]
        if any(_agree(deed, other, parties) for other in same_act):
            continue
        for other in same_act:
            wrong = _wrong_one(deed, other, known, parties, claim)
            if wrong:
                detail = f"The answer gives '{wrong}' a part in '{deed.act}' that the evidence gives to another."
                return Dropped("values_exchanged", detail)
    return None


@dataclass(frozen=True, slots=True)
class _Parties:
    """Those who may act: names, and nouns of parties. All are stems."""

    names: frozenset[str]
    roles: frozenset[str]
    nouns: frozenset[str]
    """Other nouns with the form of one that acts; one of them must act in the evidence too."""
    in_evidence: frozenset[str]
    in_question: frozenset[str]

    def have(self, word: str) -> bool:
        return word in self.names or word in self.roles


def _parties(claim: Claim, known: Sequence[Deed]) -> _Parties:
    rules = language_rules(claim.language).statements
    texts = (claim.stated, claim.evidence, claim.asked)
    roles, nouns = (
        frozenset(
            found.lower() if rules.read_words else stem(found)
            for statement in texts
            for found in compiled_ignoring_case(pattern).findall(statement.text)
        )
        for pattern in (rules.roles, rules.agent_nouns)
    )
    names = {word.stem for statement in (*texts, claim.around) for word in statement.words if word.is_name}
    return _Parties(
        names | names_of_document(claim.document),
        roles,
        nouns,
        _all_words(claim.evidence).union(*(deed.agents | deed.others for deed in known)),
        _all_words(claim.asked),
    )


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def names_of_document(text: str) -> frozenset[str]:
    """Return the stems of the words that a document has with a capital inside a sentence or as a label, never without.

    They tell a name at the beginning of a sentence from another word.
    """
    found = {match["name"] for pattern in (_INSIDE, _LABEL) for match in pattern.finditer(text)}
    small = set(_SMALL.findall(text))
    return frozenset(stem(name) for name in found if name.lower() not in small and not is_stop_word(name))


def _all_words(statement: Statement) -> frozenset[str]:
    return statement.stems | frozenset(re.findall(r"[^\W\d_]+", statement.text.lower()))


def _agree(one: Deed, other: Deed, parties: _Parties) -> bool:
    """Return whether two deeds can be the same."""
    if one.agents and other.agents and not one.agents & other.agents:
        return False
    return not _other_party(one, other, parties)


def _other_party(one: Deed, other: Deed, parties: _Parties) -> str:
    """Return a party to which one deed is done, where the other has a different one in its place."""
    if not one.agents & other.agents:
        return ""
    known = other.others | other.agents
    strange = sorted(word for word in one.others - known if parties.have(word) and word in parties.in_evidence)
    replaced = [word for word in other.others - one.others - one.agents if parties.have(word)]
    return strange[0] if strange and replaced else ""


def _wrong_one(deed: Deed, other: Deed, known: Sequence[Deed], parties: _Parties, claim: Claim) -> str:
    """Return the word that took the part of another, if these are two parties and not two names of one."""
    if deed.agents & other.agents:
        return _other_party(deed, other, parties)
    is_sure = other.is_sure or bool(other.agents & parties.roles)
    for agent in sorted(deed.agents):
        if is_sure and agent in other.others and other.agents & deed.others:
            return agent
        acts = parties.have(agent) or any(agent in third.agents and third.act != deed.act for third in known)
        is_rival = acts if agent in parties.in_evidence else _is_of_one_kind(agent, other.agents, parties, claim)
        if is_sure and is_rival and not _is_alias(agent, other.agents, claim.document):
            return agent
    return ""


def _is_of_one_kind(agent: str, others: frozenset[str], parties: _Parties, claim: Claim) -> bool:
    """Return whether a party from beside the evidence is of one kind with those in it: two names, or two roles."""
    if agent in parties.in_question or agent not in claim.document.lower():
        return False
    return any(agent in kind and others & kind for kind in (parties.names, parties.roles, parties.nouns))


def _is_alias(name: str, others: frozenset[str], document: str) -> bool:
    """Return whether a document gives one as another name of the other: Acme Ltd (the "Company")."""
    for other in others:
        for first, second in ((name, other), (other, name)):
            pattern = rf"{re.escape(first)}[^.()\n]{{0,{_ALIAS_CHARS}}}?[(（][^()\n]{{0,30}}?{re.escape(second)}"
            if re.search(pattern, document, re.IGNORECASE):
                return True
    return False
