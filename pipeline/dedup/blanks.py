"""The pattern of a blank in a form, such as `____`, `[●]` or `TBD`.

Used by `dedup.appraisal`, which counts the blanks of a document, and by `dedup.filled_forms`.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import all_rules

_CIRCLES = "○◯〇△▲□■◇◆●"
_BLANK = "|".join(
    (
        r"___+",
        r"20__+",
        r"\.\.\.\.\.\.++(?!\s*\d+\s*$)",  # dots before a number at the end of a line lead to a page
        "……+",
        r"\[[ ●•■○◦*_.…]*\]",
        r"<<[^<>\n]{1,40}>>",
        r"\{\{[^{}\n]{1,40}\}\}",
        r"\( {3,}\)",
        *(f"{circle}[{_CIRCLES}]+" for circle in _CIRCLES),
        r"x(?<![^\W\d_].)xx+(?![^\W\d_])",
    )
)


@cache
def blank_pattern() -> re.Pattern[str]:
    """Return the pattern of a blank in any language, for text of any case."""
    # No group around the alternatives: `re` finds the letters that they begin with, and skips all others.
    sources = [rules.standing.blank for _, rules in all_rules() if rules.standing.blank]
    return re.compile("|".join([*sources, _BLANK]), re.MULTILINE | re.IGNORECASE)
