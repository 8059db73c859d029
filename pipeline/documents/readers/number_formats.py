"""Writes numbers as office formats show them: `3`, `iii`, `c`, `다`, `ㄷ`, `③`, `三`.

Names of formats are those of WordprocessingML (ECMA-376, 17.18.59). OpenDocument names a format by its first number;
`format_of_sample` finds the format. Used by the readers that compute the labels of lists, notes and pages.
"""

from __future__ import annotations

_GANADA = "가나다라마바사아자차카타파하"
_CHOSUNG = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_MAX_ROMAN = 4999
_HANGUL_DIGITS = ("영일이삼사오육칠팔구", "십백천만")
_HAN_DIGITS = ("〇一二三四五六七八九", "十百千万")
_FORMAL_DIGITS = ("零壹貳參四五六七八九", "拾百仟萬")
_LEGAL_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_LEGAL_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_ORDINALS |= {"twelve": "twelfth"}
_SERIES = {
    "ganada": _GANADA,
    "chosung": _CHOSUNG,
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "aiueo": "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ",
    "aiueoFullWidth": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
    "iroha": "ｲﾛﾊﾆﾎﾍﾄﾁﾘﾇﾙｦﾜｶﾖﾀﾚｿﾂﾈﾅﾗﾑｳヰﾉｵｸﾔﾏｹﾌｺｴﾃｱｻｷﾕﾒﾐｼヱﾋﾓｾｽﾝ",
    "irohaFullWidth": (
        "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
    ),
    "russianUpper": "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "circledGanada": "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻",
    "circledChosung": "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭",
    "circledLetters": "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ",
}
_DOUBLING = frozenset({"ganada", "chosung"})
"""Series that go on with doubled letters: 하, 가가, 나나."""
_CIRCLED = ((1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1))
_HAN = frozenset(
    [
        "chineseCounting",
        "chineseCountingThousand",
        "ideographDigital",
        "japaneseCounting",
        "japaneseDigitalTenThousand",
        "koreanDigital2",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "taiwaneseDigital",
    ]
)
_DIGITWISE = frozenset(
    ["ideographDigital", "japaneseDigitalTenThousand", "koreanDigital", "koreanDigital2", "taiwaneseDigital"]
)


def numbered(number: int, name: str) -> str:
    """Return a number in a format; in digits if the format is unknown or has no sign for the number.

    Args:
        number: the number; formats begin with 1.
        name: name of the format in WordprocessingML. `none` and `bullet` give an empty text.
    """
    if name in ("none", "bullet"):
        return ""
    if name == "decimalZero":
        return f"{number:02d}"
    if name == "numberInDash":
        return f"- {number} -"
    if name in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(0xFF10 + int(digit)) for digit in str(abs(number)))
    return (_positive(number, name) if number > 0 else "") or str(number)


def _positive(number: int, name: str) -> str:
    """Return a number in a format that has no zero; empty if the format cannot write the number."""
    if name in _SERIES:
        return _in_series(number, _SERIES[name], doubles=name in _DOUBLING)
    if name in ("lowerLetter", "upperLetter"):
        letters = _in_series(number, "abcdefghijklmnopqrstuvwxyz", doubles=True)
        return letters.upper() if name == "upperLetter" else letters
    if name in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.upper() if name == "upperRoman" else roman
    if name in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"):
        return next((chr(first + number - low) for low, high, first in _CIRCLED if low <= number <= high), "")
    if name in ("koreanCounting", "koreanDigital"):
        return _counted(number, _HANGUL_DIGITS, digitwise=name in _DIGITWISE)
    if name in _HAN:
        return _counted(number, _HAN_DIGITS, digitwise=name in _DIGITWISE)
    if name in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        return _counted(number, _FORMAL_DIGITS, digitwise=False)
    if name == "koreanLegal":
        return _LEGAL_TENS[number // 10] + _LEGAL_ONES[number % 10] if number < 100 else ""
    return _english(number, name)


def _in_series(number: int, series: str, *, doubles: bool) -> str:
    repeats, index = divmod(number - 1, len(series))
    if repeats == 0:
        return series[index]
    return series[index] * (repeats + 1) if doubles and repeats < 10 else ""


def _roman(number: int) -> str:
    if number > _MAX_ROMAN:
        return ""
    found = ""
    for value, letters in _ROMAN:
        found += letters * (number // value)
        number %= value
    return found


def _counted(number: int, signs: tuple[str, str], *, digitwise: bool) -> str:
    """Return a number in Hangul or Han signs, such as 이십삼; digit by digit, such as 이삼, if `digitwise`."""
    digits, units = signs
    text = str(number)
    if digitwise:
        return "".join(digits[int(digit)] for digit in text)
    if len(text) > len(units) + 1:
        return ""
    found = ""
    for place, digit in zip(range(len(text) - 1, -1, -1), text, strict=True):
        if digit == "0":
            continue
        is_silent = digit == "1" and place > 0
        found += ("" if is_silent else digits[int(digit)]) + (units[place - 1] if place else "")
    return found


def _english(number: int, name: str) -> str:
    if name == "ordinal":
        suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{suffix}"
    if name not in ("cardinalText", "ordinalText") or number >= 100:
        return ""
    ones, tens = _ONES.split(), _TENS.split()
    words = [ones[number]] if number < 20 else [tens[number // 10], *([ones[number % 10]] if number % 10 else [])]
    if name == "ordinalText":
        last = words[-1]
        words[-1] = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return "-".join(words).capitalize()


_SAMPLES = {
    "1": "decimal",
    "A": "upperLetter",
    "a": "lowerLetter",
    "I": "upperRoman",
    "i": "lowerRoman",
    "01": "decimalZero",
    "가": "ganada",
    "ㄱ": "chosung",
    "①": "decimalEnclosedCircle",
    "㉮": "circledGanada",
    "㉠": "circledChosung",
    "일": "koreanCounting",
    "하나": "koreanLegal",
    "一": "chineseCounting",
    "壹": "ideographLegalTraditional",
    "甲": "ideographTraditional",
    "子": "ideographZodiac",
    "ア": "aiueoFullWidth",
    "ｱ": "aiueo",
    "イ": "irohaFullWidth",
    "1st": "ordinal",
    "One": "cardinalText",
    "First": "ordinalText",
}


def format_of_sample(sample: str) -> str:
    """Return the format that OpenDocument names by its first numbers, such as `가, 나, 다, ...`; `none` if empty."""
    first = sample.split(",", 1)[0].strip()
    if not first:
        return "none"
    return _SAMPLES.get(first, "decimal")
