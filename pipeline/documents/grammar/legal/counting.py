"""Values and order of provision numbers: digits, letters, Roman numerals, circled numbers, dotted numbers.

Used by `heads` and `items`, and by `synthesize.structural.doubts`, which compares labels.
"""

from __future__ import annotations

import re

from pipeline.languages.provision_rules import Numerals

_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_CIRCLED_ONE = ord("①")


def count_of(numeral: str, numerals: Numerals, syllables: str = "") -> int:
    """Return the value of a numeral, such as 3 for `c`, `iii` or `③`.

    Invalid digits, Roman numerals and syllables have the value 0. Letters and circled numbers are not checked.

    Args:
        numeral: the numeral as written.
        numerals: the counting system of the numeral.
        syllables: the syllables of the language in counting order, for `Numerals.SYLLABLES`.
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
    """Return the value of a Roman numeral written with the capitals I, V, X, L and C; 0 if it is not valid."""
    values = [_ROMAN.get(letter, 0) for letter in numeral]
    if not values or not all(values):
        return 0
    total = sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
    return total if _as_roman(total) == numeral else 0


def outer_count(numeral: str) -> int:
    """Return the number of an article or container, written as digits, a Roman numeral or one capital letter.

    Return 0 for anything else. A letter that is also a Roman numeral is read as the numeral: `C` is 100.
    """
    if numeral.isdigit():
        return int(numeral)
    return roman(numeral) or (ord(numeral) - ord("A") + 1 if len(numeral) == 1 else 0)


def dotted(numeral: str) -> tuple[int, ...]:
    """Return the numbers in a dotted number: (4, 1) for `4.1`."""
    return tuple(int(piece) for piece in re.findall(r"\d+", numeral))


def is_successor(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Return whether `after` may directly follow `before`: 4.8 or 5 after 4.7, 4.1 after 4."""
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
