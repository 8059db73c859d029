"""Words that make a sentence point elsewhere: at what comes before it, at what it announces, or at an example.

Used by the tasks of manuals. The patterns apply to every document, whatever its language.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import any_of


@cache
def announcing() -> re.Pattern[str]:
    """Return a pattern of words that announce what follows."""
    return re.compile(any_of(lambda rules: rules.manual.announcing), re.IGNORECASE)


@cache
def needs_example() -> re.Pattern[str]:
    """Return a pattern of words that point at an example or at another place."""
    return re.compile(any_of(lambda rules: rules.manual.example_elsewhere), re.IGNORECASE)


@cache
def openings() -> re.Pattern[str]:
    """Return a pattern of words at the start of a sentence that continues the one before."""
    return re.compile(any_of(lambda rules: rules.manual.openings))


@cache
def points_back() -> re.Pattern[str]:
    """Return a pattern of the start of a sentence that needs the one before it."""
    first = any_of(lambda rules: rules.asking.points_back_first)
    return re.compile(rf"^(?:(?i:{first})(?![A-Za-z])|{openings().pattern})")
