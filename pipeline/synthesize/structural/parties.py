"""Facts of the task `party`: who stands on which side of a contract or a lawsuit.

Comes in: text and language; goes out: `Findings`. Understands `NAME, a Vermont corporation (…) ("Tenant")`,
`NAME … (the Supplier)`, `NAME, Plaintiff`, and in Korean `임대인 NAME(이하 "갑")` and `원고  NAME`. Only the opening
of a document is read. A role that two names claim is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.records import Language
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import is_masked, one_line

_ROLE = (
    r"(?:Landlord|Tenant|Guarantor|Lessor|Lessee|Supplier|Buyer|Seller|Purchaser|Vendor|Licensor|Licensee|Customer|Client|"
    r"Contractor|Subcontractor|Provider|Company|Employer|Employee|Borrower|Lender|Owner|Agent|Distributor|Manufacturer|"
    r"Consultant|Recipient|Discloser|Franchisor|Franchisee|Insurer|Insured|Plaintiff|Defendant|Claimant|Appellant|"
    r"Respondent|Applicant|Petitioner|Assignor|Assignee|Mortgagor|Mortgagee)"
)
_BRACKETED = re.compile(
    r"\((?:(?:the|hereinafter|hereafter|referred to as|collectively|together),?\s+){0,3}"
    rf"[\"“]?(?P<role>{_ROLE})[\"”]?\)"
)
_NAME_WORD = r"(?:[A-ZÀ-Ý][\w’'.&-]*|&|of|and|de|van|von)"
_NAME = re.compile(
    rf"[A-ZÀ-Ý][\w’'.&-]*(?:[ \t]+{_NAME_WORD})*(?:,[ \t]+(?:Inc|Ltd|LLC|L\.L\.C|LLP|Corp|Co|GmbH|S\.A)\b\.?)?"
)
_NAME_START = re.compile(r"(?:\bbetween\s+|\band\s+|\bby\s+|\(\d\)\s+|\n\s*|[.;]\s+)(?=[A-ZÀ-Ý])")
_DECLARED = re.compile(
    rf"^(?P<name>[A-ZÀ-Ý][^\n,(]{{2,70}}?)(?:[ \t]+\([^()\n]{{1,80}}\))?,[ \t]+(?P<role>{_ROLE})s?[.,]?[ \t]*$",
    re.MULTILINE,
)
_LABELLED = re.compile(rf"^(?P<role>{_ROLE})[ \t]*:[ \t]+(?P<name>[A-ZÀ-Ý][^\n,;(]{{2,70}})", re.MULTILINE)

_KOREAN_ROLE = (
    r"(?:임대인|임차인|매도인|매수인|공급자|공급인|구매자|발주자|수급인|도급인|수탁자|위탁자|원고|피고|신청인|피신청인|채권자|채무자|"
    r"청구인|피청구인|항소인|피항소인|상고인|피상고인|양도인|양수인|대주|차주|보증인|연대보증인|사용자|근로자|이용자|회사)"
)
_KOREAN_CALLED = re.compile(
    rf"(?:(?P<role>{_KOREAN_ROLE})(?:인)?\s+)?(?P<name>(?:주식회사\s+|유한회사\s+|재단법인\s+|사단법인\s+|\(주\)\s*|㈜\s*)?"
    r"[가-힣A-Za-z0-9·&]{2,20}(?:\s*(?:주식회사|\(주\)|㈜))?)\s*"
    r"\(\s*이하\s*[\"“‘'「]?(?P<called>[^\"”’'」()\s]{1,10})[\"”’'」]?\s*(?:이라|라|이라고|라고)?\s*(?:한다|함|칭한다|하고)?\.?\s*\)"
)
_KOREAN_DECLARED = re.compile(
    rf"^[ \t]*(?P<role>{_KOREAN_ROLE})(?:[ \t]{{2,}}|[ \t]*[:：][ \t]*)"
    r"(?P<name>(?:주식회사|유한회사|재단법인|사단법인|학교법인|의료법인)?[ \t]?[가-힣A-Za-z0-9·&]{2,20})",
    re.MULTILINE,
)
_OPENING_CHARS = 6000


@dataclass(frozen=True, slots=True)
class _Party:
    role: str
    name: str
    span: Span


def party_facts(*, text: str, language: Language) -> Findings:
    """Facts about the parties that the opening of a document names."""
    opening = text[:_OPENING_CHARS]
    find = _korean_parties if language is Language.KOREAN else _english_parties
    parties = sorted(set(find(opening)), key=lambda party: (party.span, party.role))
    names_of: dict[str, set[str]] = defaultdict(set)
    roles_of: dict[str, list[str]] = defaultdict(list)
    for party in parties:
        names_of[party.role].add(party.name)
        if party.role not in roles_of[party.name]:
            roles_of[party.name].append(party.role)
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    certain = [party for party in parties if len(names_of[party.role]) == 1 and not is_masked(party.name)]
    for party in parties:
        if party not in certain:
            refusals.append(_refuse(party, sorted(names_of[party.role])))
    for party in certain:
        facts.append(
            make_fact(form=QuestionForm.PARTY_ROLE, slots={"role": party.role}, answer=party.name, spans=[party.span])
        )
    for name in dict.fromkeys(party.name for party in certain):
        own = [party for party in certain if party.name == name]
        roles = [party.role for party in own]
        facts.append(
            make_fact(
                form=QuestionForm.PARTY_NAME,
                slots={"name": name},
                answer=_capacity(roles, language),
                spans=[party.span for party in own],
            )
        )
    if len(certain) == len(parties) and len(roles_of) > 1:
        facts.append(
            make_fact(
                form=QuestionForm.PARTY_ALL,
                slots={},
                answer="; ".join(f"{name}: {_capacity(roles, language)}" for name, roles in roles_of.items()),
                spans=[party.span for party in certain],
            )
        )
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _english_parties(opening: str) -> Iterator[_Party]:
    for match in _BRACKETED.finditer(opening):
        low = max(0, match.start() - 300)
        starts = [start.end() for start in _NAME_START.finditer(opening, low, match.start())]
        named = next(
            (found for start in reversed(starts) if (found := _party_name(opening, start, match.start()))), None
        )
        if named is not None:
            name = one_line(named.group()).rstrip(",")
            yield _Party(role=match["role"], name=name, span=Span(named.start(), match.end()))
    for pattern in (_DECLARED, _LABELLED):
        for match in pattern.finditer(opening):
            yield _Party(role=match["role"], name=one_line(match["name"]), span=Span(match.start(), match.end()))


def _party_name(opening: str, start: int, end: int) -> re.Match[str] | None:
    """A name that runs up to a comma, a bracket or `whose`, not a word of the description."""
    match = _NAME.match(opening, start, end)
    if match is None:
        return None
    follows = opening[match.end() : match.end() + 2]
    is_name = follows.startswith((",", " (")) or match.end() >= end - 1
    has_other_bracket = re.search(r"\((?:the |this )?[\"“]|[.;]\s", opening[match.end() : end]) is not None
    is_document = re.match(r"(?:This|That)\b|.*\b(?:Agreement|Contract|Lease|License|Deed)$", match.group())
    return match if is_name and not (has_other_bracket or is_document) and len(match.group().split()) > 1 else None


def _korean_parties(opening: str) -> Iterator[_Party]:
    for match in _KOREAN_CALLED.finditer(opening):
        name = one_line(match["name"])
        span = Span(match.start("role") if match["role"] else match.start("name"), match.end())
        if match["role"] or match["called"] in ("갑", "을", "병", "정") or re.fullmatch(_KOREAN_ROLE, match["called"]):
            yield _Party(role=_quoted_if_letter(match["called"]), name=name, span=span)
        if match["role"]:
            yield _Party(role=match["role"], name=name, span=span)
    for match in _KOREAN_DECLARED.finditer(opening):
        yield _Party(role=match["role"], name=one_line(match["name"]), span=Span(match.start("role"), match.end()))


def _quoted_if_letter(role: str) -> str:
    return f"“{role}”" if len(role) == 1 else role


def _capacity(roles: list[str], language: Language) -> str:
    if language is Language.ENGLISH:
        return " and ".join(f"the {role}" for role in roles)
    words = [role for role in roles if not role.startswith("“")]
    letters = [role for role in roles if role.startswith("“")]
    return f"{', '.join(words)}({', '.join(letters)})" if words and letters else ", ".join(roles)


def _refuse(party: _Party, names: list[str]) -> Refusal:
    return Refusal(
        task=StructuralTask.PARTY,
        subject=party.role,
        reason="ambiguous_party",
        detail=f"the role {party.role} belongs to {', '.join(names)}, or the name was masked",
        span=party.span,
    )
