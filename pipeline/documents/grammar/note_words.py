"""The words that open a note or a warning, of all languages.

Used by the grammars of manuals and tables, and by the parsers of entries.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import all_rules


@cache
def note_words() -> str:
    """A pattern of them, as alternatives without a group around."""
    words = [pattern for _, rules in all_rules() for pattern in (rules.manual.note_words, rules.manual.warning_words)]
    return "|".join(pattern for pattern in words if pattern) or "(?!)"


@cache
def note_word() -> re.Pattern[str]:
    """One of them, with letters as its language writes them."""
    return re.compile(note_words())
