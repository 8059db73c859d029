"""The types of the rules for legal sentences that oblige, allow or punish, set an effective date, or state a share.

A provision is a numbered text of a legal document: an article, section, paragraph or item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """The content of a sentence, in a form from which a question can be made."""

    form: str
    """The name of the question form, such as `duty.must`."""
    slots: tuple[tuple[str, str], ...]
    """The names and values of the placeholders in the question."""
    answer: str
    key: str
    """What the sentence is about: the person or thing, or `effect` for an effective date. If a provision makes several
    statements with the same key, none of them becomes a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """Rules for the sentences of provisions."""

    read: Callable[[str], Statement | None]
    """Returns the statement that a sentence (on one line) makes, or None."""
    share: re.Pattern[str]
    """Finds a share of a whole, such as `100분의 10` or `ten percent (10%)`. It also finds words such as `majority`,
    which count as a share but are never the answer to a question."""
    share_sign: re.Pattern[str]
    """Finds a sign that every share in figures contains, such as `%`. It is a fast first test."""
    subject_again: Callable[[str], str]
    """Returns a pattern that finds each statement of what a subject must or may do. If a provision has several, one of
    them alone would be an incomplete answer."""
    unnamed: Mapping[str, re.Pattern[str]]
    """By form, finds a sentence of the same kind that does not name who acts, such as `Rent must be paid`."""
    exception: re.Pattern[str] | None = None
    """Matches the beginning of a sentence that limits the sentence before it, such as `However`."""
    amended: re.Pattern[str] | None = None
    """Finds a complete note of the days on which a provision was changed, such as `<개정 2020. 1. 1.>`. The days are in
    the group `days`, or in `whole` if the entire provision was changed."""
    amended_opening: str = ""
    """The pattern of the beginning of such a note."""
