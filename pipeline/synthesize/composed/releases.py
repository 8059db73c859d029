"""Reads the releases of a changelog: version headings with their dates, newest first.

Takes the text of a source tree; returns the releases in the order of the text, each with its date if that is stated in
the heading (`2.31.0 (2023-05-22)`) or alone on the next line (`Released 2023-05-22`). A heading has a ruled line below
or number signs before it. Pure; time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipeline.languages.calendar_dates import CalendarDate, calendar_date
from pipeline.synthesize.structural.facts import Span

_DATE = r"(?P<{0}year>(?:19|20)\d\d)-(?P<{0}month>\d\d)-(?P<{0}day>\d\d)"
_HEADING = re.compile(
    r"^(?P<marks>#{1,4} )?(?:[^\W\d_]{1,12} )?\[?v?(?P<version>\d{1,4}(?:\.\d{1,4}){1,3}(?:[a-z]{1,5}\.?\d{1,3})?)\]?"
    rf"(?:,? [-–(]? ?{_DATE.format('')}\)?)?[ ]*\n(?P<rule>[-=~^]{{3,}}[ ]*(?:\n|$))?"
    rf"(?:\s{{0,3}}[*_]?(?:[^\W\d_]{{1,12}}:? )?{_DATE.format('below_')}[*_]?[ ]*(?=\n|$))?",
    re.MULTILINE,
)
_NUMBER = re.compile(r"(?:^|(?<=\.))\d+")
_MIN_RELEASES = 6
_NUM_PARTS = 4


@dataclass(frozen=True, slots=True)
class Release:
    """A version with its date."""

    version: str
    date: str
    """The date as written; empty if the changelog gives none."""
    value: CalendarDate | None
    span: Span


def releases_of(text: str) -> tuple[Release, ...]:
    """Return the releases of the one changelog of a text; empty if there is none, or if its versions do not go back.

    Two changelogs in one text, or a heading that was misread, break the order of the versions.
    """
    found = [
        _release(match) for match in _HEADING.finditer(text) if match["marks"] is not None or match["rule"] is not None
    ]
    num_dates = sum(release.value is not None for release in found)
    numbers = [_numbers(release.version) for release in found]
    go_back = all(one >= other for one, other in pairwise(numbers))
    are_unique = len({release.version for release in found}) == len(found)
    return tuple(found) if num_dates >= _MIN_RELEASES and go_back and are_unique else ()


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version without its suffix: (2, 0, 0, 0) for 2.0rc1, which may follow 2.0."""
    numbers = [int(number) for number in _NUMBER.findall(version)]
    return tuple((*numbers, 0, 0, 0)[:_NUM_PARTS])


def _release(match: re.Match[str]) -> Release:
    prefix = "" if match["year"] else "below_"
    year, month, day = (match[f"{prefix}{part}"] for part in ("year", "month", "day"))
    value = calendar_date(int(year), int(month), int(day)) if year else None
    return Release(
        version=match["version"],
        date=f"{year}-{month}-{day}" if value is not None else "",
        value=value,
        span=Span(match.start(), match.start() + len(match.group().rstrip())),
    )
