"""How numbers of provisions count: digits, letters, Roman and circled numerals, branches.

Pure. Used by every module of this package and by those that compare labels.
"""

from __future__ import annotations

import re

from pipeline.languages.provision_rules import Numerals

_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_CIRCLED_ONE = ord("①")


def count_of(numeral: str, numerals: Numerals, syllables: str = "") -> int:
    """The number that a numeral stands for, 0 where it is none.

    Args:
        numeral: as written.
        numerals: how it counts.
        syllables: of the language, in order, for `Numerals.SYLLABLES`.
    """
    match numerals:
        case Numerals.DIGITS:
            digits = re.match(r"\d+", numeral)
            return int(digits.group()) if digits else 0
        case Numerals.LETTERS:
            return ord(numeral) - ord("a") + 1
        case Numerals.CAPITALS:
            return ord(numeral) - ord("A") + 1
        case Numerals.ROMAN:
            return roman(numeral.upper())
        case Numerals.CIRCLED:
            return ord(numeral) - _CIRCLED_ONE + 1
        case Numerals.SYLLABLES:
            return syllables.find(numeral) + 1


def roman(numeral: str) -> int:
    """A Roman numeral in capitals as a number; 0 where it is not written as one."""
    values = [_ROMAN.get(letter, 0) for letter in numeral]
    if not values or not all(values):
        return 0
    total = sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
    return total if _as_roman(total) == numeral else 0


def outer_count(numeral: str) -> int:
    """The number of an article or container: digits, Roman, or one capital letter."""
    if numeral.isdigit():
        return int(numeral)
    return roman(numeral) or (ord(numeral) - ord("A") + 1 if len(numeral) == 1 else 0)


def dotted(numeral: str) -> tuple[int, ...]:
    """`4.1` as (4, 1)."""
    return tuple(int(piece) for piece in re.findall(r"\d+", numeral))


def is_successor(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a number may come directly after another, on the same level or above: 4.7 → 4.8, 4.7 → 5."""
    for at, (low, high) in enumerate(zip(before, after, strict=False)):
        if low != high:
            return high == low + 1 and all(number <= 1 for number in after[at + 1 :])
    return len(after) > len(before) and all(number <= 1 for number in after[len(before) :])


def _as_roman(number: int) -> str:
    pieces = []
    for value, sign in (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        pieces.append(sign * (number // value))
        number %= value
    return "".join(pieces)
