"""Korean lists of decisions and actions in minutes: 결정 사항, 조치 사항."""

from __future__ import annotations

import re

from pipeline.languages.decision_rules import DecisionRules

DECISIONS = DecisionRules(
    heading=re.compile(
        r"(?:주요\s?|회의\s?|향후\s?|후속\s?)?(?:결정|의결|합의|협의|조치|실행|추진)\s?(?:사항|내용|과제|계획|항목)|할\s?일|후속\s?조치|액션\s?아이템"
    ),
    owner=re.compile(
        r"(?:담당|책임)(?:자)?(?:\s?[:：]\s?|\s)(?P<name>[가-힣]{2,4})(?=[.;)]|,(?!\s*[가-힣]{2,4}\s*(?:[.,]|$))|\s*$)"
    ),
    owner_word=re.compile(r"담당|책임자"),
    number_column="번호",
    owner_column="담당",
    item_column="내용",
)
