"""Patterns and functions for times and dates in chats and transcripts, shared by the modules in `families/`.

Words for halves of the day, months and weekdays come from all modules in `pipeline.languages`, whatever the language
of the text.
"""

from __future__ import annotations

import re

from pipeline.languages import any_of

_BEFORE = any_of(lambda rules: rules.turns.clock.before)
_BEHIND = any_of(lambda rules: rules.turns.clock.behind)
CLOCK = (
    rf"(?:{_BEFORE}[ ]?)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:[.,]\d{{1,3}})?"
    rf"(?:[ ]?{_BEHIND})?(?:Z|[ ]?[+-]\d{{2}}:?\d{{2}}|[ ]UTC)?"
)
"""`10:03`, `00:03:11.250`, `3:21 PM`, `오후 3:21`."""

DATE = (
    r"(?:\d{4}[-./][ ]?\d{1,2}[-./][ ]?\d{1,2}\.?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    rf"|{any_of(lambda rules: rules.turns.clock.date)})"
    rf"(?:[ ]?\([^()\d]{{1,9}}\)|[ ]{any_of(lambda rules: rules.turns.clock.weekday)})?"
)
"""`2024-03-05`, `05/03/2024`, `2024. 3. 5.`, `5 Mar 2024`, `March 5, 2024`, `2024년 3월 5일 (화)`."""

STAMP = rf"(?:(?:{DATE}|\d{{1,2}}/\d{{1,2}})(?:T|,?[ ]at[ ]|,?[ ]{{1,2}}|_))?{CLOCK}"
"""A clock time, optionally after its date."""

_DIGIT = re.compile(r"\d")
_MAX_DAY_LINE_CHARS = 120
_PARTS = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
"""Hours, minutes and seconds of a clock time."""
_AFTERNOON = re.compile(any_of(lambda rules: rules.turns.clock.afternoon))
_HALF = re.compile(rf"{any_of(lambda rules: rules.turns.clock.morning)}|{_AFTERNOON.pattern}")
"""A word for half of the day: `PM`, `오후`."""
_DAY_LINE = re.compile(
    rf"[-=* \t]{{0,60}}(?:Day changed[ ])?(?:[A-Z][a-z]{{2,8}},?[ ])?"
    rf"(?P<day>{DATE}(?:[ ]\d{{4}})?(?:,?[ ][A-Z][a-z]{{5,8}})?)[-=* \t]{{0,60}}"
)
"""A line with only a date, between rules or not: `--- Day changed Tue Mar 5 2024`, `==== March 5, 2024 ====`."""


def seconds_of(time: str) -> int:
    """Return the seconds since midnight or since the start of the recording; 0 if the text has no clock time."""
    clock = _PARTS.search(time)
    if clock is None:
        return 0
    hour = int(clock[1])
    if half := _HALF.search(time):
        hour = hour % 12 + (12 if _AFTERNOON.match(half.group()) else 0)
    return hour * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)


def day_of(line: str) -> str:
    """Return the date of a separator line such as `----- 2024년 3월 5일 화요일 -----`; empty for any other line."""
    if len(line) > _MAX_DAY_LINE_CHARS or _DIGIT.search(line) is None:
        return ""
    match = _DAY_LINE.fullmatch(line)
    return " ".join(match["day"].split()) if match else ""
