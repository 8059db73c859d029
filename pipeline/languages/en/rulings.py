"""English rulings and judgments: names of digest entries, orders, and fields such as the docket number."""

from __future__ import annotations

import re

from pipeline.languages.ruling_rules import RulingRules


def _entry_label(title: str, date: str) -> str:
    return f"the entry “{title}” of {date}" if date else f"the entry “{title}”"


RULINGS = RulingRules(
    entry_label=_entry_label,
    order=re.compile(
        r"(?=.{6,400}$)(?:(?:The|This|These|It is|We|For (?:the|these)|Accordingly|IT IS|THE|Judgment|Petition"
        r"|Appeal)\b.*\b)?"
        r"(?i:(?:is|are) (?:hereby )?(?:affirmed|reversed|dismissed|granted|denied|vacated|remanded|allowed|quashed)"
        r"|so ordered|affirm(?:ed)?|appeal (?:allowed|dismissed)|reversed(?: and remanded)?).{0,120}",
        re.DOTALL,
    ),
    finished=re.compile(r"[.!?][)”’\"']*$"),
    damaged=re.compile(r"…|<br ?/?>|-{4,}|&[a-z]+;|\.{4,}"),
    field=re.compile(
        r"[ \t]*(?P<label>Docket No|Docket Number|Case No|Case Number|Civil Action No|Neutral Citation|Citation"
        r"|Decided|Argued|Date Filed|Filed"
        r"|Date of judgment|Judgment date|Hearing date|Heard|Before|Judge|Coram|Effective Date|Effective date"
        r"|Bill No|Introduced|Sponsor)s?\.?"
        r"[ \t]*:[ \t]*(?P<value>\S[^\n]{1,120}?)[ \t]*"
    ),
)
