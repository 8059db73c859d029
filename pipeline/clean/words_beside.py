"""The words of all languages that say what the number beside them is, as compiled patterns.

Used by the rules of `clean.masking_rules` and by `clean.personal_values`. The words are in each language's
`MaskingRules`.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import all_rules, any_of


@cache
def names_of(kind: str) -> re.Pattern[str]:
    """Return the pattern of words that name a kind of number (a key of `MaskingRules.names`)."""
    extra = "|☎|📞" if kind == "phone" else ""
    return re.compile(any_of(lambda rules: rules.masking.names.get(kind, "")) + extra, re.IGNORECASE)


@cache
def phone_directly_before() -> re.Pattern[str]:
    """Return the pattern of a word for a telephone directly before a number, at the end of a text."""
    return re.compile(rf"(?:{names_of('phone').pattern})[\s:：.)|#-]{{0,4}}$", re.IGNORECASE)


@cache
def mail_names() -> tuple[str, str]:
    """Return the letters of other scripts in addresses, and the pattern of top-level domains in other scripts."""
    letters = "".join(rules.masking.mail_letters for _, rules in all_rules())
    return letters, any_of(lambda rules: rules.masking.top_domains)


@cache
def other_name() -> re.Pattern[str]:
    """Return the pattern of words directly before a number that is not personal, at the end of a text."""
    words = any_of(lambda rules: rules.masking.other_names)
    return re.compile(rf"(?<![A-Za-z]){words}[\s:：=#.()\[\]|]{{0,6}}$", re.IGNORECASE)


@cache
def other_ending() -> re.Pattern[str]:
    """Return the pattern of words directly after a number that is not personal."""
    return re.compile(rf"\s?{any_of(lambda rules: rules.masking.other_endings)}")


@cache
def other_title() -> re.Pattern[str]:
    """Return the pattern of the title of a column whose numbers are not personal."""
    return re.compile(rf"(?<![A-Za-z]){any_of(lambda rules: rules.masking.other_names)}", re.IGNORECASE)


@cache
def unit() -> re.Pattern[str]:
    """Return the pattern of a unit directly after an amount."""
    return re.compile(any_of(lambda rules: rules.masking.units))


@cache
def bank_before() -> re.Pattern[str]:
    """Return the pattern of a bank's name directly before a number, at the end of a text.

    A remark in brackets, such as the owner of the account, can follow the name.
    """
    return re.compile(any_of(lambda rules: rules.masking.bank_names) + r"[)\]]?\s?(?:\([^)\n]{1,20}\)\s?)?[:：|]?\s?$")


@cache
def bank_near() -> re.Pattern[str]:
    """Return the pattern of a bank's name and a few words without digits, at the end of a text."""
    banks = any_of(lambda rules: rules.masking.bank_names)
    short = any_of(lambda rules: rules.masking.short_bank_names)
    return re.compile(rf"(?:{banks}[^\d\n]{{0,20}}|{short}[^\d\n]{{0,12}})$")


@cache
def bank_after() -> re.Pattern[str]:
    """Return the pattern of a bank's name directly after a number."""
    banks = any_of(lambda rules: rules.masking.bank_names)
    short = any_of(lambda rules: rules.masking.short_bank_names)
    return re.compile(rf"\s?[(\[/,|]?\s?(?:\w{{0,4}}{banks}|{short})")


@cache
def transfer() -> re.Pattern[str]:
    """Return the pattern of words for payments."""
    return re.compile(any_of(lambda rules: rules.masking.transfer_names))


@cache
def account_gap() -> re.Pattern[str]:
    """Return the pattern of a word for an account and the text between it and a number, at the end of a text.

    No digit is in between, and a line ends there only directly after the word.
    """
    names = any_of(lambda rules: rules.masking.names.get("account", ""))
    return re.compile(rf"{names}(?:[^\d\n\[]{{0,40}}|[\s:：|-]{{0,8}})$", re.IGNORECASE)


@cache
def account_directly_before() -> re.Pattern[str]:
    """Return the pattern of a word for an account directly before a number."""
    names = any_of(lambda rules: rules.masking.names.get("account", ""))
    return re.compile(rf"{names}[\s:：|.-]{{0,4}}$", re.IGNORECASE)


@cache
def phone_shape() -> re.Pattern[str]:
    """Return the pattern of whole national telephone numbers."""
    return re.compile(any_of(lambda rules: rules.masking.phone_shape))


@cache
def account_groups() -> frozenset[tuple[int, ...]]:
    """Return the formats of bank accounts of all languages."""
    return frozenset(groups for _, rules in all_rules() for groups in rules.masking.account_groups)


@cache
def place_name() -> re.Pattern[str]:
    """Return the pattern of a word before four numbers that are no IP address: `Section 1.2.3.4`."""
    return re.compile(rf"(?:(?<![A-Za-z]){any_of(lambda rules: rules.masking.place_names)}|§)[.:]?\s?$", re.IGNORECASE)


@cache
def address_name() -> re.Pattern[str]:
    """Return the pattern of a word before four numbers that announces an IP address: `IP address: 8.8.8.8`."""
    return re.compile(
        rf"(?:(?<![A-Za-z])IP|{any_of(lambda rules: rules.masking.address_names)})(?![A-Za-z])[^\n]{{0,13}}$",
        re.IGNORECASE,
    )
