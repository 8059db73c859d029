"""Rules for sentences of provisions that bind, allow or punish someone, set an effective date or state a share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """What one sentence states, in a form that a question can be made from."""

    form: str
    """The name of a form of a task, such as `duty.must`."""
    slots: tuple[tuple[str, str], ...]
    answer: str
    key: str
    """Whom or what the sentence is about. If a provision states two things about it, neither becomes a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """Rules for sentences of provisions."""

    read: Callable[[str], Statement | None]
    """The statement of a sentence (on one line)."""
    share: re.Pattern[str]
    """A share of a whole: 100분의 10, ten percent (10%). Also a majority, which is counted but not asked about."""
    share_sign: re.Pattern[str]
    """A sign that every share in figures contains; fast to search for."""
    subject_again: Callable[[str], str]
    """A pattern of all places that say what a subject shall or may do. If a provision has several such places,
    one of them is not a full answer."""
    unnamed: Mapping[str, re.Pattern[str]]
    """By form, a sentence that says the same without naming who: what must be done, may be raised."""
    exception: re.Pattern[str] | None = None
    """The opening of a sentence that limits the sentence before it."""
    amended: re.Pattern[str] | None = None
    """A complete mark of the days on which a provision was changed; the days are in group `days` or `whole`."""
    amended_opening: str = ""
    """Pattern of the beginning of such a mark."""
