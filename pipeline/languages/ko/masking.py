"""Korean registration and phone numbers, and Korean words that name personal data."""

from __future__ import annotations

import re
from datetime import date

from pipeline.languages.masking import ALONE, ENDS, MaskingRules, MaskRule, always, digits_of, text_before

_MOBILE = r"01[016789]([ .-]?)\d{3,4}\2\d{4}"
_LANDLINE = r"\(?0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|50\d)\)?[ -]\d{3,4}-\d{4}"
_RRN = r"\d{6}\s?[-–]\s?[1-8](?:\d{6}|[\d*●xX]{6})|\d{6}[1-8]\d{6}"
_RRN_NAME = re.compile(
    r"주민(?:등록)?\s?번호|외국인\s?등록|생년월일|RRN|resident registration|registration number", re.IGNORECASE
)
_BRN_NAME = re.compile(r"사업자\s?(?:등록)?\s?번호|사업자등록|business registration", re.IGNORECASE)


def rrn_valid(digits: str) -> bool:
    """Return whether the check digit of a 13-digit Korean resident registration number is correct.

    Numbers issued since October 2020 have no check digit.
    """
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
    return (11 - total % 11) % 10 == int(digits[12])


def brn_valid(digits: str) -> bool:
    """Return whether the check digit of a 10-digit Korean business registration number is correct."""
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) + int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])


def _has_birth_date(digits: str) -> bool:
    century = {"1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(digits[6], 2000)
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def _is_rrn(match: re.Match[str]) -> bool:
    named = _RRN_NAME.search(text_before(match, 40)) is not None
    if any(char in "*●xX" for char in match["value"]):
        return named
    digits = digits_of(match)
    hyphenated = not match["value"].isdigit()
    if not _has_birth_date(digits):
        return False
    # After an opening bracket, as in "원고 마현준 (810219-1510272)", the format and a valid birth date are enough.
    return named or (hyphenated and (rrn_valid(digits) or text_before(match, 1) == "("))


def _is_brn(match: re.Match[str]) -> bool:
    named = _BRN_NAME.search(text_before(match, 40)) is not None
    return named or (not match["value"].isdigit() and brn_valid(digits_of(match)))


MASKING = MaskingRules(
    rules=(
        MaskRule(kind="rrn", before=ALONE, value=_RRN, after=r"(?![\d*])", test=_is_rrn),
        MaskRule(kind="brn", before=r"(?<![\d-])", value=r"\d{3}-\d{2}-\d{5}|\d{10}", after=r"(?![\d-])", test=_is_brn),
        MaskRule(kind="phone", before=ALONE, value=_MOBILE, after=ENDS, test=always),
        MaskRule(kind="phone", before=ALONE, value=_LANDLINE, after=ENDS, test=always),
    ),
    phone_names="전화|휴대폰|핸드폰|연락처|팩스",
    card_names="카드|결제",
    account_names=r"계좌(?:\s?번호)?",
    bank_names="은행|농협|신협|수협|새마을금고|우체국|뱅크",
    address_names="주소|접속|서버",
    place_names="제|버전|펌웨어|절|항|조",
)
