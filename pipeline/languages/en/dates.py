"""Reads English dates as values: `5 March 2024`, `March 5, 2024`, `the 5th day of March 2024`, `March 2024`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages.calendar_dates import CalendarDate, calendar_date
from pipeline.languages.value_rules import FoundDate

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER"
    r"|DECEMBER)(?![A-Za-z])\.?"
)
_GAP = r"\s{1,2}"
_TH = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:1[4-9]|20|21)\d{2}(?![\d,]*\d)"
_DATE = re.compile(
    rf"(?<![\w.,/-])(?:"
    rf"(?P<iso>(?P<iso_year>{_YEAR})-(?P<iso_month>\d{{2}})-(?P<iso_day>\d{{2}})(?![\d-]))"
    rf"|(?P<figures>(?P<one>\d{{1,2}})[/.](?P<two>\d{{1,2}})[/.](?P<figures_year>\d{{4}}|\d{{2}})(?![\d/]|\.\d))"
    rf"|(?P<day>\d{{1,2}}){_TH}(?:{_GAP}day)?(?:{_GAP}of)?(?:{_GAP}|-)(?P<month>{_MONTH})"
    rf"(?:,?(?:{_GAP}|-)(?:in the year{_GAP})?(?P<year>{_YEAR}))?"
    rf"|(?P<first_month>{_MONTH}){_GAP}(?P<first_day>\d{{1,2}}){_TH}(?!\d|[.:]\d|\s?%)(?:,?{_GAP}(?P<first_year>{_YEAR}))?"
    rf"|(?P<only_month>{_MONTH}),?{_GAP}(?:of{_GAP})?(?P<only_year>{_YEAR})"
    rf")"
)
_SHARED_BEFORE = re.compile(rf"(?<!\d)\d{{1,2}}{_TH}(?:,|,?\s(?:and|to|or|through|until)|\s?[-–—/&])\s{{0,2}}$")
"""A number before a date that belongs to it: `16 and` in `16 and 17 July 2022`."""
_SHARED_BEHIND = re.compile(
    rf"(?:\s?[-–—/&]|,?\s(?:and|to|or|through|until))\s{{0,2}}(?:(?:the\s)?\d{{1,2}}{_TH}(?!\d|{_GAP}{_MONTH})|{_MONTH})"
)
"""A number or month behind a date without its own year, which may share a year further on."""
_SHARED_CHARS = 16
_LAST_MONTH = 12


def find_dates(text: str) -> Iterator[FoundDate]:
    """Yield the dates of a text. Years alone are not dates here: `in 2013`."""
    for match in _DATE.finditer(text):
        value = _value(match)
        if value is not None and _is_shared(text, match, value):
            value = None
        yield FoundDate(match.start(), match.end(), value)


def _value(match: re.Match[str]) -> CalendarDate | None:
    if match["iso"]:
        return calendar_date(int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]))
    if match["figures"]:
        return _of_figures(int(match["one"]), int(match["two"]), match["figures_year"])
    if match["only_month"]:
        return calendar_date(int(match["only_year"]), _month(match["only_month"]))
    name, day, year = (
        (match["month"], match["day"], match["year"])
        if match["month"]
        else (match["first_month"], match["first_day"], match["first_year"])
    )
    return calendar_date(int(year) if year else None, _month(name), int(day))


def _of_figures(one: int, two: int, year: str) -> CalendarDate | None:
    """Return the date of `31/12/2024` or `12/31/2024`; None if either number may be the month, or for a short year."""
    if len(year) == 2 or (one > _LAST_MONTH) == (two > _LAST_MONTH):
        return None
    return calendar_date(int(year), min(one, two), max(one, two))


def _month(name: str) -> int:
    return _NAMES.index(name[:3].lower()) + 1


def _is_shared(text: str, match: re.Match[str], value: CalendarDate) -> bool:
    """Return whether a date is part of a list or range with a shared month or year."""
    before = text[max(0, match.start() - _SHARED_CHARS) : match.start()]
    if match["day"] and _SHARED_BEFORE.search(before):
        return True
    return value.year is None and _SHARED_BEHIND.match(text, match.end()) is not None


_WEEKDAY = r"(?:\s(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?)?"
_ON = re.compile(rf"(?:^|(?P<rest>.*[^\s,]),?\s)[Oo]n(?:\sor\sabout)?(?:\sthe)?{_WEEKDAY}\s?")
_NOT_AN_EVENT = re.compile(
    r"\b(?:if|unless|when|whether|until|except|shall|must|may|will|would|should|could|example|assume[sd]?|hereafter"
    r"|expires?|ends?|begins?|effective|not|no|never|or|respectively"
    r"|says?|alleg\w+|contends?|contended|submits|submitted that|claims?|denie[sd]|argues?|argued)\b|;",
    re.IGNORECASE,
)
_SEVERAL_BEFORE = re.compile(r",|\b(?:and|but|as well as|then)\b")
"""Words before a date that may make it the day of their last part only: `heard evidence and closing submissions on`."""
_POINTS_BACK = re.compile(r"(?:he|she|they|it|we|i|this|that|these|those|such|both|there|here)\b", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:was|were|had|has|did|[a-z]{2,}ed|met|sent|made|gave|took|came|went|told|wrote|sold|paid|left|lost|began|found"
    r"|held|became|heard|brought|bought|read|set|put)\b"
)
_MAX_BEFORE_WORDS = 9


def dated_event(before: str, behind: str) -> str:
    """Return what happened on the day of a sentence: `the court … dismissed the claim`; see `ValueRules`."""
    led = _ON.fullmatch(before)
    if led is None or _NOT_AN_EVENT.search(f"{before} {behind}"):
        return ""
    first, rest = (led["rest"] or "").strip(" ,"), behind.strip(" ,").rstrip(".!?")
    event = " … ".join(part for part in (first, rest) if part)
    is_split = bool(rest) and len(first.split()) > _MAX_BEFORE_WORDS
    if is_split or _SEVERAL_BEFORE.search(first) or _POINTS_BACK.match(event) or not _FINITE.search(event):
        return ""
    return event
