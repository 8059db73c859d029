"""Korean legal texts: the rules of the modules for each subject, and the words of amendments and closing lines."""

from __future__ import annotations

from pipeline.languages.ko.claims import CLAIMS
from pipeline.languages.ko.deadlines import DEADLINES
from pipeline.languages.ko.definitions import DEFINITIONS, bare_meaning
from pipeline.languages.ko.duties import DUTIES
from pipeline.languages.ko.money import MONEY
from pipeline.languages.ko.parties import PARTIES
from pipeline.languages.ko.provisions import PROVISIONS
from pipeline.languages.ko.references import REFERENCES
from pipeline.languages.ko.rulings import RULINGS
from pipeline.languages.legal_rules import LegalRules


def _provision_noun(label: str) -> str:
    return "조항" if "제" in label else "절"


LEGAL = LegalRules(
    provisions=PROVISIONS,
    references=REFERENCES,
    definitions=DEFINITIONS,
    bare_meaning=bare_meaning,
    provision_noun=_provision_noun,
    money=MONEY,
    deadlines=DEADLINES,
    parties=PARTIES,
    duties=DUTIES,
    rulings=RULINGS,
    claims=CLAIMS,
    closing=(
        r"(?:재판장[ \t]+)?판사[ \t]"
        r"|(?:위|이|본) 계약(?:을|의) (?:증명|체결|성립)|\d{4}\s*[년.]\s*\d{1,2}\s*[월.]\s*\d{1,2}\s*일?\.?$"
        r"|.{0,120}\(\s*(?:인|서명|서명 또는 날인)\s*\)$"
    ),
    imprint=r"저작권(?:자)?[ \t]*(?:ⓒ|©|\([Cc]\))|ⓒ[ \t]*\d{4}|(?:최종|마지막)[ \t]*(?:수정|개정|변경)일?[ \t]*[:：]",
    changes=(
        r"변경|개정|삭제|대체|신설|증액|감액|연장|단축|추가|수정|정정|조정|인상|인하|확대|축소|폐지|더하|더한|갈음|바꾸|바꾼"
        r"|늘리|늘린|줄이|줄인|올리|올린|내리|내린|[가-힣\d](?:으)?로[ \t]?(?:한다|하고|합니다)"
    ),
    term_changes=r"변경|삭제|개정|대체|연장|증액|감액",
    damage=(
        r"\(\s*생\s*략\s*\)|현행과\s*같음"
        r"|다음[ \t]+각[ \t]?[호목](?![\s\S]{0,4000}?\s(?:1\.|가\.|①|\(1\)))"
        r"|(?:(?![다함음임됨것])[가-힣]|,)[ \t]*\n[ \t]*\n[ \t]*(?![가-하]\.)[가-힣]"
    ),
)
