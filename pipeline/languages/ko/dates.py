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
    rf"|(?P<y2>{_YEAR})(?P<mark>[./-])\s{{0,2}}(?P<m2>\d{{1,2}})(?P=mark)\s{{0,2}}(?P<d2>\d{{1,2}})(?![\d,]*\d|/|-\d)\.?"
    rf"|(?P<y3>{_YEAR})\.\s?(?P<m3>\d{{1,2}})\.(?!\s{{0,2}}\d)"
    rf"|(?P<y4>{_YEAR})년(?!\s?\d|간|\s?동안|산|형|식)"
    rf"|(?P<m5>\d{{1,2}})\s?월\s?(?P<d5>\d{{1,2}})\s?일(?!간|\s?동안)"
    rf"|(?P<short>['’]?\d{{2}}\.\s?\d{{1,2}}\.\s?\d{{1,2}}(?!\d|\.\d))"
    rf")"
)
_SHARED_BEHIND = re.compile(
    rf"\s?(?:\([월화수목금토일]\)\s?)?(?:(?:[~∼～–—-]|,|·|및|와|과)\s?(?!{_YEAR})(?:\d{{1,2}}\s?[.월]\s?\d|\d{{1,2}}\s?일)"
    rf"|(?:부터|에서)\s?(?!{_YEAR})(?:\d{{1,2}}\s?[.월]\s?\d|\d{{1,2}}\s?일\s?까지))"
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


_DAY = re.compile(
    r"(?:에|자로|자|경|경에|에는)?,?\s(?!이전|이후|이내|전|후|현재|기준|당시|까지|부터|개정|법률|대통령령|시행|및)"
)
_SUBJECT = re.compile(r"(?:.*[^\s])?(?:[은는,]|에서)$")
"""The words before the date of an event. After others, the date may belong to a clause inside: 갑이 … 보낸 편지."""
_CLAUSE_INSIDE = re.compile(r"[가-힣](?<!관)(?<!대)(?<!위)(?<!의)(?<!같)(?<!많)(?:한|된|던|낸|은|준)\s")
_NOT_AN_EVENT = re.compile(
    r"경우|때에|하면|으면|되면|이라면|아니|않|못하|없|하여야|해야|할 수|하려|예정|또는|여부|각각|까지|부터|것으로 보"
    r"|볼 수|사실|주장|진술|OO|[○◯]|^(?:그|이(?! (?:사건|법원))|위|동|같은)(?:는|가|를|에|들|\s)"
)
_HAPPENED = re.compile(
    r"(?:[하되]였|했|됐|[가-힣](?:았|었|졌|렸|켰|났|갔|왔|섰|겼|쳤|줬|랐|냈|뤘|렀|셨|맺었))(?:다|습니다|음)[.]?$"
)
_MAX_BEFORE_CHARS = 45


def dated_event(before: str, behind: str) -> str:
    """Return what happened on the day of a sentence: 피고는 … 준공검사를 받았다; see `ValueRules`."""
    if _NOT_AN_EVENT.search(f"{before} {behind}") or len(before) > _MAX_BEFORE_CHARS:
        return ""
    day = _DAY.match(behind)
    first = before.strip()
    if day is None or _CLAUSE_INSIDE.search(behind) or not _HAPPENED.search(behind.rstrip()):
        return ""
    if first and _SUBJECT.fullmatch(first) is None:
        return ""
    return " … ".join(part for part in (first, behind[day.end() :].strip().rstrip(".")) if part)
