"""The rules for chats, minutes, transcripts and scripts."""

from __future__ import annotations

from pipeline.domains.quality_rules import QualityRules
from pipeline.domains.rules import DomainRules, HeadingStyle, RelatedBy, Removed

RULES = DomainRules(
    order=4,
    headings=HeadingStyle.DIALOGUE,
    related_by=RelatedBy.THREAD,
    keeps_tabs=True,
    boilerplate=Removed.FOOTERS,
    # People say "Yes." over and over: up to 20% of the characters of a meeting are such lines, and it compresses to
    # 30%. Logs of bots compress to 13% and less. Short chats may say the same a few times, and do no harm.
    quality=QualityRules(
        min_chars=4000,
        max_similar_lines=0.75,
        max_encoded=0.6,
        max_placeholders=0.3,
        min_compressed=0.2,
    ),
)
