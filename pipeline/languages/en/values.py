"""Reads English sums of money as values: `USD 1.5 million` is 150,000,000 cents."""

from __future__ import annotations

import re
from fractions import Fraction

from pipeline.languages.values import Money, money_of

_CODES = r"USD|EUR|GBP|KRW|CHF|JPY|NOK|SEK|DKK|CAD|AUD"
_SIGNS = {"US$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "$": "$"}
_NOUNS = {"dollar": "$", "euro": "EUR", "pound": "GBP"}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_SUM = re.compile(
    rf"(?:(?P<before>{_CODES}|US\$|[$€£₩])\s?)?{_NUMBER}(?:\s(?P<scale>thousand|million|billion))?"
    rf"(?:\s(?:(?P<after>{_CODES})|(?P<noun>dollar|euro|pound)s?))?"
)


def read_money(text: str) -> Money | None:
    """Return the sum of money that a text is, as a whole; None if it is none or has two currencies."""
    match = _SUM.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    named = [name for name in (match["before"], match["after"], match["noun"]) if name]
    currencies = {_SIGNS.get(name, _NOUNS.get(name, name)) for name in named}
    if currencies in ({"$", "USD"}, {"$", "CAD"}, {"$", "AUD"}):
        currencies.discard("$")
    if len(currencies) != 1:
        return None
    number = Fraction(match["number"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1)
    return money_of(currencies.pop(), number)
