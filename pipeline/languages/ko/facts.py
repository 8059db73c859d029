"""Patterns for amounts, dates, durations, shares and counts in Korean."""

from __future__ import annotations

from pipeline.languages.question_rules import FactRules

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"

FACTS = FactRules(
    patterns=(
        ("money", rf"(?:(?<![가-힣])금 ?|₩ ?)?{_NUMBER}(?:[천백]?[만억]? ?\d*)*[천백]?[만억]? ?원(?:정)?"),
        ("date", r"\d{4}년 ?\d{1,2}월(?: ?\d{1,2}일)?|\d{1,2}월 ?\d{1,2}일|\d{4}[.-] ?\d{1,2}[.-] ?\d{1,2}"),
        ("share", rf"{_NUMBER} ?(?:%|퍼센트|프로(?![가-힣])|분의 ?\d+)"),
        (
            "duration",
            rf"{_NUMBER} ?(?:초|분|시간|영업일|일|주일?|개월|달|년)(?: ?(?:이내|간|동안|이상|전|후))?(?![분의])",
        ),
        ("count", rf"{_NUMBER} ?(?P<unit>명|개|대|건|부|회|번|권|장|채|세대|가구|박스|평|㎡)(?![가-힣]{{2}})"),
    ),
    places=r"제\s?",
    range_words=r"부터|에서",
    qualifiers=r"최대|최소|약|적어도",
)
