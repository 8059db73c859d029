"""The types of the rules for a country's personal data: the formats of numbers, and the words that name them.

The rules of all languages apply to every document; `clean.personal_values` combines them. A rule finds a value by its
shape. Its test then looks at the value and at a `Sighting`: the words before and after the value, and the title of its
column if the value is in a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

DASH = "[-\u2010-\u2015\u2212\uff0d]"
"""A hyphen or dash, as people and word processors write it in numbers."""
HYPHEN = rf" ?{DASH}(?:\n {{0,2}})? ?"
"""A dash between two groups of digits, with spaces around it or with a line break after it."""
ALONE = (
    r"(?=[0-9(])(?:(?<![A-Za-z])|(?<=\bT)|(?<=\bM)|(?<=\bH)|(?<=\bF)|(?<=\bTEL)|(?<=\bTel)|(?<=\bFAX)|(?<=\bFax))"
    r"(?<!\d)(?<!\d[.,])(?<![0-9A-Za-z]-)"
)
"""Look-behinds that require that a number is not the end of a longer number or word; `Tel` may touch it."""
ENDS = r"(?![-.]?\d)"
"""A look-ahead that requires that the number does not continue."""


class Sighting(Protocol):
    """A value in its document, as the tests of rules see it."""

    @property
    def value(self) -> str:
        """The text that would be masked."""

    @property
    def digits(self) -> str:
        """The digits of the value."""

    def before(self, num_chars: int) -> str:
        """Return up to `num_chars` characters before the value."""

    def after(self, num_chars: int) -> str:
        """Return up to `num_chars` characters after the value."""

    def is_named(self, kind: str) -> bool:
        """Return whether a word for a kind is within 40 characters before the value, or in its column's title."""

    def is_other(self) -> bool:
        """Return whether the text calls the value something else: `order no.`, a serial number, an amount."""


Test = Callable[[Sighting], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """The patterns for one kind of personal data."""

    kind: str
    """A value of `config.build.PersonalData`."""
    before: str
    """Look-behinds at the start of the value."""
    value: str
    """The pattern of the text to mask. It needs six digits, at most four other characters apart."""
    after: str
    """The look-ahead after the value."""
    test: Test
    """Returns whether a value is personal data and must be masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingRules:
    """Formats of a country's numbers, and patterns of words that name personal data."""

    rules: tuple[MaskRule, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """For a value of `config.build.PersonalData`, the pattern of the words that name such a number; for `person`, of
    the words that name a person."""
    other_names: str = ""
    """Words directly before a number that show that it is not personal: an order, a part, a case."""
    other_endings: str = ""
    """Words directly after a number that show that it is not personal: the `호` of an article or a notice."""
    units: str = ""
    """Words directly after digits that show that they are an amount."""
    bank_names: str = ""
    """Words for banks, which may come before an account number instead of a word such as `account`."""
    short_bank_names: str = ""
    """Names of banks that are ordinary words too; they count if the number has the format of an account."""
    transfer_names: str = ""
    """Words for payments, which count if the number has the format of an account."""
    account_groups: frozenset[tuple[int, ...]] = frozenset()
    """The formats of accounts, as numbers of digits between hyphens."""
    phone_shape: str = ""
    """A pattern of whole telephone numbers, which are not accounts unless the text calls them so."""
    dial_codes: Mapping[str, str] = field(default_factory=dict)
    """Telephone codes of countries, such as `82`, and what replaces them in the country itself, such as `0`."""
    mail_letters: str = ""
    """Letters of another script that the name before the `@` of an address can consist of, as in `[]` of a pattern."""
    top_domains: str = ""
    """Top-level domains in another script: `한국`."""
    address_names: str = ""
    """Words before four small numbers that show that they are an internet address."""
    place_names: str = ""
    """Words before four small numbers that show that they are a version or clause number."""


def always(sighting: Sighting) -> bool:
    """Return True: a test for values that need no check beyond their format."""
    return True


def unless_other(sighting: Sighting) -> bool:
    """Return whether nothing near a value calls it something else: a test for values with a distinctive format."""
    return not sighting.is_other()


def digits_in(text: str) -> str:
    """Return the digits in a text."""
    return re.sub(r"\D", "", text)
