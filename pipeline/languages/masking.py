"""The types of the rules for a country's personal data: the formats of numbers, and the words that name them.

The rules of all languages apply to every document; `clean.personal_data` combines them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

ALONE = r"(?<![\d.,-])(?<![A-Za-z])"
"""A look-behind that requires that the number is not the end of a longer number or word."""
ENDS = r"(?![-.]?\d)"
"""A look-ahead that requires that the number does not continue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """The patterns for one kind of personal data."""

    kind: str
    """A value of `config.build.PersonalData`."""
    before: str
    """The pattern before the value: a look-behind or a name."""
    value: str
    """The pattern of the text to mask."""
    after: str
    """The look-ahead after the value."""
    test: Callable[[re.Match[str]], bool]
    """Returns whether a match is personal data and must be masked; the group `value` holds the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingRules:
    """Formats of a country's numbers, and patterns of words that name personal data."""

    rules: tuple[MaskRule, ...] = ()
    phone_names: str = ""
    card_names: str = ""
    account_names: str = ""
    bank_names: str = ""
    """Words for banks, which may come before an account number instead of a word such as `account`."""
    address_names: str = ""
    """Words before four small numbers that show that they are an internet address."""
    place_names: str = ""
    """Words before four small numbers that show that they are a version or clause number."""


def always(match: re.Match[str]) -> bool:
    """Return True: a test for values that need no check beyond their format."""
    return True


def digits_of(match: re.Match[str]) -> str:
    """Return the digits in the value of a match."""
    return re.sub(r"\D", "", match["value"])


def text_before(match: re.Match[str], num_chars: int) -> str:
    """Return up to `num_chars` characters before the value of a match."""
    return match.string[max(0, match.start("value") - num_chars) : match.start("value")]
