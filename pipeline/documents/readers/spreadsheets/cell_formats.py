"""Shows a number as a spreadsheet shows it: `1,200`, `15%`, `₩3,000`, `2024-01-31`, `1.5E+20`.

In: a number and a number format of Excel (ECMA-376, part 1, 18.8.31). Out: the text in the cell. Used by the readers of
spreadsheets. Colours, widths and fill characters are left out. Cost: a format is parsed once; a number takes some
microseconds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from pipeline.documents.readers.spreadsheets.cell_dates import KOREAN_NAMES, Piece, is_date_piece, shown_date

GENERAL = "General"
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "#,##0",
    6: "#,##0",
    7: "#,##0.00",
    8: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    27: 'yyyy"年" mm"月" dd"日"',
    28: "mm-dd",
    29: "mm-dd",
    30: "mm-dd-yy",
    31: 'yyyy"년" mm"월" dd"일"',
    32: 'h"시" mm"분"',
    33: 'h"시" mm"분" ss"초"',
    34: "yyyy-mm-dd",
    35: "yyyy-mm-dd",
    36: 'yyyy"年" mm"月" dd"日"',
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: '#,##0;-#,##0;"-"',
    42: '#,##0;-#,##0;"-"',
    43: '#,##0.00;-#,##0.00;"-"',
    44: '#,##0.00;-#,##0.00;"-"',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年" mm"月" dd"日"',
    51: "mm-dd",
    52: "yyyy-mm-dd",
    53: "yyyy-mm-dd",
    54: "mm-dd",
    55: "yyyy-mm-dd",
    56: "yyyy-mm-dd",
    57: 'yyyy"年" mm"月" dd"日"',
    58: "mm-dd",
}
"""Formats that files name by number only, with dates in the order that Korean and ISO 8601 use."""

_KOREAN = "412"
"""End of the number of the Korean locale."""
_MAX_GENERAL_CHARS = 11
_MAX_TYPED_DIGITS = 13
"""A number with more digits is the result of a calculation; a cell in the format General rounds it."""
_MAX_DECIMALS = 30
_MAX_CODE_CHARS = 1000
"""The maximum length of a format; Excel allows 255 characters."""
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>General)'
    r"|(?P<noon>AM/PM|A/P|오전/오후)|(?P<power>[Ee][+-])|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+|a{3,4}|[eE]+|[gG]+)"
    r"|(?P<digit>[0#?])|(?P<other>.)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)$")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the parts of a format between semicolons."""

    pieces: tuple[Piece, ...]
    condition: tuple[str, float] | None

    @property
    def is_date(self) -> bool:
        return any(is_date_piece(piece) for piece in self.pieces)


def shown_number(value: float, code: str, *, is_1904: bool = False) -> str:
    """Return a number as a cell in this format shows it.

    Args:
        value: the number; a date is the number of days since 1900.
        code: the number format.
        is_1904: whether dates count from 1904.
    """
    if code in ("@", "") or code.upper() == GENERAL.upper() or len(code) > _MAX_CODE_CHARS:
        return general(value)
    sections = _sections(code)
    section, is_negative = _chosen(sections, value)
    if section.is_date:
        return shown_date(value, section.pieces, is_1904=is_1904) or general(value)
    shown = _shown(abs(value), section.pieces)
    has_digits = any(char.isdigit() and char != "0" for char in shown)
    return f"-{shown}" if is_negative and has_digits else shown


def changes_value(code: str) -> bool:
    """Return whether a number in this format is another one to a reader: a date, a time or a percentage."""
    if not code or len(code) > _MAX_CODE_CHARS:
        return False
    return any(
        section.is_date or any(piece.kind == "other" and piece.text == "%" for piece in section.pieces)
        for section in _sections(code)
    )


def shown_text(text: str, code: str) -> str:
    """Return a text as a cell in this format shows it, such as `김철수 님` for the format `@" 님"`."""
    if "@" not in code or code == "@" or len(code) > _MAX_CODE_CHARS:
        return text
    section = next((found for found in _sections(code) if any(piece.text == "@" for piece in found.pieces)), None)
    if section is None:
        return text
    return "".join(text if piece.kind == "other" and piece.text == "@" else piece.text for piece in section.pieces)


