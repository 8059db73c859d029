"""Korean words around the number of a provision."""

from __future__ import annotations

import re

from pipeline.languages.question_rules import MentionRules

MENTIONS = MentionRules(
    other_document_before=re.compile(
        r"(?:」|』|법|법률|시행령|시행규칙|규칙|규정|조례|협약|령)(?:\([^()\n]{0,40}\))?\s*(?:제\s*)?$"
    ),
    range_between=re.compile(r"\s*(?:부터|내지|에서)\s*"),
)
