"""Builds patterns for the words that introduce a note or a warning, in all languages.

Used by the grammars of manuals and tables, and by `synthesize.structural.entry_list`.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import all_rules


@cache
def note_words() -> str:
    """Return the words as regex alternatives, without an enclosing group."""
    words = [pattern for _, rules in all_rules() for pattern in (rules.manual.note_words, rules.manual.warning_words)]
    return "|".join(pattern for pattern in words if pattern) or "(?!)"


@cache
def note_word() -> re.Pattern[str]:
    """Return a pattern that matches one of the words, in the letter case that the language's pattern defines."""
    return re.compile(note_words())
