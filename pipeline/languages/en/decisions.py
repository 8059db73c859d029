"""English lists of decisions and actions in minutes."""

from __future__ import annotations

import re

from pipeline.languages.decision_rules import DecisionRules

DECISIONS = DecisionRules(
    heading=re.compile(
        r"(?:(?:list|summary|record) of )?(?:the )?(?:open |agreed |new )?(?:decisions?|resolutions?|action items?"
        r"|actions?|follow-ups?|next steps|to-dos?)(?: (?:made|taken|reached|agreed|and actions|and decisions))?",
        re.IGNORECASE,
    ),
    owner=re.compile(
        r"\b(?:[Oo]wner|[Rr]esponsible|[Aa]ssignee|[Aa]ssigned to|[Ll]ead)\s?:\s?"
        r"(?P<name>(?:[A-Z]\.\s?){0,2}[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+){0,2})"
        r"(?=[.;]|,(?!\s?(?:[A-Z]\.\s?)?[A-Z])|\s?\(|\s*$)"
    ),
    owner_word=re.compile(r"\b(?:owners?|responsible|assignees?|assigned|lead)\b", re.IGNORECASE),
    number_column="No.",
    owner_column="Responsible",
    item_column="Item",
)
