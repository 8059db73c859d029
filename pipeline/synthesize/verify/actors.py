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
from pipeline.synthesize.verify.surroundings import DIALOGUE
from pipeline.synthesize.words import is_stop_word, stem

_MAX_REMEMBERED_DOCUMENTS = 4
_INSIDE = re.compile(r"[^\W\d_A-Z],? (?P<name>[A-Z][\w’'-]*+)(?!\s?\d)")
_SPEAKER = re.compile(
    r"^(?:[\[(][^\])\n]{1,30}[\])]\s*)?\W{0,4}(?P<name>[^\W\d][^:\n]{0,30}?)(?:\s*\([^)\n]{1,30}\))?\s*:", re.MULTILINE
)
_LABEL = re.compile(r"^(?:[\[(][^\])\n]{1,30}[\])]\s*)?\W*(?P<name>[A-Z][\w-]+):", re.MULTILINE)
_SMALL = re.compile(r"(?<![\w.])[a-z][\w-]+", re.ASCII)
_ALIAS_CHARS = 90


def exchanged_actor(claim: Claim) -> Dropped | None:
    """Return a fault if the answer exchanges who acts and who is acted on, or lets another one act; None if not."""
    rules = language_rules(claim.language).statements
    read = rules.read_deeds
    if read is None or claim.is_foreign:
        return None
    stated = read(claim.stated.text)
    if rules.completed is not None and not any(deed.agents or deed.others for deed in stated):
        stated = read(rules.completed(claim.asked.text, claim.stated.text))
    known = read(claim.evidence.text)
    parties = _parties(claim, known)
    beside = read(claim.around.text)
    for deed in stated:
        same_act = [other for other in known if other.act == deed.act and other.is_denied == deed.is_denied]
        same_act = _most_alike(deed, same_act)
        around = [other for other in beside if other.act == deed.act and other.is_denied == deed.is_denied]
        if any(_agree(deed, other, parties) for other in same_act):
            continue
        if any(deed.agents & other.agents and _agree(deed, other, parties) for other in _most_alike(deed, around)):
            continue
        for other in same_act:
            wrong = _wrong_one(deed, other, known, parties, claim)
            if wrong:
                detail = f"The answer gives '{wrong}' a part in '{deed.act}' that the evidence gives to another."
                return Dropped("values_exchanged", detail)
    return None


def _most_alike(deed: Deed, others: Sequence[Deed]) -> list[Deed]:
    """Return the deeds that share the most words with a deed, whatever part they have in it."""
    words = deed.agents | deed.others
    shared = [len(words & (other.agents | other.others)) for other in others]
    best = max(shared, default=0)
    return [other for other, count in zip(others, shared, strict=True) if count == best]


@dataclass(frozen=True, slots=True)
class _Parties:
    """Those who may act: names, and nouns of parties. All are stems."""

    names: frozenset[str]
    speakers: frozenset[str]
    roles: frozenset[str]
    in_evidence: frozenset[str]
    in_question: frozenset[str]

    def have(self, word: str) -> bool:
        """Return whether a stem is a name or the noun of a party."""
        return word in self.names or word in self.roles


def _parties(claim: Claim, known: Sequence[Deed]) -> _Parties:
    rules = language_rules(claim.language).statements
    texts = (claim.stated, claim.evidence, claim.asked)
    roles = frozenset(
        found.lower() if rules.read_words else stem(found)
        for statement in texts
        for found in compiled_ignoring_case(rules.roles).findall(statement.text)
    )
    names = frozenset(word.stem for statement in (*texts, claim.around) for word in statement.words if word.is_name)
    return _Parties(
        names | names_of_document(claim.document),
        _speakers(claim.document) if claim.domain == DIALOGUE else frozenset(),
        roles,
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


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def _speakers(text: str) -> frozenset[str]:
    return frozenset(
        part
        for match in _SPEAKER.finditer(text)
        for word in match["name"].split()
        for part in (word.lower(), stem(word))
    )


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
        if agent in other.others and other.agents & deed.others:
            return agent
        if not deed.others & other.others and (deed.others or not claim.asked.words):
            continue  # nothing shows that the two deeds are the same
        acts = parties.have(agent) or (
            bool(claim.asked.words)  # any noun of a whole section acts somewhere
            and any(agent in third.agents and third.act != deed.act for third in known)
        )
        is_rival = acts if agent in parties.in_evidence else _is_of_one_kind(agent, other.agents, parties, claim)
        if (
            is_sure
            and is_rival
            and not _are_name_and_role(agent, other.agents, parties)
            and not _is_alias(agent, other.agents, claim.document)
        ):
            return agent
    return ""


def _are_name_and_role(agent: str, others: frozenset[str], parties: _Parties) -> bool:
    """Return whether one is a name and the other a role, so that both may mean the same: Ms Holm and the seller."""
    named, titled = agent in parties.names - parties.roles, agent in parties.roles
    other_named, other_titled = bool(others & parties.names - parties.roles), bool(others & parties.roles)
    return (named and other_titled and not other_named) or (titled and other_named and not other_titled)


def _is_of_one_kind(agent: str, others: frozenset[str], parties: _Parties, claim: Claim) -> bool:
    """Return whether a party from beside the evidence is of one kind with those in it: two names, or two roles."""
    if agent in parties.in_question or agent not in claim.document.lower():
        return False
    return any(agent in kind and others & kind for kind in (parties.speakers, parties.roles))


def _is_alias(name: str, others: frozenset[str], document: str) -> bool:
    """Return whether a document gives one as another name of the other: Acme Ltd (the "Company")."""
    for other in others:
        for first, second in ((name, other), (other, name)):
            pattern = rf"{re.escape(first)}[^.()\n]{{0,{_ALIAS_CHARS}}}?[(（][^()\n]{{0,30}}?{re.escape(second)}"
            if re.search(pattern, document, re.IGNORECASE):
                return True
    return False
