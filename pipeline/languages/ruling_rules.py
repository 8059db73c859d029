"""Rules for rulings and judgments: entries of digests, their holding and order, the fields above a judgment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingRules:
    """Rules for rulings, judgments and digests of them."""

    entry_label: Callable[[str, str], str]
    """The name of an entry from its title and date; the date is empty if the title alone is enough."""
    order: re.Pattern[str]
    """A whole paragraph that disposes of a case: 심판청구를 기각한다."""
    issue: re.Pattern[str] | None = None
    """The end of a title that states an issue or names a case; None if documents of a single ruling are not read."""
    answer: re.Pattern[str] | None = None
    """The end of a reply in the style of authorities."""
    verdict_tail: re.Pattern[str] | None = None
    """The end of a title that reveals the outcome."""
    states: re.Pattern[str] | None = None
    """The end of a title that says what was decided instead of asking it."""
    issues: re.Pattern[str] | None = None
    """The mark of the second of several issues, in a title or text."""
    cut_title: re.Pattern[str] | None = None
    """Marks of a title that is cut off in the middle of a sentence, or has lost a letter."""
    bullet: re.Pattern[str] | None = None
    """The mark of an item before its text."""
    source: re.Pattern[str] | None = None
    """The number of the ruling that an entry is based on, at the end of the entry; group `number`."""
    point: re.Pattern[str] | None = None
    """The number of a point, in a holding with several points; group `number`."""
    line_break: re.Pattern[str] | None = None
    """A line break in the markup of another format."""
    finished: re.Pattern[str]
    """The end of a text that is not cut off."""
    question: re.Pattern[str] | None = None
    """The end of a holding that only asks or names the issue: … 여부(소극)."""
    damaged: re.Pattern[str]
    """Marks inside a text that do not belong to it."""
    field: re.Pattern[str]
    """A whole line above a judgment or bill that gives one value; groups `label` and `value`."""
    max_holding_chars: int = 900
