"""Reads Korean dates as values: 2024년 3월 5일, 2024. 3. 5., 2024-03-05, 2024년 3월, 2024년."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages.calendar_dates import calendar_date
from pipeline.languages.value_rules import FoundDate

_YEAR = r"(?:1[4-9]|20|21)\d{2}"
_DATE = re.compile(
    rf"(?<![\d.,/-])(?:"
    rf"(?P<y1>{_YEAR})\s?년\s{{0,2}}(?P<m1>\d{{1,2}})\s?월(?:\s{{0,2}}(?P<d1>\d{{1,2}})\s?일(?!간|\s?동안))?"
    rf"|(?P<y2>{_YEAR})(?P<mark>[./-])\s?(?P<m2>\d{{1,2}})(?P=mark)\s?(?P<d2>\d{{1,2}})(?![\d,]*\d|/|-\d)\.?"
    rf"|(?P<y3>{_YEAR})\.\s?(?P<m3>\d{{1,2}})\.(?!\s?\d)"
    rf"|(?P<y4>{_YEAR})년(?!\s?\d|간|\s?동안|산|형|식)"
    rf"|(?P<m5>\d{{1,2}})\s?월\s?(?P<d5>\d{{1,2}})\s?일(?!간|\s?동안)"
    rf"|(?P<short>['’]?\d{{2}}\.\s?\d{{1,2}}\.\s?\d{{1,2}}(?!\d|\.\d))"
    rf")"
)
_SHARED_BEHIND = re.compile(
    rf"\s?(?:\([월화수목금토일]\)\s?)?(?:[~∼～–—-]|부터|에서|,|·|및|와|과)\s?(?!{_YEAR})(?:\d{{1,2}}\s?[.월일]\s?\d{{0,2}})"
)
"""A further day or month behind a date that shares its year: `~ 6. 30.`."""
_SHARED_CHARS = 16
_SHARED_BEFORE = re.compile(r"\d[.일]?\s?(?:[~∼～–—]|,|·|및)\s?$")


def find_dates(text: str) -> Iterator[FoundDate]:
    """Yield the dates of a text. A year of two figures has no value: 87.10.12."""
    for match in _DATE.finditer(text):
        found = match.groupdict()
        value = None
        if not found["short"] and not _SHARED_BEHIND.match(text, match.end()):
            year = found["y1"] or found["y2"] or found["y3"] or found["y4"]
            month = found["m1"] or found["m2"] or found["m3"] or found["m5"]
            day = found["d1"] or found["d2"] or found["d5"]
            value = calendar_date(*(int(part) if part else None for part in (year, month, day)))
        before = text[max(0, match.start() - _SHARED_CHARS) : match.start()]
        if found["m5"] and _SHARED_BEFORE.search(before):
            value = None
        yield FoundDate(match.start(), match.end(), value)
