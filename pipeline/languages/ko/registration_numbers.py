"""The check digits of Korean registration numbers: of residents, foreigners, businesses and corporations.

Each function takes the digits of a number without hyphens. Used by `ko.masking`.
"""

from __future__ import annotations

from datetime import date

_NO_CHECK_SINCE = date(2020, 10, 5)
"""Since this day, the last six digits of new numbers are random (Resident Registration Act, enforcement rule 2)."""
_NOT_YET_BORN = date(2050, 1, 1)
_CENTURIES = {"1": 1900, "2": 1900, "3": 2000, "4": 2000, "5": 1900, "6": 1900, "7": 2000, "8": 2000}
"""The century of birth by the seventh digit; 5 to 8 are foreigners."""
_RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BRN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_REGISTRIES = range(11, 29)
"""The first two digits of a corporation's number: the court that registers it."""
_CORPORATION_TYPES = frozenset([*range(11, 16), *range(21, 23), *range(31, 50), *range(51, 56), 71, *range(81, 87)])
"""The fifth and sixth digits of a corporation's number: stock companies, foundations, foreign companies, …."""


def birth_date(digits: str) -> date | None:
    """Return the date of birth that a resident's or foreigner's number states; None if there is no such day."""
    century = _CENTURIES.get(digits[6])
    try:
        return None if century is None else date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def has_check_digit(digits: str) -> bool:
    """Return whether a number must have a check digit: its owner was not born since October 2020."""
    born = birth_date(digits)
    return born is None or not _NO_CHECK_SINCE <= born < _NOT_YET_BORN


def rrn_valid(digits: str) -> bool:
    """Return whether the check digit of a 13-digit Korean resident registration number is correct.

    Numbers issued since October 2020 have no check digit. The numbers of foreigners have a different one, see
    `frn_valid`.
    """
    return (11 - _weighted(digits, _RRN_WEIGHTS) % 11) % 10 == int(digits[12])


def frn_valid(digits: str) -> bool:
    """Return whether the check digit of a 13-digit registration number of a foreigner in Korea is correct."""
    return (13 - _weighted(digits, _RRN_WEIGHTS) % 11) % 10 == int(digits[12])


def person_number_valid(digits: str) -> bool:
    """Return whether the check digit of a number is correct; the seventh digit tells residents from foreigners."""
    return frn_valid(digits) if digits[6] in "5678" else rrn_valid(digits)


def brn_valid(digits: str) -> bool:
    """Return whether the check digit of a 10-digit Korean business registration number is correct."""
    total = _weighted(digits, _BRN_WEIGHTS) + int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])


def corporation_valid(digits: str) -> bool:
    """Return whether a 13-digit number is a Korean corporation's: its registry, its type and its check digit."""
    total = sum(int(digit) * (1 + index % 2) for index, digit in enumerate(digits[:12]))
    is_known = int(digits[:2]) in _REGISTRIES and int(digits[4:6]) in _CORPORATION_TYPES
    return is_known and (10 - total % 10) % 10 == int(digits[12])


def is_korean_barcode(digits: str) -> bool:
    """Return whether 13 digits are the bar code (EAN-13) of a Korean product: prefix 880 and a correct check digit."""
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits.startswith("880") and total % 10 == 0


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
