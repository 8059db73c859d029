"""The rules for contracts, statutes and judgments."""

from __future__ import annotations

from dataclasses import replace

from pipeline.domains.quality_rules import PROSE
from pipeline.domains.rules import DomainRules, HeadingStyle, RelatedBy, Removed

RULES = DomainRules(
    order=1,
    headings=HeadingStyle.LEGAL,
    related_by=RelatedBy.CASE,
    keeps_versions=True,
    boilerplate=Removed.NOTICES,
    # Repealed articles, and supplementary provisions of many amendments, differ in their numbers only.
    quality=replace(PROSE, max_similar_lines=0.95),
)