def general(value: float) -> str:
    """Return a number in the format General."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}"
    if "e" in text:
        digits, power = f"{value:.10g}".split("e") if "e" in f"{value:.10g}" else (f"{value:.10g}", "")
        return f"{digits}E{power}" if power else digits
    if sum(char.isdigit() for char in text.strip("-0.")) > _MAX_TYPED_DIGITS:
        decimals = max(0, _MAX_GENERAL_CHARS - 1 - len(text.lstrip("-").partition(".")[0]))
        text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") or "0"
    return text


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    found: list[_Section] = []
    pieces: list[Piece] = []
    condition: tuple[str, float] | None = None
    for match in _PIECE.finditer(code):
        kind, text = match.lastgroup or "", match[match.lastgroup] if match.lastgroup else ""
        if kind == "other" and text == ";":
            found.append(_Section(tuple(pieces), condition))
            pieces, condition = [], None
        elif kind == "bracket":
            said = _CONDITION.match(text)
            if said is not None:
                condition = (said[1], float(said[2]))
            elif text.startswith("$"):
                symbol, _, locale = text[1:].partition("-")
                pieces.append(Piece("quoted", symbol))
                if locale.upper().endswith(_KOREAN):
                    pieces.append(Piece(KOREAN_NAMES, ""))
            elif re.fullmatch(r"h+|m+|s+", text, re.IGNORECASE):
                pieces.append(Piece("elapsed", text.lower()))
        elif kind:
            pieces.append(Piece("quoted" if kind == "escaped" else kind, text))
    found.append(_Section(tuple(pieces), condition))
    return tuple(found)


def _chosen(sections: Sequence[_Section], value: float) -> tuple[_Section, bool]:
    """Return the section for a number, and whether a minus sign goes before it."""
    numbers = [section for section in sections if not any(piece.text == "@" for piece in section.pieces)] or sections[
        :1
    ]
    if any(section.condition for section in numbers):
        for section in numbers:
            if section.condition is None or _COMPARISONS[section.condition[0]](value, section.condition[1]):
                return section, value < 0
        return numbers[-1], value < 0
    if value < 0 and len(numbers) > 1:
        return numbers[1], False
    if value == 0 and len(numbers) > 2:
        return numbers[2], False
    return numbers[0], value < 0


def _shown(value: float, pieces: Sequence[Piece]) -> str:
    """Return a number that is not negative in a section without dates."""
    if any(piece.kind == "general" for piece in pieces):
        return "".join(general(value) if piece.kind == "general" else piece.text for piece in pieces)
    digits = [index for index, piece in enumerate(pieces) if piece.kind == "digit"]
    if not digits:
        return "".join(piece.text for piece in pieces).strip()
    percents = sum(piece.kind == "other" and piece.text == "%" for piece in pieces)
    exact = Decimal(repr(value)) * 100**percents
    if any(piece.kind == "power" for piece in pieces):
        return _scientific(exact, pieces)
    slash = next((i for i, piece in enumerate(pieces) if piece.kind == "other" and piece.text == "/"), None)
    if slash is not None and digits[0] < slash:
        return _fraction(exact, pieces, slash)
    return _decimal(exact, pieces, digits)


def _decimal(value: Decimal, pieces: Sequence[Piece], digits: Sequence[int]) -> str:
    point = next((i for i, piece in enumerate(pieces) if piece.kind == "other" and piece.text == "."), len(pieces))
    whole = [index for index in digits if index < point]
    decimals = [index for index in digits if index > point][:_MAX_DECIMALS]
    last = max(digits)
    commas = {i for i, piece in enumerate(pieces) if piece.kind == "other" and piece.text == ","}
    end = whole[-1] if whole else point
    scaling = {i for i in commas if i > last or (end < i < point and not any(end < j < i for j in digits))}
    trailing = _adjacent(scaling, {last, end})
    grouped = any(whole and whole[0] < i < whole[-1] for i in commas)
    value = value / 1000 ** len(trailing)
    rounded = value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    left = left.lstrip("0")
    kept = len(decimals)
    while kept and pieces[decimals[kept - 1]].text != "0" and right[kept - 1] == "0":
        kept -= 1
    whole_texts = _placed(left, [pieces[index].text for index in whole], grouped=grouped)
    texts: list[str] = []
    for index, piece in enumerate(pieces):
        if index in whole:
            texts.append(whole_texts[whole.index(index)])
        elif index in decimals:
            number = decimals.index(index)
            texts.append(right[number] if number < kept else "")
        elif index == point:
            texts.append((left if not whole else "") + ("." if kept else ""))
        elif index not in trailing and not (index in commas and digits[0] < index < last):
            texts.append(piece.text)
    return "".join(texts).strip()


def _adjacent(commas: set[int], starts: set[int]) -> set[int]:
    """Return the commas that directly follow one of the given positions; each divides the number by 1,000."""
    found: set[int] = set()
    for start in starts:
        index = start + 1
        while index in commas:
            found.add(index)
            index += 1
    return found


def _placed(digits: str, places: Sequence[str], *, grouped: bool) -> list[str]:
    """Return the digits for each placeholder; the first placeholder takes all that remain."""
    found: list[str] = []
    rest, position = digits, 0
    for number in range(len(places) - 1, -1, -1):
        taken = rest if number == 0 else rest[-1:]
        rest = "" if number == 0 else rest[:-1]
        taken = taken or ("0" if places[number] == "0" else "")
        text = ""
        for digit in reversed(taken):
            text = digit + ("," if grouped and position and position % 3 == 0 else "") + text
            position += 1
        found.append(text)
    return found[::-1]


def _scientific(value: Decimal, pieces: Sequence[Piece]) -> str:
    power_at = next(i for i, piece in enumerate(pieces) if piece.kind == "power")
    head = pieces[:power_at]
    point = next((i for i, piece in enumerate(head) if piece.text == "."), len(head))
    decimals = sum(piece.kind == "digit" for piece in head[point:])
    width = sum(piece.kind == "digit" for piece in pieces[power_at:])
    mantissa, _, power = f"{value:.{decimals}E}".partition("E")
    number = int(power)
    sign = "-" if number < 0 else "+" if pieces[power_at].text[1] == "+" else ""
    return f"{mantissa}E{sign}{abs(number):0{width}d}"


def _fraction(value: Decimal, pieces: Sequence[Piece], slash: int) -> str:
    after = "".join(piece.text for piece in pieces[slash + 1 :]).strip()
    fixed = re.match(r"[1-9][0-9]*", after)
    places = sum(piece.kind == "digit" for piece in pieces[slash + 1 :])
    before = "".join(piece.text if piece.kind == "digit" else " " for piece in pieces[:slash]).split()
    whole = int(value) if len(before) > 1 else 0
    rest = Fraction(value) - whole
    if fixed is not None:
        bottom = int(fixed[0])
        top = int(rest * bottom + Fraction(1, 2))
    else:
        near = rest.limit_denominator(10 ** min(max(places, 1), 6) - 1)
        top, bottom = near.numerator, near.denominator
    if len(before) > 1 and top == bottom:
        whole, top = whole + 1, 0
    if len(before) > 1 and top == 0:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"
