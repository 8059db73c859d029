"""The rules for chats, minutes, transcripts and scripts."""

from __future__ import annotations

from pipeline.domains.rules import DomainRules, HeadingStyle, RelatedBy, Removed

RULES = DomainRules(
    order=4,
    headings=HeadingStyle.DIALOGUE,
    related_by=RelatedBy.THREAD,
    keeps_tabs=True,
    is_prose=False,
    boilerplate=Removed.FOOTERS,
)
