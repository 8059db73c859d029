"""Korean legal texts: how they number, refer, amend and close."""

from __future__ import annotations

import re

from pipeline.languages.ko.deadlines import DEADLINES
from pipeline.languages.ko.definitions import DEFINITIONS, bare_meaning
from pipeline.languages.ko.money import MONEY
from pipeline.languages.ko.parties import PARTIES
from pipeline.languages.legal_rules import ArticleReferences, LegalRules, Numbering

_MENTION = re.compile(
    r"제\s?(?P<num>\d{1,4})\s?조(?:의\s?(?P<branch>\d{1,2}))?(?!\w*원)(?:\s?제\s?(?P<paragraph>\d{1,2})\s?항)?"
)
_SECTION = re.compile(r"(?<![\d.])(?P<num>\d{1,3}(?:\.\d{1,3}){0,3})\s?(?P<noun>[절장])(?![가-힣]*[치비점])")
_FOREIGN_BEFORE = re.compile(
    r"(?<!이 )(?<!본 )(?<!이)(?:법|법률|령|규칙|규정|조례|협약|약관|규약|[」』])(?:\s*\([^()]{0,80}\))?\s*$"
)
_ORIGINAL_BEFORE = re.compile(
    r"(?:원\s?계약|본\s?계약|이 계약|계약서|종전 계약|임대차계약|공급계약|기존 계약)(?:서)?의?\s*$"
)
_CONTINUED = re.compile(r"(?:및|또는|내지|부터|,|·|ㆍ|과|와)\s*$")


def _provision_noun(label: str) -> str:
    return "조항" if "제" in label else "절"


LEGAL = LegalRules(
    numbering=Numbering.ARTICLES,
    references=ArticleReferences(
        mention=_MENTION,
        branch_mark="의",
        article_noun="조",
        paragraph_noun="항",
        section=_SECTION,
        original_before=_ORIGINAL_BEFORE,
        foreign_before=_FOREIGN_BEFORE,
        continued=_CONTINUED,
        supplement="부칙",
    ),
    definitions=DEFINITIONS,
    bare_meaning=bare_meaning,
    provision_noun=_provision_noun,
    money=MONEY,
    deadlines=DEADLINES,
    parties=PARTIES,
    families=frozenset({"조", "항"}),
    paragraph_nouns=frozenset({"항"}),
    inner_nouns=frozenset({"항", "목"}),
    closing=(
        r"(?:재판장[ \t]+)?판사[ \t]"
        r"|(?:위|이|본) 계약(?:을|의) (?:증명|체결|성립)|\d{4}\s*[년.]\s*\d{1,2}\s*[월.]\s*\d{1,2}\s*일?\.?$"
        r"|.{0,120}\(\s*(?:인|서명|서명 또는 날인)\s*\)$"
    ),
    changes=r"변경|개정|삭제|대체|신설|증액|감액|연장|단축|추가",
    term_changes=r"변경|삭제|개정|대체|연장|증액|감액",
    damage=r"\(\s*생\s*략\s*\)|현행과\s*같음",
)
