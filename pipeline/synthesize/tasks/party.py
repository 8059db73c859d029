"""The task `party` asks who the parties to a contract or lawsuit are, and in what role each of them appears.

The language's `PartyRules` find the parties; only the opening of a document is searched. A role is refused if several
names claim it or if the name of its party was masked.
"""

from __future__ import annotations

from collections import defaultdict

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages import language_rules
from pipeline.languages.legal_rules import NamedParty
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

PARTY_ROLE = Form(
    "party.role",
    {
        "en": (
            "who is the {role}?",
            "which party is the {role}?",
            "what is the name of the {role}?",
        ),
        "ko": (
            "이 문서에서 {role:은} 누구입니까?",
            "{role}의 이름 또는 상호는 무엇입니까?",
            "누가 {role}입니까?",
        ),
    },
)
PARTY_NAME = Form(
    "party.name",
    {
        "en": (
            "in what capacity does {name} appear in this document?",
            "which party is {name}?",
        ),
        "ko": (
            "{name:은} 이 문서에서 어떤 당사자입니까?",
            "{name}의 당사자 지위는 무엇입니까?",
        ),
    },
)
PARTY_ALL = Form(
    "party.all",
    {
        "en": (
            "who are the parties, and in what capacity does each appear?",
            "name every party together with its role.",
        ),
        "ko": (
            "당사자는 각각 누구이며 어떤 지위에 있습니까?",
            "이 문서의 당사자를 지위와 함께 모두 적어 주십시오.",
        ),
    },
)
_OPENING_CHARS = 6000


def party_facts(reading: Reading) -> Findings:
    """Return facts about the parties that the opening of a document names."""
    opening = reading.text[:_OPENING_CHARS]
    rules = language_rules(reading.language).legal.parties
    if rules is None:
        return Findings(facts=(), unasked=())
    parties = sorted(set(rules.find(opening)), key=lambda party: (party.start, party.end, party.role))
    names_of: dict[str, set[str]] = defaultdict(set)
    roles_of: dict[str, list[str]] = defaultdict(list)
    for party in parties:
        names_of[party.role].add(party.name)
        if party.role not in roles_of[party.name]:
            roles_of[party.name].append(party.role)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    certain = [party for party in parties if len(names_of[party.role]) == 1 and not has_pseudonym(party.name)]
    for party in parties:
        if party not in certain:
            unasked.append(_refuse(party, sorted(names_of[party.role])))
    for party in certain:
        facts.append(make_fact(form=PARTY_ROLE, slots={"role": party.role}, answer=party.name, spans=[_span(party)]))
    for name in dict.fromkeys(party.name for party in certain):
        mentions = [party for party in certain if party.name == name]
        roles = [party.role for party in mentions]
        facts.append(
            make_fact(
                form=PARTY_NAME,
                slots={"name": name},
                answer=rules.capacity(roles),
                spans=[_span(party) for party in mentions],
            )
        )
    read = {party.role for party in parties}
    around = opening[: _end_of_next_paragraph(opening, max((party.end for party in parties), default=0))]
    others = rules.defined.finditer(around) if rules.defined is not None else ()
    is_all = len(certain) == len(parties) and all(match["role"] in read for match in others)
    if is_all and len(roles_of) > 1:
        facts.append(
            make_fact(
                form=PARTY_ALL,
                slots={},
                answer="; ".join(f"{name}: {rules.capacity(roles)}" for name, roles in roles_of.items()),
                spans=[_span(party) for party in certain],
            )
        )
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _end_of_next_paragraph(opening: str, position: int) -> int:
    """Return the end of the paragraph after the one at a position; that paragraph may name a further party."""
    for _ in range(2):
        blank = opening.find("\n\n", position)
        if blank < 0:
            return len(opening)
        position = blank + 2
    return position


def _span(party: NamedParty) -> Span:
    return Span(party.start, party.end)


def _refuse(party: NamedParty, names: list[str]) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=party.role,
        reason="ambiguous_party",
        detail=f"the role {party.role} belongs to {', '.join(names)}, or the name was masked",
        span=_span(party),
    )


TASK = StructuralTask(
    name="party",
    order=30,
    finds={"legal": party_facts},
    forms=(PARTY_ROLE, PARTY_NAME, PARTY_ALL),
    thresholds=thresholds_in(globals()),
)
