"""Rules for rulings and judgments: entries of digests, their holding and order, the fields above a judgment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingRules:
    """Rulings, judgments and digests of them."""

    entry_label: Callable[[str, str], str]
    """Names an entry by its title, and by its date where the title alone is not enough (else empty)."""
    order: re.Pattern[str]
    """A whole paragraph that disposes of a case: 심판청구를 기각한다."""
    issue: re.Pattern[str] | None = None
    """The end of a title that states an issue or names a case; None where a document of one ruling is not read."""
    answer: re.Pattern[str] | None = None
    """The end of a reply as authorities write it."""
    verdict_tail: re.Pattern[str] | None = None
    """The end of a title that gives the outcome away."""
    states: re.Pattern[str] | None = None
    """The end of a title that says what was decided, and asks nothing."""
    issues: re.Pattern[str] | None = None
    """In a title or text: the mark of the second of several issues."""
    cut_title: re.Pattern[str] | None = None
    """In a title that is cut off in the middle of a sentence, or lost a letter."""
    bullet: re.Pattern[str] | None = None
    """The mark of an item in front of a text."""
    source: re.Pattern[str] | None = None
    """The number of the ruling an entry goes back to, at its end; group `number`."""
    point: re.Pattern[str] | None = None
    """The number of one of several points of a holding; group `number`."""
    line_break: re.Pattern[str] | None = None
    """A mark of another medium that breaks a line."""
    finished: re.Pattern[str]
    """The end of a text that is not cut off."""
    question: re.Pattern[str] | None = None
    """The end of a holding that only asks or names the issue: … 여부(소극)."""
    damaged: re.Pattern[str]
    """Marks inside a text that do not belong to it."""
    field: re.Pattern[str]
    """A whole line above a judgment or bill that gives one value; groups `label` and `value`."""
    max_holding_chars: int = 900
