"""Decides whether a number is a bank account, from its groups of digits and the words beside it.

Account numbers have no check digit, so something must name them: the word `account`, a bank, or a word for a payment.
The weaker the word, the more the number's groups must look like those of a bank. Used by `clean.masking_rules`.
"""

from __future__ import annotations

import re

from pipeline.clean.words_beside import (
    account_directly_before,
    account_gap,
    account_groups,
    bank_after,
    bank_before,
    bank_near,
    phone_shape,
    transfer,
    unit,
)
from pipeline.languages.masking import DASH, Sighting, digits_in

GROUPED_ACCOUNT = (
    rf"\d{{2,7}}(?:{DASH}(?:\n {{0,2}})?\d{{2,8}}){{1,5}}(?:{DASH}\d)?|\d{{3,6}}(?: \d{{2,8}}){{1,4}}(?: \d)?"
)
PLAIN_ACCOUNT = r"\d{8,16}"
_MIN_DIGITS, _MAX_DIGITS = 8, 20
_DATE = re.compile(r"(?:19|20)\d\d[-. ]?(?:0?[1-9]|1[0-2])[-. ]?\d{1,2}")
_GROUPS = re.compile(r"\d+")


def is_grouped_account(sighting: Sighting) -> bool:
    """Return whether digits in groups are an account number."""
    value = sighting.value
    if not _MIN_DIGITS <= len(sighting.digits) <= _MAX_DIGITS or _DATE.fullmatch(value):
        return False
    before = sighting.before(60)
    if phone_shape().fullmatch(value):
        return account_directly_before().search(before) is not None
    if sighting.is_other():
        return False
    if account_gap().search(before):
        return True
    has_hyphens = " " not in value
    if bank_before().search(before):
        return has_hyphens
    if tuple(len(group) for group in _GROUPS.findall(value)) not in account_groups() or not has_hyphens:
        return False
    return (
        sighting.is_named("account")
        or bank_near().search(before) is not None
        or bank_after().match(sighting.after(12)) is not None
        or transfer().search(before) is not None
    )


def is_plain_account(sighting: Sighting) -> bool:
    """Return whether digits in a row are an account number."""
    value = sighting.value
    before = sighting.before(60)
    if _DATE.fullmatch(value) or unit().match(sighting.after(8)) or sighting.is_other():
        return False
    if account_gap().search(before):
        return True
    return 10 <= len(digits_in(value)) <= 14 and (
        bank_before().search(before) is not None or _is_column_of_accounts(sighting)
    )


def _is_column_of_accounts(sighting: Sighting) -> bool:
    return sighting.is_named("account") and account_gap().search(sighting.before(40)) is None
