"""Reads Korean values for `synthesize.verify`: 조·항·호, dates, periods, sums with 억·만·천, shares, counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from pipeline.languages.ko.dates import find_dates
from pipeline.languages.ko.periods import find_periods
from pipeline.languages.ko.values import read_number
from pipeline.languages.quantities import (
    CLOCK,
    HALF_CLOCK,
    RATIO,
    FoundQuantity,
    date_of,
    number_of,
    place_of,
)
from pipeline.languages.units import SIGNS_BEFORE, SYMBOLS

_PLACE = re.compile(
    r"제\s?(?P<number>\d+(?:-\d+)?)\s?(?P<kind>조|항|호|장|절|편|목|관|류|부|과)(?:의\s?(?P<branch>\d{1,2})(?!\d|개|명|회))?"
    r"|(?<![\d.,만천백억])(?P<number2>\d{1,4})(?P<kind2>조|항|호)(?:의\s?(?P<branch2>\d{1,2})(?!\d|개|명|회))?"
    r"(?!\s?(?:원|달러|유로|엔|위안|봉투|기|실))"
    r"|(?P<circled>[①-⑳])|(?<![가-힣])(?P<kind3>별표|별지|부록|그림|표|쪽|페이지)\s?(?P<number3>\d+(?:[.-]\d+)*)(?!\d|개|명|회)"
    r"|(?P<number4>\d+)\s?(?:쪽|페이지)|(?m:^)[#\s]*(?P<number5>\d{1,3})(?P<kind5>장|절|편)(?=[.:]?\s)"
)
_CIRCLED_FIRST = ord("①")
_FIGURES = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:_\d{3})+|\d+(?:\.\d+)?"
_NUMBER_BODY = (
    rf"(?:{_FIGURES})(?:\s?(?:[십백천]?[만억조]|[십백천])(?![가-힣]?조\b))?"
    rf"(?:\s?(?:{_FIGURES})\s?(?:[십백천]?[만억조]|[십백천])){{0,3}}(?:(?<=[만억조])\s?(?:{_FIGURES}))?"
)
_CURRENCIES = {
    "원": "KRW",
    "달러": "$",
    "불": "$",
    "유로": "EUR",
    "엔": "JPY",
    "파운드": "GBP",
    "위안": "CNY",
}
_UNIT_WORDS = {
    "초": "s",
    "밀리초": "ms",
    "바이트": "B",
    "킬로바이트": "KB",
    "메가바이트": "MB",
    "메가": "MB",
    "기가바이트": "GB",
    "기가": "GB",
    "테라바이트": "TB",
    "밀리미터": "mm",
    "센티미터": "cm",
    "미터": "m",
    "킬로미터": "km",
    "밀리그램": "mg",
    "그램": "g",
    "킬로그램": "kg",
    "볼트": "V",
    "암페어": "A",
    "와트": "W",
    "킬로와트": "kW",
    "헤르츠": "Hz",
    "리터": "L",
    "밀리리터": "mL",
    "제곱미터": "㎡",
    "세제곱미터": "㎥",
}
_SHARES = {"퍼센트": 100, "프로": 100, "할": 10}
_COUNTERS = {
    "명": "person",
    "인": "person",
    "사람": "person",
    "회": "time",
    "번": "time",
    "차례": "time",
    "부": "copy",
    "통": "copy",
    "층": "floor",
    "세": "age",
    "살": "age",
    "배": "fold",
    "평": "pyeong",
}
"""Counters that cannot stand for each other, by the group of those that can. Others count as no unit: 개, 건, 대."""
_PREFIX = rf"(?:(?P<sign>US\$|[$€£₩￦¥]|(?:{'|'.join(c for c in SIGNS_BEFORE if c.isalpha())})\s?)\s?)?"
_UNIT = (
    rf"(?P<money>원|달러|불|유로|엔|파운드|위안)(?!고|칙|본|장|심|료|인|격)"
    rf"|(?P<share>퍼센트|프로(?!그|젝|세|토|필)|할(?=[ ,.이은을의로])|\s?%)"
    rf"|(?P<word>{'|'.join(sorted(_UNIT_WORDS, key=len, reverse=True))})(?![과기대])"
    r"|(?P<degrees>도(?=[ ,.이를에까로℃씨]|$))"
    rf"|(?P<symbol>{'|'.join(map(re.escape, sorted(SYMBOLS, key=len, reverse=True)))})(?![\w²³](?<![가-힣]))"
    rf"|(?P<counter>{'|'.join(sorted(_COUNTERS, key=len, reverse=True))})(?![가-힣]{{0,2}}(?:심|호\s))"
)
_NUMBER = re.compile(
    rf"(?<![\w.,](?<![가-힣]))(?:일?금\s?)?{_PREFIX}(?P<minus>(?<![\w)])[-−]|영하\s?|마이너스\s?)?"
    rf"(?P<number>{_NUMBER_BODY})(?!\d)\s?(?:{_UNIT})?"
)
_HANGUL_NUMBER = re.compile(
    r"(?<![가-힣])(?:일?금\s?)?(?P<number>[일이삼사오육칠팔구십백천만억조]{2,14})\s?(?P<money>원|달러|유로|엔)(?:정)?"
)
_NATIVE = {
    "한": 1,
    "하나": 1,
    "두": 2,
    "둘": 2,
    "세": 3,
    "셋": 3,
    "석": 3,
    "네": 4,
    "넷": 4,
    "넉": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "스무": 20,
    "서른": 30,
}
_NATIVE_COUNT = re.compile(
    rf"(?<![가-힣])(?P<number>{'|'.join(sorted(_NATIVE, key=len, reverse=True))})\s?"
    r"(?P<counter>명|사람|번째|번|차례|가지|개월|개|달|부|통|건|곳|대|장|시간|주|쪽|배|살|권|단계|종류|항목|자리)(?P<behind>[가-힣]?)"
)
_MONTH_WORDS = ("달", "개월")
_HALF_YEAR = re.compile(r"(?<![가-힣\d])반년")
_NATIVE_DAYS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "열흘": 10, "보름": 15}
_DAYS = re.compile(
    rf"(?<![가-힣])(?P<days>{'|'.join(_NATIVE_DAYS)})(?=[ ,.이가을를은는의에간전후안내로도만과씩]|까지|부터|동안|$)"
)
_CLOCK = re.compile(
    r"(?:(?P<half>오전|오후|새벽|아침|저녁|밤|낮)\s?)?(?<!\d)(?P<hour>\d{1,2})\s?시(?!간|[가-힣]{0,1}행)"
    r"(?:\s?(?P<minute>\d{1,2})\s?분|\s?(?P<thirty>반)(?=[ ,.에까부이]|$))?"
    r"|(?<![\d.:])(?P<hour2>[01]?\d|2[0-4]):(?P<minute2>[0-5]\d)(?::\d{2})?(?![\d:])"
    r"|(?P<named>정오|자정)"
)
_PART = re.compile(r"(?P<bottom>\d{1,3})\s?분의\s?(?P<top>\d{1,3})|(?P<half>과반수|(?<![가-힣])(?:절반|반액|과반))")
_WEEKS_AND_MORE = re.compile(r"(?P<number>\d{1,3})(?P<unit>주일|주년|년차|개월차|년|개월|주|일|시간|분)(?=[가-힣])")


def find_quantities(text: str) -> Iterator[FoundQuantity]:
    """Yield the values of a text; where two overlap, the first one yielded wins."""
    yield from _places(text)
    for found in find_dates(text):
        if found.value is not None:
            yield FoundQuantity(found.start, found.end, date_of(found.value))
    yield from _clocks(text)
    for match in _PART.finditer(text):
        if match["half"]:
            yield FoundQuantity(match.start(), match.end(), number_of(Fraction(1, 2), RATIO))
        elif int(match["bottom"]):
            number = Fraction(int(match["top"]), int(match["bottom"]))
            yield FoundQuantity(match.start(), match.end(), number_of(number, RATIO))
    for period in find_periods(text):
        if period.value is not None:
            yield FoundQuantity(period.start, period.end, number_of(period.value.count, period.value.unit.value))
    yield from _other_periods(text)
    yield from _figures(text)
    yield from _native(text)


_PERIOD_UNITS = {
    "주일": ("day", 7),
    "주": ("day", 7),
    "일": ("day", 1),
    "년": ("month", 12),
    "주년": ("month", 12),
    "개월": ("month", 1),
    "시간": ("minute", 60),
    "분": ("minute", 1),
}


def _other_periods(text: str) -> Iterator[FoundQuantity]:
    """Yield periods that `find_periods` leaves out because of what follows: 6개월짜리, 3년형."""
    for match in _WEEKS_AND_MORE.finditer(text):
        if match["unit"] in _PERIOD_UNITS:
            unit, factor = _PERIOD_UNITS[match["unit"]]
            yield FoundQuantity(match.start(), match.end(), number_of(int(match["number"]) * factor, unit))


def _places(text: str) -> Iterator[FoundQuantity]:
    for match in _PLACE.finditer(text):
        if match["circled"]:
            label = f"항{ord(match['circled']) - _CIRCLED_FIRST + 1}"
        elif match["kind3"]:
            label = f"{match['kind3']}{match['number3']}"
        elif match["number4"]:
            label = f"쪽{match['number4']}"
        elif match["number5"]:
            label = f"{match['kind5']}{match['number5']}"
        else:
            branch = match["branch"] or match["branch2"]
            label = (match["kind"] or match["kind2"]) + (match["number"] or match["number2"])
            label += f"의{branch}" if branch else ""
        yield FoundQuantity(match.start(), match.end(), place_of(label.replace("페이지", "쪽")))


def _figures(text: str) -> Iterator[FoundQuantity]:
    for match in _NUMBER.finditer(text):
        written = "".join(match["number"].replace("_", "").split())
        number = read_number(written)
        end = match.end()
        if number is None:
            continue
        if match["minus"]:
            number = -number
        unit, factor = "", Fraction(1)
        if match["sign"]:
            unit = SIGNS_BEFORE[match["sign"].strip()]
        elif match["money"]:
            unit = _CURRENCIES[match["money"]]
        elif match["share"]:
            unit, factor = RATIO, Fraction(1, _SHARES.get(match["share"].strip(), 100))
        elif match["word"]:
            unit, factor = SYMBOLS[_UNIT_WORDS[match["word"]]]
        elif match["degrees"]:
            unit = "°C"
        elif match["symbol"]:
            unit, factor = SYMBOLS[match["symbol"]]
        elif match["counter"]:
            unit = _COUNTERS[match["counter"]]
        yield FoundQuantity(match.start(), end, number_of(number * factor, unit))
    for match in _HANGUL_NUMBER.finditer(text):
        number = read_number(match["number"])
        if number is not None:
            yield FoundQuantity(match.start(), match.end(), number_of(number, _CURRENCIES[match["money"]]))


def _native(text: str) -> Iterator[FoundQuantity]:
    for match in _HALF_YEAR.finditer(text):
        yield FoundQuantity(match.start(), match.end(), number_of(6, "month"))
    for match in _DAYS.finditer(text):
        yield FoundQuantity(match.start(), match.end(), number_of(_NATIVE_DAYS[match["days"]], "day"))
    for match in _NATIVE_COUNT.finditer(text):
        number, counter = _NATIVE[match["number"]], match["counter"]
        end = match.start("behind")
        if counter in _MONTH_WORDS:
            yield FoundQuantity(match.start(), end, number_of(number, "month"))
        elif counter == "시간":
            yield FoundQuantity(match.start(), end, number_of(number * 60, "minute"))
        elif counter == "주":
            yield FoundQuantity(match.start(), end, number_of(number * 7, "day"))
        elif number > 1:  # 한 번 and 한 가지 are mostly no count
            unit = _COUNTERS.get(counter, "")
            yield FoundQuantity(match.start(), end, number_of(number, unit), is_word=True)


def _clocks(text: str) -> Iterator[FoundQuantity]:
    for match in _CLOCK.finditer(text):
        if match["named"]:
            yield FoundQuantity(match.start(), match.end(), number_of(720 if match["named"] == "정오" else 0, CLOCK))
            continue
        hour = int(match["hour"] or match["hour2"])
        minute = 30 if match["thirty"] else int(match["minute"] or match["minute2"] or 0)
        unit = CLOCK
        if match["half"]:
            is_late = match["half"] in ("오후", "저녁", "밤", "낮")
            hour = hour % 12 + (12 if is_late else 0)
        elif hour <= 12 and not match.group().startswith("0"):
            unit = HALF_CLOCK
        yield FoundQuantity(match.start(), match.end(), number_of(hour * 60 + minute, unit))
