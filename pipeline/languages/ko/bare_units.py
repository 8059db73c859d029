"""Korean names of units without a number, by what they measure; two languages give a unit the same name."""

from __future__ import annotations

from collections.abc import Mapping

_BEHIND = r"(?:\s?단위)?(?=[로으를을은는이가의와과,. ]|$)"


def _units(**names: str) -> Mapping[str, str]:
    return {unit: rf"(?<![가-힣\d])(?:{pattern}){_BEHIND}" for unit, pattern in names.items()}


BARE_UNITS = {
    "length": _units(
        mm="밀리미터", cm="센티미터", m="미터", km="킬로미터", foot="피트", inch="인치", mile="마일", yard="야드"
    ),
    "time": _units(
        ms="밀리초", us="마이크로초", s="초(?=\\s?단위|로\\s)", minute="분(?=\\s?단위|으로\\s)", hour="시간\\s단위",
        day="일\\s단위", week="주\\s단위", month="월\\s단위", year="연\\s단위|년\\s단위",
    ),
    "weight": _units(mg="밀리그램", g="그램", kg="킬로그램", ton="톤", pound="파운드", ounce="온스"),
    "volume": _units(ml="밀리리터", l="리터", gallon="갤런"),
    "size": _units(bit="비트", byte="바이트", kb="킬로바이트", mb="메가바이트", gb="기가바이트"),
    "temperature": _units(celsius="섭씨", fahrenheit="화씨", kelvin="켈빈"),
    "money": _units(cent="센트", dollar="달러", euro="유로", won="원\\s단위|원화"),
    "angle": _units(radian="라디안", degree="도\\s단위"),
    "speed": _units(knot="노트"),
}  # fmt: skip
