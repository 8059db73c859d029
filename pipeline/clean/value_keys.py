"""Reduces a personal value to a key, so that spellings of one value are told from different values.

`010-1234-5678`, `010 1234 5678` and `+82 10-1234-5678` have one key. Used by `clean.personal_values`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache

from pipeline.languages import all_rules
from pipeline.languages.masking import digits_in


def value_key(kind: str, value: str) -> str:
    """Return the key of a value of a kind (a value of `config.build.PersonalData`)."""
    match kind:
        case "email":
            return value.casefold()
        case "phone":
            return _national(value)
        case "ip":
            return str(ipaddress.ip_address(value))
        case _:
            return re.sub(r"[\W_]", "", value).upper()


def _national(phone: str) -> str:
    """Return a telephone number's digits in national form if its country is known, otherwise with its country code."""
    digits = digits_in(phone)
    is_international = phone.startswith("+") or digits.startswith("00")
    for code, trunk in _dial_codes():
        if (is_international and digits.removeprefix("00").startswith(code)) or re.match(rf"{code}\D", phone):
            return trunk + digits.removeprefix("00").removeprefix(code).removeprefix(trunk)
    return f"+{digits.removeprefix('00')}" if is_international else digits


@cache
def _dial_codes() -> tuple[tuple[str, str], ...]:
    """Return the telephone codes that the languages know, and what replaces each in its country."""
    return tuple(pair for _, rules in all_rules() for pair in rules.masking.dial_codes.items())
