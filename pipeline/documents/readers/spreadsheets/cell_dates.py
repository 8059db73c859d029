"""Shows the date and time in a spreadsheet's cell: `2024년 01월 31일`, `31-Jan-24`, `3:05 PM`, `26:30`.

In: the number of days since the spreadsheet's first day, and the pieces of a number format. Used by `cell_formats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_MONTHS = "January February March April May June July August September October November December"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KOREAN_DAYS = "월화수목금토일"
_KOREAN_NOON = ("오전", "오후")
KOREAN_NAMES = "korean"
"""Kind of a piece that gives months, days and halves of the day Korean names."""
_MAX_DAYS = 2_958_466
"""The number of the day after 9999-12-31."""
_FIRST_RIGHT_DAY = 60
"""Excel counts 1900-02-29, which did not exist, as day 60. So earlier days count from one day later than the others."""
_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a number format."""

    kind: str
    """`quoted`, `date`, `elapsed`, `noon`, `digit`, `power`, `general`, `korean` or `other`."""
    text: str


def is_date_piece(piece: Piece) -> bool:
    """Return whether a piece shows a part of a date or time."""
    return piece.kind in ("elapsed", "noon") or (piece.kind == "date" and piece.text[0].lower() in "ymdhsa")


def shown_date(value: float, pieces: Sequence[Piece], *, is_1904: bool) -> str:
    """Return a date and time as a cell shows it; empty if no cell can show it."""
    if not 0 <= value < _MAX_DAYS:
        return ""
    decimals = _num_decimals(pieces)
    seconds = round(value * _SECONDS, decimals)
    moment = _moment(seconds, is_1904=is_1904)
    if moment is None:
        return ""
    kinds = {piece.kind for piece in pieces}
    texts: list[str] = []
    is_fraction = False
    for index, piece in enumerate(pieces):
        if piece.kind == "elapsed":
            texts.append(_elapsed(seconds, piece.text))
        elif piece.kind == "noon":
            names = _KOREAN_NOON if KOREAN_NAMES in kinds else piece.text.split("/")
            texts.append(names[moment.hour >= 12])
        elif piece.kind == "date":
            text = _korean_name(moment, piece.text.lower()) if KOREAN_NAMES in kinds else ""
            is_minutes, has_noon = _is_minutes(pieces, index), "noon" in kinds
            texts.append(text or _part(moment, piece.text.lower(), is_minutes=is_minutes, has_noon=has_noon))
        elif piece.kind == "digit":
            texts.append("" if is_fraction else f"{moment.microsecond:06d}"[:decimals])
            is_fraction = True
        elif piece.text not in ("@",):
            texts.append(piece.text)
    return "".join(texts).strip()


def _moment(seconds: float, *, is_1904: bool) -> datetime | None:
    first = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
    if not is_1904 and seconds < _FIRST_RIGHT_DAY * _SECONDS:
        first += timedelta(days=1)
    try:
        return first + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _num_decimals(pieces: Sequence[Piece]) -> int:
    """Return the number of decimals of the seconds, as in `ss.00`."""
    for index, piece in enumerate(pieces[:-1]):
        if piece.text == "." and pieces[index + 1].kind == "digit":
            return min(6, sum(later.kind == "digit" for later in pieces[index:]))
    return 0


def _is_minutes(pieces: Sequence[Piece], index: int) -> bool:
    """Return whether an `m` means minutes: it follows hours or precedes seconds."""
    before = next((piece for piece in reversed(pieces[:index]) if piece.kind in ("date", "elapsed")), None)
    after = next((piece for piece in pieces[index + 1 :] if piece.kind in ("date", "elapsed")), None)
    return (before is not None and before.text[0] in "hH") or (after is not None and after.text[0] in "sS")


def _elapsed(seconds: float, unit: str) -> str:
    size = {"h": 3600, "m": 60, "s": 1}[unit[0]]
    return f"{int(seconds // size):0{len(unit)}d}"


def _korean_name(moment: datetime, text: str) -> str:
    """Return the Korean name of a month or weekday; empty for pieces that show no name."""
    if text in ("mmm", "mmmm"):
        return f"{moment.month}월"
    if text in ("ddd", "dddd"):
        return _KOREAN_DAYS[moment.weekday()] + ("요일" if text == "dddd" else "")
    return ""


def _part(moment: datetime, text: str, *, is_minutes: bool, has_noon: bool) -> str:
    letter, width = text[0], len(text)
    if letter in "ye":
        return f"{moment.year % 100:02d}" if letter == "y" and width <= 2 else f"{moment.year:04d}"
    if letter == "m" and not (is_minutes and width <= 2):
        name = _MONTHS.split()[moment.month - 1]
        return {3: name[:3], 4: name, 5: name[0]}.get(width, f"{moment.month:0{min(width, 2)}d}")
    if letter == "d" and width > 2:
        return _DAYS[moment.weekday()][: 3 if width == 3 else None]
    if letter == "a":
        return _KOREAN_DAYS[moment.weekday()] + ("요일" if width == 4 else "")
    hour = (moment.hour - 1) % 12 + 1 if has_noon else moment.hour
    number = {"m": moment.minute, "d": moment.day, "h": hour, "s": moment.second}.get(letter)
    return "" if number is None else f"{number:0{min(width, 2)}d}"
