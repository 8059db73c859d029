"""Definitions in Korean: `"용어"란 … 말한다` and `용어라 함은 …`."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import VerbFinalDefinitions

_QUOTED = re.compile(
    r"[\"“‘「'](?P<term>[^\"“”‘’「」'\n]{1,40})[\"”’」'](?:\([^()\n]{1,60}\))?\s*(?P<verb>이?라\s*함은|이?란|은|는)\s+"
)
"""Finds a term in quotation marks and its topic marker: "용어"란."""
_UNQUOTED = re.compile(
    r"^[ \t]*(?:\d{1,2}\.|[가-하]\.|[①-⑳])[ \t]*(?P<term>[가-힣A-Za-z0-9·ㆍ][가-힣A-Za-z0-9·ㆍ ]{0,30}?)"
    r"(?P<verb>(?<=[가-힣])이?라[ \t]*함은|이란|란)[ \t]+",
    re.MULTILINE,
)
"""Finds a term at the start of a list item and its topic marker: 1. 용어란."""
_END = re.compile(r"(?:말한다|뜻한다|의미한다|가리킨다|말합니다|뜻합니다|의미합니다|본다|같다|[다이]다)\.?$")
_WEAK_END = re.compile(r"(?:말한다|뜻한다|의미한다|가리킨다|말합니다|뜻합니다|의미합니다)\.?$")


def bare_meaning(meaning: str) -> str:
    """Return a meaning without the verb at its end: 말한다, 뜻한다 or 의미한다."""
    return re.sub(r"(?:을|를)?\s*(?:말|뜻|의미)(?:한다|합니다)$", "", meaning)


DEFINITIONS = VerbFinalDefinitions(
    quoted=_QUOTED,
    unquoted=_UNQUOTED,
    weak_markers=frozenset({"은", "는"}),
    end=_END,
    weak_end=_WEAK_END,
    addition=re.compile(r"(?:다만|단,|이 경우|여기서|이때)"),
    list_follows="다음 각",
    no_term=re.compile(
        r"(?:.{0,30}\s)?[가-힣]{0,12}(?:령|규칙|조례|법률|정관|규정|장관|청장|처장|원장|위원회|기관|시장|도지사)"
        r"(?:으로|로|에서|에|이|가)\s(?:따로 |각각 |별도로 )?(?:정하|정한|고시|지정|인정|따[르른])"
    ),
    unresolved=re.compile(
        r"(?:^|\s)(?:제\d+[호항목]|같은 [조항호]|전[조항호]|위의?|해당|[가-하]목)(?:의|에|을|를|이|가|부터|\s)"
    ),
    scoped=re.compile(
        r"(?:(?:이|본|위|해당|동)[ \t]?[조항호목장절관]|제\d+[조항호장절](?:의\d+)?(?:제\d+[항호])*)에서"
        r"(?:의|[ \t]말하는)?[ \t]*$"
    ),
)
