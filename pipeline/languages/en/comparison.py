"""English words for comparing documents."""

from __future__ import annotations

import re

from pipeline.languages.comparison_rules import ComparisonWords

COMPARISON = ComparisonWords(
    titled_document="“{title}”",
    numbered_document="document {number}",
    document_column="Document",
    provision_column="Provision",
    value_column="Stated",
    not_stated="not in this document",
    no_sentence="no such sentence",
    differ="Yes.",
    are_equal="No. Both read: “{words}”",
    highest="highest",
    lowest="lowest",
    longest="longest",
    shortest="shortest",
    larger_than=r"\b(?:longer|higher|larger|greater|more|later|heavier|bigger)\b",
    smaller_than=r"\b(?:shorter|lower|smaller|less|fewer|earlier|sooner|lighter)\b",
    standard=r"\bthan\s(?P<standard>[^,;.]+)",
    no_title=re.compile(
        r"\b(?:consists?|comprises?|shall|must|hereby|ha(?:s|ve)\s+been|(?:is|are|was|were)\s+(?:an?|the|made|entered|licensed)"
        r"|means|provides\s+that|governs?|appl(?:y|ies)\s+to|sets?\s+(?:out|forth))\b"
        r"|(?-i:,|\b(?:of|the|an?|and|or|to|in|for|by|with|from|under|between))$",
        re.IGNORECASE,
    ),
    title_goes_on=re.compile(r"[ \t]*\n?[ \t]*[a-z]{2,} "),
    kinds={"money": "amount", "date": "date", "share": "percentage", "duration": "period"},
)
