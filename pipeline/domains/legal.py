"""The rules for contracts, statutes and judgments."""

from __future__ import annotations

from pipeline.domains.rules import DomainRules, HeadingStyle, RelatedBy, Removed

RULES = DomainRules(
    order=1,
    headings=HeadingStyle.LEGAL,
    related_by=RelatedBy.CASE,
    keeps_versions=True,
    boilerplate=Removed.NOTICES,
)
