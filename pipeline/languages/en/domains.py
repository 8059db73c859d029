"""English words that show which domain a text belongs to."""

from __future__ import annotations

from pipeline.languages.rules import DomainRules

DOMAINS = DomainRules(
    clause_heading=(
        r"ARTICLE [\dIVX]+|SECTION \d|Section \d+(?:\.\d+)*[.:]?\s"
        r"|\d{1,2}\.\d{1,2}\s+(?:The|Each|Neither|Landlord|Tenant|If|No|Any)\b"
    ),
    legal_words=(
        r"\b(?:shall|hereby|herein|hereunder|thereof|pursuant|plaintiff|defendant|lessee|lessor|landlord|tenant|licensor"
        r"|licensee|indemnif\w+|warrant(?:y|ies)|liabilit(?:y|ies)|clause|agreement|statute|jurisdiction|claimant|appellant"
        r"|court|licen[sc]e[sd]?|copyright|redistribut\w+|liable|damages|permission|granted|merchantability|creditors?"
        r"|noninfringement|terms and conditions)\b|paragraph \("
    ),
    procedure_words=(
        r"\b(?:install\w*|click|button|command|configur\w+|directory|press|cable|screen|valve|commit|boot)\b"
    ),
)
