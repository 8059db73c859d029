"""Words that make a sentence point at another place: at what comes before it, what it announces, or an example.

Used by the tasks of manuals. The patterns hold for every document, whatever its language.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import any_of


@cache
def announcing() -> re.Pattern[str]:
    """Matches words that announce what follows."""
    return re.compile(any_of(lambda rules: rules.manual.announcing), re.IGNORECASE)


@cache
def needs_example() -> re.Pattern[str]:
    """Matches words that point at an example, or at another place altogether."""
    return re.compile(any_of(lambda rules: rules.manual.example_elsewhere), re.IGNORECASE)


@cache
def openings() -> re.Pattern[str]:
    """Matches words at the start of a sentence that goes on with the one before."""
    return re.compile(any_of(lambda rules: rules.manual.openings))


@cache
def points_back() -> re.Pattern[str]:
    """Matches the start of a sentence that needs the one before it."""
    first = any_of(lambda rules: rules.asking.points_back_first)
    return re.compile(rf"^(?:(?i:{first})(?![A-Za-z])|{openings().pattern})")
