"""Rules for the personal data of a country: the forms of its numbers, and words that name such numbers.

Masking runs on every document, in any language; `clean.personal_data` joins the rules of all languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

ALONE = r"(?<![\d.,-])(?<![A-Za-z])"
"""Look-behind for a number that is not part of another number or word."""
ENDS = r"(?![-.]?\d)"
"""Look-ahead after such a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """A pattern for one kind of personal data. A match is masked if the test accepts it."""

    kind: str
    """A kind of `config.build.PersonalData`."""
    before: str
    """Pattern before the value: a look-behind or a name."""
    value: str
    after: str
    """Look-ahead after the value."""
    test: Callable[[re.Match[str]], bool]
    """Whether a match is personal data; the group `value` holds the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingRules:
    """Numbers of a country, and patterns of words that name personal data; empty if the language has none."""

    rules: tuple[MaskRule, ...] = ()
    phone_names: str = ""
    card_names: str = ""
    account_names: str = ""
    bank_names: str = ""
    """Names that may come before an account number without a word such as `account`."""
    address_names: str = ""
    """Words that show that four small numbers are an internet address."""
    place_names: str = ""
    """Words that show that four small numbers are a version or a clause."""


def always(match: re.Match[str]) -> bool:
    """Return True, since the form of the value alone is enough."""
    return True


def digits_of(match: re.Match[str]) -> str:
    """Return the digits of the value."""
    return re.sub(r"\D", "", match["value"])


def text_before(match: re.Match[str], num_chars: int) -> str:
    """Return up to `num_chars` characters before the value."""
    return match.string[max(0, match.start("value") - num_chars) : match.start("value")]
