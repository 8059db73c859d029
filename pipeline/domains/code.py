"""The rules for source files and source trees."""

from __future__ import annotations

from pipeline.domains.rules import DomainRules, HeadingStyle, Removed

RULES = DomainRules(
    order=3,
    headings=HeadingStyle.NONE,
    is_code=True,
    keeps_tabs=True,
    is_prose=False,
    boilerplate=Removed.NONE,
)
