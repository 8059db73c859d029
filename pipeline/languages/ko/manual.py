"""Korean manuals: steps, sections and tables."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.rules import ManualRules


def _section_label(number: str, depth: int) -> str:
    return f"{number}장" if depth == 1 else f"{number}절"


def _is_section_label(label: str) -> bool:
    return label.endswith(("절", "장"))


MANUAL = ManualRules(
    step_label=r"(\d{1,2})단계[.:)]?",
    instruction=re.compile(r"(?:십시오|시오|세요|니다|한다|는다|하기|할 것|도록 함|[^니]다)[.!]?$"),
    table_caption="표",
    section=SectionWords(label=_section_label, is_label=_is_section_label, suffix="장|절"),
)
