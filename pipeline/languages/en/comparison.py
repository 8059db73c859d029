"""English words for comparing documents."""

from __future__ import annotations

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
    kinds={"money": "amount", "date": "date", "share": "percentage", "duration": "period"},
)
