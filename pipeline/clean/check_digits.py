"""Checks the digits of payment cards and of international bank accounts.

Both take a value without spaces and hyphens. Used by `clean.personal_values`; the numbers of one country are checked
in `languages/`.
"""

from __future__ import annotations

_CARD_NETWORKS: tuple[tuple[range, range], ...] = (
    # The first four digits, and the lengths (ISO/IEC 7812; ranges as the networks publish them).
    (range(3000, 3060), range(14, 17)),  # Diners Club
    (range(3095, 3096), range(14, 17)),
    (range(3400, 3500), range(15, 16)),  # American Express
    (range(3528, 3590), range(16, 20)),  # JCB
    (range(3600, 3700), range(14, 20)),  # Diners Club
    (range(3700, 3800), range(15, 16)),  # American Express
    (range(3800, 4000), range(14, 20)),
    (range(5000, 5100), range(13, 20)),  # Maestro
    (range(5100, 5600), range(16, 17)),  # Mastercard
    (range(5600, 5900), range(13, 20)),  # Maestro
    (range(6000, 6300), range(16, 20)),  # Discover, RuPay, UnionPay
    (range(6300, 6400), range(13, 20)),  # Maestro
    (range(6400, 6600), range(16, 20)),  # Discover
    (range(6600, 6800), range(13, 20)),  # Maestro
    (range(8100, 8200), range(16, 20)),  # UnionPay
    (range(2200, 2205), range(16, 20)),  # Mir
    (range(2221, 2721), range(16, 17)),  # Mastercard
    (range(9000, 10000), range(16, 17)),  # local cards, such as Korea's BC
)
_VISA_LENGTHS = (13, 16, 19)
IBAN_LENGTHS = {
    # The length by country (SWIFT, IBAN registry).
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK MN",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}


def luhn_valid(digits: str) -> bool:
    """Return whether a payment card number has a valid check digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_card_number(digits: str) -> bool:
    """Return whether a network issues cards with such a number, and the check digit is valid."""
    first = int(digits[:4])
    if digits[0] == "4":
        is_issued = len(digits) in _VISA_LENGTHS
    else:
        is_issued = any(first in prefixes and len(digits) in lengths for prefixes, lengths in _CARD_NETWORKS)
    return is_issued and luhn_valid(digits)


def iban_valid(compact: str) -> bool:
    """Return whether an IBAN has valid check digits (ISO 13616).

    The first four characters are moved to the end, and each letter is replaced by a number (A is 10, Z is 35). The
    result modulo 97 must be 1.
    """
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def iban_pattern() -> str:
    """Return a pattern for IBANs: each country code with the country's length, with or without spaces."""
    by_length = (
        rf"(?:{'|'.join(codes.split())})\d{{2}}(?:[ \n]?[A-Z0-9]){{{length - 4}}}"
        for length, codes in IBAN_LENGTHS.items()
    )
    return "|".join(by_length)
