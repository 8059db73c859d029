"""Parties in Korean: `임대인 NAME(이하 "갑")` and `원고  NAME`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages.legal_rules import NamedParty, PartyRules

_ROLE = (
    r"(?:임대인|임차인|매도인|매수인|공급자|공급인|구매자|발주자|수급인|도급인|수탁자|위탁자|원고|피고|신청인"
    r"|피신청인|채권자|채무자|"
    r"청구인|피청구인|항소인|피항소인|상고인|피상고인|양도인|양수인|대주|차주|보증인|연대보증인|사용자|근로자|이용자"
    r"|회사)"
)
_CALLED = re.compile(
    rf"(?:(?P<role>{_ROLE})(?:인)?\s+)?(?P<name>(?:주식회사\s+|유한회사\s+|재단법인\s+|사단법인\s+|\(주\)\s*|㈜\s*)?"
    r"[가-힣A-Za-z0-9·&]{2,20}(?:\s*(?:주식회사|\(주\)|㈜))?)\s*"
    r"\(\s*이하\s*[\"“‘'「]?(?P<called>[^\"”’'」()\s]{1,10})[\"”’'」]?\s*(?:이라|라|이라고|라고)?\s*(?:한다|함"
    r"|칭한다|하고)?\.?\s*\)"
)
"""Finds a party with a short name in brackets: 임대인 홍길동(이하 "갑"이라 한다)."""
_DECLARED = re.compile(
    rf"^[ \t]*(?:[【\[](?P<role_in_brackets>{_ROLE})(?:,[ ]?[가-힣]{{2,6}})?[】\]][ \t]*|(?P<role>{_ROLE}"
    rf"|원[ \t]{{1,12}}고|피[ \t]{{1,12}}고)(?:[ \t]{{2,}}|[ \t]*[:：][ \t]*))"
    r"(?P<name>(?:주식회사|유한회사|재단법인|사단법인|학교법인|의료법인)?[ \t]?[가-힣A-Za-z0-9·&]{2,20})",
    re.MULTILINE,
)
"""Finds a line with a role and a name: 원고  홍길동, 【청구인】 홍길동."""


def _find(opening: str) -> Iterator[NamedParty]:
    for match in _CALLED.finditer(opening):
        name = " ".join(match["name"].split())
        start, end = match.start("role") if match["role"] else match.start("name"), match.end()
        if match["role"] or match["called"] in ("갑", "을", "병", "정") or re.fullmatch(_ROLE, match["called"]):
            yield NamedParty(role=_quoted_if_letter(match["called"]), name=name, start=start, end=end)
        if match["role"]:
            yield NamedParty(role=match["role"], name=name, start=start, end=end)
    for match in _DECLARED.finditer(opening):
        name = " ".join(match["name"].split())
        role = "".join((match["role"] or match["role_in_brackets"]).split())
        start = match.start("role") if match["role"] else match.start("role_in_brackets")
        yield NamedParty(role=role, name=name, start=start, end=match.end())


def _quoted_if_letter(role: str) -> str:
    return f"“{role}”" if len(role) == 1 else role


def _capacity(roles: list[str]) -> str:
    words = [role for role in roles if not role.startswith("“")]
    letters = [role for role in roles if role.startswith("“")]
    return f"{', '.join(words)}({', '.join(letters)})" if words and letters else ", ".join(roles)


PARTIES = PartyRules(find=_find, capacity=_capacity)
