"""Reads Korean sums of money as values: 2억 3천만원 is 230,000,000 won."""

from __future__ import annotations

import re
from fractions import Fraction

from pipeline.languages.values import Money, money_of

_DIGITS = {char: value for value, char in enumerate("영일이삼사오육칠팔구")}
_SMALL = {"십": 10, "백": 100, "천": 1000}
_LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[십백천]|[만억조]|[영일이삼사오육칠팔구]")
_SUM = re.compile(r"(?:일?금\s?)?(?P<number>[\d영일이삼사오육칠팔구].*|[십백천만].*)\s?원정?", re.DOTALL)

_SPLIT = re.compile(r"\d \d")
"""Two numbers with only a space between them."""


def read_money(text: str) -> Money | None:
    """Return the sum in won that a text is, as a whole; None if it is none or its number is not well formed."""
    match = _SUM.fullmatch(" ".join(text.split()))
    if match is None or _SPLIT.search(match["number"]):
        return None
    number = read_number(match["number"].replace(" ", ""))
    return money_of("KRW", number) if number is not None else None


def read_number(words: str) -> Fraction | None:
    """Return the value of a number in figures, Hangul or both: 1억5,000만, 삼백이십만; None if it is not well formed.

    Units must decrease: first those of four digits (조, 억, 만), and within each the small ones (천, 백, 십).
    """
    tokens = _TOKEN.findall(words)
    if "".join(tokens) != words:
        return None
    total, group, digit = Fraction(0), Fraction(0), None
    last_large, last_small = 10**16, 10**4
    for token in tokens:
        if token in _LARGE:
            unit = _LARGE[token]
            group += digit or 0
            if unit >= last_large:
                return None
            if not group and digit is None and last_small == 10**4:
                group = Fraction(1)  # 만 alone is ten thousand
            total, group, digit = total + group * unit, Fraction(0), None
            last_large, last_small = unit, 10**4
        elif token in _SMALL:
            if _SMALL[token] >= last_small:
                return None
            last_small = _SMALL[token]
            group, digit = group + (1 if digit is None else digit) * last_small, None
        elif digit is not None:
            return None  # two numbers in a row
        else:
            digit = Fraction(_DIGITS[token]) if token in _DIGITS else Fraction(token.replace(",", ""))
    return total + group + (digit or 0)
