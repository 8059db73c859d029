"""English legal texts: how they number, refer, amend and close."""

from __future__ import annotations

import re

from pipeline.languages.en.deadlines import DEADLINES
from pipeline.languages.en.definitions import DEFINITIONS
from pipeline.languages.en.money import MONEY
from pipeline.languages.en.parties import PARTIES
from pipeline.languages.legal_rules import LegalRules, Numbering, SectionReferences

_NUMBER = r"\d{1,5}(?:\.\d{1,4}){0,3}(?:의\d{1,2})?(?:\([0-9A-Za-z]{1,4}\))*|[IVXL]{1,6}\b"
_BETWEEN = r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|to|through)\s+|\s*[–~]\s*"
_MENTION = re.compile(
    rf"\b(?P<noun>[Ss]ections?|SECTIONS?|[Cc]lauses?|[Pp]aragraphs?|[Aa]rticles?|ARTICLES?|[Ii]tems?|[Ss]ee|[Ii]n)\s+"
    rf"(?P<list>\[?(?:{_NUMBER})\]?(?:(?:{_BETWEEN})\[?(?:{_NUMBER})\]?)*)|(?P<sign>§§?)\s*(?P<signed>{_NUMBER})"
)
_ONE = re.compile(rf"(?P<joint>{_BETWEEN})?\[?(?P<num>{_NUMBER})\]?")
_ELSEWHERE = re.compile(
    r"\s+(?:of|to|in)\s+(?!(?:this|these)\b)(?:the\s+)?(?P<name>(?:[A-Z][\w’'-]*|[Aa]ct|[Cc]ode|[Rr]egulations?|[Ss]tatute)"
    r"(?:\s+(?:of\s+)?[A-Z0-9][\w’'.-]*){0,5})"
)
_OWN_DOCUMENT = re.compile(
    r"(?:Agreement|Lease|Contract|License|Terms|Policy|Deed|Manual|Guide|Amendment|Schedule|Annex)\b"
)
_FOREIGN_BEFORE = re.compile(r"(?:CFR|U\.S\.C\.|USC|Stat\.|Act|Code|Pub\. L\.)(?:\s+(?:part|at))?\s*$")


def _provision_noun(label: str) -> str:
    return "section" if label.startswith("§") else label.split()[0].lower()


LEGAL = LegalRules(
    numbering=Numbering.SECTIONS,
    references=SectionReferences(
        mention=_MENTION,
        one=_ONE,
        bare_nouns=frozenset({"see", "in"}),
        range_joints=frozenset({"to", "through", "–", "~"}),
        item_nouns=frozenset({"paragraph", "item"}),
        elsewhere=_ELSEWHERE,
        own_document=_OWN_DOCUMENT,
        foreign_before=_FOREIGN_BEFORE,
    ),
    definitions=DEFINITIONS,
    provision_noun=_provision_noun,
    money=MONEY,
    deadlines=DEADLINES,
    parties=PARTIES,
    families=frozenset({"article", "paragraph", "§"}),
    contents_lead=r"Section|SECTION|Article|ARTICLE",
    closing=r"Signed\b|IN WITNESS\b|Executed (?:as|on|by)\b|AS WITNESS\b|By:|Signatures?\b|Yours\b",
    changes=(
        r"\b(?:amend|chang|replac|delet|substitut|increas|reduc|rais|lower|extend|suspend|supersed|added|becomes?)"
    ),
    term_changes=r"changed|replaced|deleted|reduced|increased|amended|extended|becomes",
)
