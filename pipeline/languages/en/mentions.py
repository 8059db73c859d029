"""English words around the number of a provision."""

from __future__ import annotations

import re

from pipeline.languages.question_rules import MentionRules

MENTIONS = MentionRules(
    other_document_before=re.compile(
        r"(?:\b(?:Act|Code|Law|Regulations?|Rules?|Directive|Statutes?|Constitution|Treaty|Convention|C\.?F\.?R|"
        r"U\.?S\.?C)\.?,?\s*(?:\(\d{4}\),?\s*)?(?:§+\s*)?)$"
    ),
    other_document_after=re.compile(
        r"[\w(). -]{0,12}\s*,?\s*of\s+(?:the|that|said|such)\s+(?:\w+\s+){0,6}?"
        r"(?:Act|Code|Law|Regulations?|Rules|Directive|Statutes?|Constitution|Treaty|Convention|GDPR)\b"
    ),
    range_between=re.compile(r"\s*(?:to|through|thru|until)\s*"),
)
