"""The types of the rules that read dates and periods in running text as values.

Each language has one function a kind of value, in a module of its own. The functions are pure and take time linear in
the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.languages.calendar_dates import CalendarDate
from pipeline.languages.periods import Period


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, with its character offsets."""

    start: int
    end: int
    value: CalendarDate | None
    """None if the date is one end of a range or list that shares a year, is ambiguous (03/04/2024) or impossible."""


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period in a text, with its character offsets."""

    start: int
    end: int
    value: Period | None
    """None if its number is not read, or if its number in words and that in figures differ."""


def _no_event(before: str, behind: str) -> str:
    return ""


def _no_dates(text: str) -> Iterator[FoundDate]:
    yield from ()


def _no_periods(text: str) -> Iterator[FoundPeriod]:
    yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRules:
    """Readers of values in running text. Without one, nothing is found."""

    find_dates: Callable[[str], Iterator[FoundDate]] = _no_dates
    """Yields the dates in a text, in order, without overlaps."""
    find_periods: Callable[[str], Iterator[FoundPeriod]] = _no_periods
    """Yields the periods in a text, in order, without overlaps."""
    dated_event: Callable[[str, str], str] = _no_event
    """Takes the words of a sentence before and behind its only date, each on one line. Returns what the sentence says
    to have happened on that day, without the date; empty unless the date is certain to be the day of an event, and not
    a limit. Words left out in the middle are shown by ` … `."""
