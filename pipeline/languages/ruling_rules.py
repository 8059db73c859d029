"""The types of the rules for rulings and judgments: entries of digests, and the fields above a judgment.

An entry has a title, a holding (what was decided, and why) and sometimes an order (the paragraph that disposes of the
case).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingRules:
    """Rules for rulings, judgments and digests of them."""

    entry_label: Callable[[str, str], str]
    """Returns the name of an entry from its title and date; the date is empty if the title alone is enough."""
    order: re.Pattern[str]
    """Matches a whole paragraph that disposes of a case: 심판청구를 기각한다."""
    issue: re.Pattern[str] | None = None
    """Finds the end of a title that states an issue or names a case. If None, a document that is a single ruling is not
    recognised."""
    answer: re.Pattern[str] | None = None
    """Finds the end of a reply in the style of Korean authorities: `…에 해당함.`"""
    verdict_tail: re.Pattern[str] | None = None
    """Finds words at the end of a title that reveal the outcome, such as `(기각)`."""
    states: re.Pattern[str] | None = None
    """Finds the end of a title that says what was decided instead of naming the issue."""
    issues: re.Pattern[str] | None = None
    """Finds the number of a second issue, such as `(2)`, in a title or holding."""
    cut_title: re.Pattern[str] | None = None
    """Finds signs that a title is cut off in the middle of a sentence or has lost a letter."""
    bullet: re.Pattern[str] | None = None
    """Matches a bullet before a text."""
    source: re.Pattern[str] | None = None
    """Finds the number of the ruling on which an entry is based, at the end of the holding; group `number`."""
    point: re.Pattern[str] | None = None
    """Matches the number of a point, in a holding with several points; group `number`."""
    line_break: re.Pattern[str] | None = None
    """Finds a line break in foreign markup, such as `<br>`."""
    finished: re.Pattern[str]
    """Finds the end of a text that is not cut off."""
    question: re.Pattern[str] | None = None
    """Finds the end of a holding that only names the issue: `… 여부(소극)`."""
    damaged: re.Pattern[str]
    """Finds signs that a text is damaged or incomplete, such as `…` or `&nbsp;`."""
    field: re.Pattern[str]
    """Matches a whole line above a judgment or bill that gives one value; groups `label` and `value`."""
    max_holding_chars: int = 900
