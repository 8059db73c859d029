"""Reads English values for `synthesize.verify`: places, dates, periods, sums, shares, measures and number words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from pipeline.languages.en.dates import find_dates
from pipeline.languages.en.number_words import ONES, TENS
from pipeline.languages.en.periods import find_periods
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
    r"\b(?:sub)?(?:sections?|clauses?|articles?|schedules?|appendix|annex|chapters?|paragraphs?|pages?|figures?|tables?|"
    r"parts?|rules?|exhibits?|recitals?|steps?|items?|lines?|§+)\s?(?:no\.\s)?"
    r"(?P<label>\d+[A-Za-z]?(?:\.\d+)*(?:\([a-z0-9]{1,4}\))*)(?![\w%]|,\d|\.\d)"
    r"(?:(?:,\s|\s(?:and|or|to)\s)(?P<more>\d+(?:\.\d+)*(?:\([a-z0-9]{1,4}\))*)(?!\s?[A-Za-z%]|,\d))?",
    re.IGNORECASE,
)
_FIGURES = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:_\d{3})+|\d+(?:\.\d+)?"
_WORDS = {word: number for number, word in enumerate(ONES)} | {
    word: 10 * number for number, word in enumerate(TENS, start=2)
}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_WORD = rf"(?:{'|'.join([*_WORDS, *_SCALES])})"
_IN_WORDS = rf"(?<![\w-]){_WORD}(?:(?:\s|-|\sand\s){_WORD}){{0,8}}(?![\w])"
_CURRENCY_WORDS = {
    "dollar": "$",
    "buck": "$",
    "euro": "EUR",
    "pound": "GBP",
    "won": "KRW",
    "yen": "JPY",
    "franc": "CHF",
    "yuan": "CNY",
}
_TIMES = "time"
_UNIT_WORDS = {
    "time": _TIMES,
    "second": "s",
    "millisecond": "ms",
    "byte": "B",
    "kilobyte": "KB",
    "megabyte": "MB",
    "gigabyte": "GB",
    "gig": "GB",
    "terabyte": "TB",
    "millimetre": "mm",
    "millimeter": "mm",
    "centimetre": "cm",
    "centimeter": "cm",
    "metre": "m",
    "meter": "m",
    "kilometre": "km",
    "kilometer": "km",
    "milligram": "mg",
    "gram": "g",
    "kilogram": "kg",
    "kilo": "kg",
    "volt": "V",
    "amp": "A",
    "ampere": "A",
    "watt": "W",
    "kilowatt": "kW",
    "hertz": "Hz",
    "litre": "L",
    "liter": "L",
    "millilitre": "mL",
    "milliliter": "mL",
    "square metre": "m²",
    "square meter": "m²",
    "cubic metre": "m³",
    "cubic meter": "m³",
}
_OWN_UNITS = {
    **dict.fromkeys(("foot", "feet"), "foot"),
    **dict.fromkeys(("inch", "inche", "inches"), "inch"),
    **{name: name for name in ("mile", "yard", "ounce", "gallon", "acre", "hectare", "tonne", "ton")},
}
"""Units that are not converted into others."""
_NAMED_UNIT = "|".join([*_CURRENCY_WORDS, *_UNIT_WORDS, *_OWN_UNITS])
_PERCENT = r"percent|per\scent|per\scentum|pct"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?:(?P<sign>US\$|[$€£₩¥]|(?:{'|'.join(c for c in SIGNS_BEFORE if c.isalpha())})\s?)\s?)?"
    rf"(?P<minus>(?<![\w)])[-−]|minus\s)?(?P<figures>{_FIGURES})(?!\d)"
    r"(?:\s?(?P<scale>thousand|million|billion|trillion|bn|mn|[kK](?![\w°])|(?<=\d)M(?!\w)))?"
    rf"(?:(?P<percent>\s?%|[\s-](?:{_PERCENT}))"
    rf"|[\s-]?(?P<symbol>{'|'.join(map(re.escape, sorted(SYMBOLS, key=len, reverse=True)))})(?![\w²³])"
    rf"|[\s-](?P<word>(?:US\s)?(?:{_NAMED_UNIT})s?)\b"
    r"|(?P<degrees>\s(?:degrees?\s)(?:celsius|c)\b)"
    r"|(?P<ordinal>(?:st|nd|rd|th)\b))?",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    rf"(?P<words>{_IN_WORDS})(?:[\s-](?:(?P<word>(?:US\s)?(?:{_NAMED_UNIT})s?)\b"
    rf"|(?P<percent>{_PERCENT})))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d.:,])(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s?(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour2>[01]?\d|2[0-4]):(?P<minute2>[0-5]\d)(?::\d{2})?(?![\d:]))"
    r"|\b(?P<named>noon|midnight)\b",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"\b(?:(?P<top>an?|one|two|three|four|five)[\s-])?(?P<part>half|halves|thirds?|quarters?|fifths?|tenths?)\b(?!\s(?:an?\s)?(?:hour|day|year))",
    re.IGNORECASE,
)
_HALF_OF = re.compile(r"\s(?:of|the|its|his|her|their)\b", re.IGNORECASE)
_PARTS = {"hal": 2, "thi": 3, "qua": 4, "fif": 5, "ten": 10}
_ORDINAL_WORDS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = {word: number for number, word in enumerate(_ORDINAL_WORDS.split())}
_FREQUENCIES = {"twice": 2, "thrice": 3}
_ORDINAL = re.compile(
    rf"(?:(?<=the )|(?<=The ))(?P<word>{'|'.join(_ORDINALS)})\b(?!\s(?:as|the|that|this|its|what)\b)", re.IGNORECASE
)
_FREQUENCY = re.compile(rf"\b(?P<word>{'|'.join(_FREQUENCIES)})\b(?!\s(?:as|the|that|this|its|what)\b)", re.IGNORECASE)
_HALF_UNIT = re.compile(r"\bhalf\s(?:an?\s|of\san?\s)?(?P<unit>hour|day|year)s?\b", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:than|equals?|equal\sto|exceeds?|below|above|least|most)\s$", re.IGNORECASE)
_OF = re.compile(r"\sof\b", re.IGNORECASE)
_BEFORE_CHARS = 12
_HALF_UNITS = {"hour": ("minute", 30), "day": ("minute", 720), "year": ("month", 6)}


def find_quantities(text: str) -> Iterator[FoundQuantity]:
    """Yield the values of a text; where two overlap, the first one yielded wins."""
    for match in _PLACE.finditer(text):
        yield FoundQuantity(match.start(), match.end(), place_of(match["label"].lower()))
        if match["more"]:
            yield FoundQuantity(match.start("more"), match.end("more"), place_of(match["more"].lower()))
    for found in find_dates(text):
        if found.value is not None:
            yield FoundQuantity(found.start, found.end, date_of(found.value))
    yield from _clocks(text)
    for period in find_periods(text):
        if period.value is not None:
            quantity = number_of(period.value.count, period.value.unit.value)
            yield FoundQuantity(period.start, period.end, quantity)
    for match in _HALF_UNIT.finditer(text):
        unit, count = _HALF_UNITS[match["unit"].lower()]
        yield FoundQuantity(match.start(), match.end(), number_of(count, unit))
    yield from _figures(text)
    yield from _in_words(text)


def _figures(text: str) -> Iterator[FoundQuantity]:
    for match in _NUMBER.finditer(text):
        number = Fraction(re.sub("[,_]", "", match["figures"]))
        if match["minus"]:
            number = -number
        scale = (match["scale"] or "").lower()
        number *= _SCALES.get(scale, _SHORT_SCALES.get(scale, 1))
        unit, factor = "", Fraction(1)
        if match["sign"]:
            unit = SIGNS_BEFORE[match["sign"].strip().upper()]
            after = _currency_behind(match["symbol"])
            unit = after or unit
        elif match["percent"]:
            unit, factor = RATIO, Fraction(1, 100)
        elif match["symbol"]:
            unit, factor = _symbol(match["symbol"])
        elif match["word"]:
            unit, factor = _unit_of(match["word"])
        elif match["degrees"]:
            unit = "°C"
        yield FoundQuantity(match.start(), match.end(), number_of(number * factor, unit))


def _currency_behind(symbol: str | None) -> str:
    if symbol and symbol.upper() in SIGNS_BEFORE:
        return SIGNS_BEFORE[symbol.upper()]
    return ""


def _symbol(written: str) -> tuple[str, Fraction]:
    if written == _TIMES:
        return _TIMES, Fraction(1)
    if written in SYMBOLS:
        return SYMBOLS[written]
    same = [unit for symbol, unit in SYMBOLS.items() if symbol.lower() == written.lower()]
    return same[0] if same else ("", Fraction(1))


def _unit_of(word: str) -> tuple[str, Fraction]:
    name = word.lower()
    code = "USD" if name.startswith("us ") else ""
    name = name.removeprefix("us ").removesuffix("s")
    if name in _CURRENCY_WORDS:
        return code or _CURRENCY_WORDS[name], Fraction(1)
    if name in _OWN_UNITS:
        return _OWN_UNITS[name], Fraction(1)
    return _symbol(_UNIT_WORDS[name]) if name in _UNIT_WORDS else ("", Fraction(1))


def _in_words(text: str) -> Iterator[FoundQuantity]:
    for match in _FRACTION.finditer(text):
        top = (match["top"] or "one").lower()
        number = Fraction(_WORDS.get(top, 1), _PARTS[match["part"][:3].lower()])
        if match["top"] or _HALF_OF.match(text, match.end()):
            yield FoundQuantity(match.start(), match.end(), number_of(number, RATIO), is_word=True)
    for match in _WRITTEN.finditer(text):
        number = Fraction(_read_words(match["words"]))
        unit, factor = _unit_of(match["word"]) if match["word"] else ("", Fraction(1))
        if match["percent"]:
            unit, factor = RATIO, Fraction(1, 100)
        if number <= 1 and (unit == _TIMES or (not unit and not _is_compared(text, match))):
            continue  # "one" is mostly a pronoun, and "at any one time" no count
        yield FoundQuantity(match.start(), match.end(), number_of(number * factor, unit), is_word=not unit)
    for match in _ORDINAL.finditer(text):
        word = match["word"].lower()
        if _ORDINALS[word] > 1:
            yield FoundQuantity(match.start(), match.end(), number_of(_ORDINALS[word]), is_word=True)
    for match in _FREQUENCY.finditer(text):
        yield FoundQuantity(match.start(), match.end(), number_of(_FREQUENCIES[match["word"].lower()], _TIMES))


def _is_compared(text: str, match: re.Match[str]) -> bool:
    """Return whether the words before a number make it a bound: less than one, equal to zero."""
    before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
    return _COMPARES.search(before) is not None and _OF.match(text, match.end()) is None


def _read_words(words: str) -> int:
    """Return the number that words of `_WORD` name; `and` adds."""
    total, group = 0, 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _WORDS:
            group += _WORDS[word]
        elif word == "hundred":
            group = max(1, group) * 100
        elif word in _SCALES:
            total, group = total + max(1, group) * _SCALES[word], 0
    return total + group


def _clocks(text: str) -> Iterator[FoundQuantity]:
    for match in _CLOCK.finditer(text):
        if match["named"]:
            minutes = 720 if match["named"].lower() == "noon" else 0
            yield FoundQuantity(match.start(), match.end(), number_of(minutes, CLOCK))
            continue
        hour = int(match["hour"] or match["hour2"])
        minute = int(match["minute"] or match["minute2"] or 0)
        unit = CLOCK
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
        elif hour <= 12 and not match.group().startswith("0"):
            unit = HALF_CLOCK
        yield FoundQuantity(match.start(), match.end(), number_of(hour * 60 + minute, unit))
