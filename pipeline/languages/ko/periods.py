"""Reads Korean periods as values: 30일, 10영업일, 3개월, 1년 6개월, 48시간, 2주."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from pipeline.languages.periods import Period, business_days, days, hours, minutes, months, weeks, years
from pipeline.languages.value_rules import FoundPeriod

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d+)?"
_PERIOD = re.compile(
    rf"(?<![\d.,제/:]|월)(?<!월\s)(?<!년\s)(?P<number>{_NUMBER})\s?"
    r"(?P<unit>영업일|근무일|역일|일간|일(?![가-힣]{0,1}자)|주일|주간?|개월|달|년간?|시간|분간?)"
    r"(?:\s?(?P<months>\d{1,2})\s?개월)?(?=이|의|간|동안|내|안|전|후|까|을|를|은|는|과|와|로|마|에|넘|초|미|[\s.,;:)(」”]|$)"
)
_UNITS = {
    "영업일": business_days,
    "근무일": business_days,
    "역일": days,
    "일간": days,
    "일": days,
    "주일": weeks,
    "주": weeks,
    "주간": weeks,
    "개월": months,
    "달": months,
    "년": years,
    "년간": years,
    "시간": hours,
    "분": minutes,
    "분간": minutes,
}
_RANGE_BEFORE = re.compile(r"\d\s?(?:영업일|일|주|개월|달|년|시간|분)?\s?(?:[~∼～–—-]|내지|또는|에서)\s?$")
_RANGE_BEHIND = re.compile(r"\s?(?:[~∼～–—]|내지)\s?\d|\s\d{1,3}(?:일|시간|분)(?![가-힣]*[까부])")
_OF_A_DATE = re.compile(r"(?:매월|매년|매\s?분기|다음\s?달|익월|당월|말)\s?$")
_BY_A_DAY = re.compile(r"\s?까지")
"""After days, this makes the day of a month possible: 15일까지."""
_BEFORE_CHARS = 16


def find_periods(text: str) -> Iterator[FoundPeriod]:
    """Yield the periods of a text. Days of a month (매월 5일) are none; one end of a range has no value."""
    for match in _PERIOD.finditer(text):
        before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
        if match["unit"] == "일" and _OF_A_DATE.search(before):
            continue
        is_day = match["unit"] == "일" and _BY_A_DAY.match(text, match.end()) is not None
        is_end = _RANGE_BEFORE.search(before) is not None or _RANGE_BEHIND.match(text, match.end()) is not None
        yield FoundPeriod(match.start(), match.end(), None if is_day or is_end else _value(match))


def _value(match: re.Match[str]) -> Period | None:
    number = Fraction(match["number"].replace(",", ""))
    if match["months"]:
        is_years = match["unit"] == "년"
        return months(number * 12 + int(match["months"])) if is_years else None
    return _UNITS[match["unit"]](number)
