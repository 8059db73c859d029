"""Times as chats and transcripts write them: patterns that the families build theirs of.

`오전` and `오후` are words of the exports that are written in Korean, as AM and PM are of the others.
"""

from __future__ import annotations

import re

CLOCK = (
    r"(?:(?:오전|오후|AM|PM)[ ]?)?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
    r"(?:[ ]?[AaPp]\.?[Mm]\b\.?)?(?:Z|[ ]?[+-]\d{2}:?\d{2}|[ ]UTC)?"
)
"""`10:03`, `00:03:11.250`, `3:21 PM`, `오후 3:21`."""

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
DATE = (
    r"(?:\d{4}[-./][ ]?\d{1,2}[-./][ ]?\d{1,2}\.?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{4}년[ ]\d{1,2}월[ ]\d{1,2}일"
    rf"|\d{{1,2}}[- ]{_MONTH}(?:[- ,]{{1,2}}\d{{2,4}})?|{_MONTH}\.?[ ]\d{{1,2}}(?:,?[ ]\d{{4}})?)"
    r"(?:[ ]?\([^()\d]{1,9}\)|[ ][월화수목금토일]요일)?"
)
"""`2024-03-05`, `05/03/2024`, `2024. 3. 5.`, `5 Mar 2024`, `March 5, 2024`, `2024년 3월 5일 (화)`."""

STAMP = rf"(?:(?:{DATE}|\d{{1,2}}/\d{{1,2}})(?:T|,?[ ]at[ ]|,?[ ]{{1,2}}|_))?{CLOCK}"
"""A clock time that may follow its date."""

_DIGIT = re.compile(r"\d")
_MAX_DAY_LINE_CHARS = 120
_PARTS = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
_HALF = re.compile(r"오전|오후|[AaPp]\.?[Mm]\b")
_DAY_LINE = re.compile(
    rf"[-=* \t]{{0,60}}(?:Day changed[ ])?(?:[A-Z][a-z]{{2,8}},?[ ])?"
    rf"(?P<day>{DATE}(?:[ ]\d{{4}})?(?:,?[ ][A-Z][a-z]{{5,8}})?)[-=* \t]{{0,60}}"
)


def seconds_of(time: str) -> int:
    """Seconds since midnight, or since the start of a recording; 0 where no clock time is in it."""
    clock = _PARTS.search(time)
    if clock is None:
        return 0
    hour = int(clock[1])
    if half := _HALF.search(time):
        hour = hour % 12 + (12 if half.group()[0] in "오Pp" and half.group() != "오전" else 0)
    return hour * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)


def day_of(line: str) -> str:
    """The date that a separator line names, such as `----- 2024년 3월 5일 화요일 -----`; empty where it is no such."""
    if len(line) > _MAX_DAY_LINE_CHARS or _DIGIT.search(line) is None:
        return ""
    match = _DAY_LINE.fullmatch(line)
    return " ".join(match["day"].split()) if match else ""
