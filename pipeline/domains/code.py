"""The rules for source files and source trees."""

from __future__ import annotations

from pipeline.domains.quality_rules import QualityRules
from pipeline.domains.rules import DomainRules, HeadingStyle, Removed

RULES = DomainRules(
    order=3,
    headings=HeadingStyle.NONE,
    is_code=True,
    keeps_tabs=True,
    boilerplate=Removed.NONE,
    # Tests full of numbers and repeated set-up have 67% letters, and compress to 15%. Minified scripts, embedded data
    # and dumps of tables have less of one or the other. Short files may be a table or a few lines alike; they do no
    # harm.
    quality=QualityRules(
        min_chars=2000,
        max_similar_lines=0.9,
        max_encoded=0.6,
        max_long_lines=0.6,
        min_letters=0.5,
        min_compressed=0.12,
    ),
)
