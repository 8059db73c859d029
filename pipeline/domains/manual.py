"""The rules for manuals, guides and reference pages."""

from __future__ import annotations

from pipeline.domains.rules import DomainRules, HeadingStyle, RelatedBy

RULES = DomainRules(
    order=2,
    headings=HeadingStyle.MANUAL,
    related_by=RelatedBy.FOLDER,
)
