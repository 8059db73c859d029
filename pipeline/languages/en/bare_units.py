"""English names of units without a number, by what they measure; two languages give a unit the same name."""

from __future__ import annotations

from collections.abc import Mapping


def _units(**names: str) -> Mapping[str, str]:
    return {unit: rf"\b(?:{pattern})\b" for unit, pattern in names.items()}


BARE_UNITS = {
    "length": _units(
        mm="millimet(?:re|er)s?", cm="centimet(?:re|er)s?", m="met(?:re|er)s", km="kilomet(?:re|er)s?",
        foot="feet", inch="inch(?:es)?", mile="miles?", yard="yards",
    ),
    "time": _units(
        ms="milliseconds?|ms", us="microseconds?", s="seconds", minute="minutes", hour="hours", day="days",
        week="weeks", month="months", year="years",
    ),
    "weight": _units(
        mg="milligrams?", g="grams?", kg="kilograms?|kilos?", ton="tonnes?|tons?", pound="lbs", ounce="ounces?"
    ),
    "volume": _units(ml="millilit(?:re|er)s?", l="lit(?:re|er)s", gallon="gallons?"),
    "size": _units(bit="bits", byte="bytes", kb="kilobytes?", mb="megabytes?", gb="gigabytes?"),
    "temperature": _units(celsius="celsius", fahrenheit="fahrenheit", kelvin="kelvin"),
    "money": _units(cent="cents", dollar="dollars", euro="euros", won="won"),
    "angle": _units(radian="radians?", degree="degrees"),
    "speed": _units(knot="knots"),
}  # fmt: skip
