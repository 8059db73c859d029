"""The symbols of units and currencies that all languages share, with the factor to a canonical unit.

Languages add their own words for the same canonical units. The canonical unit of a length of time below a day is the
minute, as in `languages.periods`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

Unit = tuple[str, Fraction]
"""A canonical unit and the factor to it."""

_CODES = ("USD", "EUR", "GBP", "KRW", "CHF", "JPY", "NOK", "SEK", "DKK", "CAD", "AUD", "CNY")
_PREFIXES = {"n": -9, "µ": -6, "μ": -6, "m": -3, "c": -2, "k": 3, "M": 6, "G": 9}


def _scaled(symbol: str, prefixes: str) -> dict[str, Unit]:
    units = {symbol: (symbol, Fraction(1))}
    units.update({prefix + symbol: (symbol, Fraction(10) ** _PREFIXES[prefix]) for prefix in prefixes})
    return units


_BYTES: dict[str, Unit] = {
    name: ("B", Fraction(1024) ** power)
    for power, names in enumerate((("B",), ("KB", "kB", "KiB"), ("MB", "MiB"), ("GB", "GiB", "G"), ("TB", "TiB")))
    for name in names
}
"""Decimal and binary prefixes are read alike, because texts use them alike."""

SYMBOLS: Mapping[str, Unit] = {
    **_BYTES,
    **_scaled("m", "nµμmck"),
    **_scaled("g", "µμmk"),
    **_scaled("V", "mk"),
    **_scaled("A", "µμm"),
    **_scaled("W", "mkMG"),
    **_scaled("Wh", "kM"),
    **_scaled("Hz", "kMG"),
    **_scaled("Pa", "kM"),
    **_scaled("bar", "m"),
    **_scaled("L", "m"),
    **_scaled("Nm", ""),
    **_scaled("N", "k"),
    **_scaled("bps", "kMG"),
    "l": ("L", Fraction(1)),
    "ml": ("L", Fraction(1, 1000)),
    "ms": ("minute", Fraction(1, 60_000)),
    "s": ("minute", Fraction(1, 60)),
    "sec": ("minute", Fraction(1, 60)),
    "min": ("minute", Fraction(1)),
    "h": ("minute", Fraction(60)),
    "°C": ("°C", Fraction(1)),
    "℃": ("°C", Fraction(1)),
    "°F": ("°F", Fraction(1)),
    "℉": ("°F", Fraction(1)),
    "rpm": ("rpm", Fraction(1)),
    "dB": ("dB", Fraction(1)),
    "psi": ("psi", Fraction(1)),
    "㎡": ("m2", Fraction(1)),
    "m²": ("m2", Fraction(1)),
    "㎥": ("m3", Fraction(1)),
    "m³": ("m3", Fraction(1)),
    "㎜": ("m", Fraction(1, 1000)),
    "㎝": ("m", Fraction(1, 100)),
    "㎞": ("m", Fraction(1000)),
    "㎏": ("g", Fraction(1000)),
    "%": ("ratio", Fraction(1, 100)),
    "‰": ("ratio", Fraction(1, 1000)),
    "€": ("EUR", Fraction(1)),
    "£": ("GBP", Fraction(1)),
    "₩": ("KRW", Fraction(1)),
    "$": ("$", Fraction(1)),
    **{code: (code, Fraction(1)) for code in _CODES},
}
SIGNS_BEFORE: Mapping[str, str] = {
    "US$": "USD",
    "$": "$",
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "￦": "KRW",
    "¥": "JPY",
    **{code: code for code in _CODES},
}
"""Currency signs and codes that stand before a sum."""
