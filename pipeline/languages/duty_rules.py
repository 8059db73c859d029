"""Rules for sentences of provisions that bind, allow or punish someone, set a time of effect or state a share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """What one sentence states, ready to be asked about."""

    form: str
    """A `QuestionForm`."""
    slots: tuple[tuple[str, str], ...]
    answer: str
    key: str
    """Whom or what it is about; a provision that states the same of it twice is not asked about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """Sentences of provisions."""

    read: Callable[[str], Statement | None]
    """The statement of a sentence (on one line)."""
    share: re.Pattern[str]
    """A share of a whole: 100분의 10, ten percent (10%); a majority, too, which is counted but not asked about."""
    share_sign: re.Pattern[str]
    """What every share in figures holds; quick to look for."""
    subject_again: Callable[[str], str]
    """A pattern of all places that say what this subject shall or may do; what stands in one of several is no full
    answer."""
    unnamed: Mapping[str, re.Pattern[str]]
    """By form, a sentence that says the same of someone it does not name: what must be done, may be raised."""
    exception: re.Pattern[str] | None = None
    """Opens a sentence that limits the one before it."""
    amended: re.Pattern[str] | None = None
    """A mark of the days on which a provision was changed; group `days`. A whole one."""
    amended_opening: str = ""
    """How such a mark begins."""
