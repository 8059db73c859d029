"""Personal data of a country: shapes of its numbers, and words that name such numbers.

Masks run on every document whatever its language; `clean.personal_data` joins the rules of all languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

ALONE = r"(?<![\d.,-])(?<![A-Za-z])"
"""Before a number that belongs to no other number or word."""
ENDS = r"(?![-.]?\d)"
"""Behind such a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """A pattern for one kind of personal data; what it finds is masked where the test agrees."""

    kind: str
    """Of `config.build.PersonalData`."""
    before: str
    """Pattern before the value: a look-behind or a name."""
    value: str
    after: str
    """Look-ahead behind the value."""
    test: Callable[[re.Match[str]], bool]
    """Of a match whose group `value` holds the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingRules:
    """Numbers of a country, and patterns of words that name personal data; empty if there are none."""

    rules: tuple[MaskRule, ...] = ()
    phone_names: str = ""
    card_names: str = ""
    account_names: str = ""
    bank_names: str = ""
    """Names before an account number that no `account` precedes."""
    address_names: str = ""
    """Words that make four small numbers an internet address."""
    place_names: str = ""
    """Words that make them a version or a clause."""


def always(match: re.Match[str]) -> bool:
    """The shape alone is enough."""
    return True


def digits_of(match: re.Match[str]) -> str:
    """The digits of the value."""
    return re.sub(r"\D", "", match["value"])


def text_before(match: re.Match[str], num_chars: int) -> str:
    """Characters before the value."""
    return match.string[max(0, match.start("value") - num_chars) : match.start("value")]
