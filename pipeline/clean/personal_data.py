"""Finds personal data by pattern, checksum and context, and replaces it by `[KIND]`.

Takes text and the kinds to look for; returns the masked text and the number of replacements of each kind. Used by the
ingest stage for documents, titles and file names, and for the excerpts and errors that it writes; and by `build` for
the paths in the recipe. Masking is idempotent. Speed: 3 to 5 MB/s for all kinds on one core.

Amounts, dates, clause numbers, versions, order numbers and part numbers are strings of digits too. A number is
therefore masked only if it has a valid checksum, has a distinctive shape, or is next to a word that names it ("Tel.").
Personal names and postal addresses are not masked. The modules in `languages/` define the number formats of countries
and the words that name a number; the rules of all languages apply to every document.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.clean.normalise import normalise_line
from pipeline.clean.places import PlacedText
from pipeline.languages import all_rules, any_of
from pipeline.languages.masking import ALONE, ENDS, MaskRule, digits_of, text_before

MAX_NAME_CHARS = 200
"""The maximum length of a title or licence; longer ones are cut."""
_UNDERSCORE = "\ue000"
"""A private-use character that temporarily replaces underscores in names.

The patterns treat an underscore as part of a word. They do not treat this character as a letter, digit or space, so it
separates words.
"""
_Test = Callable[[re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked text, and the number of replacements for each kind."""

    text: str
    counts: Mapping[str, int]
    places: tuple[int, ...] = ()
    """The given places (see `clean.places`), as offsets in the masked text."""


def mask_personal_data(*, text: str, kinds: Sequence[str], places: tuple[int, ...] = ()) -> Masked:
    """Replace personal data of the given kinds (values of `config.build.PersonalData`) by `[EMAIL]`, `[PHONE]`, ….

    Args:
        text: the text to mask.
        kinds: the kinds to look for.
        places: ascending offsets in the text, to be translated to offsets in the masked text.

    Raises:
        KeyError: `kinds` contains an unknown kind.
    """
    unknown = set(kinds) - set(_RULES)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    counts = dict.fromkeys((kind for kind in _RULES if kind in kinds), 0)
    # A replacement can bring a word such as "Tel." closer to another number, so all rules run again until nothing
    # changes. Every replacement removes a value, so this ends.
    placed = PlacedText(text, places)
    while True:
        masked = placed
        for kind in counts:
            for rule in _RULES[kind]:
                masked, found = _replace(rule, f"[{kind.upper()}]", masked)
                counts[kind] += found
        if masked.text == placed.text:
            return Masked(text=masked.text, counts=counts, places=masked.places)
        placed = masked


def mask_name(name: str, kinds: Sequence[str]) -> str:
    """Return a file name or path with personal data masked. Unlike in text, an underscore separates words."""
    masked = mask_personal_data(text=name, kinds=kinds).text
    if "_" not in masked or not any(char.isdigit() for char in masked):
        return masked
    apart = masked.replace("_", _UNDERSCORE)
    return mask_personal_data(text=apart, kinds=kinds).text.replace(_UNDERSCORE, "_")


def clean_line(text: str, kinds: Sequence[str]) -> str:
    """Return a title or licence as one normalised and masked line of at most `MAX_NAME_CHARS` characters."""
    return mask_personal_data(text=normalise_line(text), kinds=kinds).text[:MAX_NAME_CHARS].rstrip()


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern with a group `value`, which is masked if the test accepts the match."""

    pattern: re.Pattern[str]
    test: _Test


def _replace(rule: _Rule, label: str, placed: PlacedText) -> tuple[PlacedText, int]:
    found, text = 0, placed.text

    def replacement(match: re.Match[str]) -> str:
        nonlocal found
        if not rule.test(match):
            return match.group()
        found += 1
        start, end = match.span("value")
        return text[match.start() : start] + label + text[end : match.end()]

    return placed.sub(rule.pattern, replacement), found


def luhn_valid(digits: str) -> bool:
    """Return whether a payment card number has a valid check digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_person_address(match: re.Match[str]) -> bool:
    """Return whether an email address may belong to a person; `git@github.com`, for example, is a service's login."""
    return not match["value"].startswith("git@")


def _is_card(match: re.Match[str]) -> bool:
    digits = digits_of(match)
    if digits[0] not in "23456789" or not luhn_valid(digits) or len(set(digits)) < 3:
        return False
    grouped = not match["value"].isdigit()
    return grouped or _CARD_NAME.search(text_before(match, 40)) is not None


def _is_account(match: re.Match[str]) -> bool:
    digits = digits_of(match)
    is_date = re.fullmatch(r"(?:19|20)\d\d[-. ](?:0?\d|1[0-2])[-. ]\d{1,2}", match["value"]) is not None
    return 8 <= len(digits) <= 20 and not is_date


def _is_iban(match: re.Match[str]) -> bool:
    """Return whether an IBAN has valid check digits (ISO 13616).

    The first four characters are moved to the end, and each letter is replaced by a number (A is 10, Z is 35). The
    result modulo 97 must be 1.
    """
    compact = re.sub(r"\s", "", match["value"]).upper()
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


_CARD_NAME = re.compile(rf"{any_of(lambda rules: rules.masking.card_names)}|visa|master|amex", re.IGNORECASE)
_PHONE_NAME = re.compile(rf"{any_of(lambda rules: rules.masking.phone_names)}|☎", re.IGNORECASE)


def _is_named_phone(match: re.Match[str]) -> bool:
    return _PHONE_NAME.search(text_before(match, 40)) is not None and 9 <= len(digits_of(match)) <= 15


def _is_international(match: re.Match[str]) -> bool:
    return 8 <= len(digits_of(match)) <= 15


_NOT_AN_ADDRESS = re.compile(rf"(?:{any_of(lambda rules: rules.masking.place_names)}|§)[.:]?\s?$", re.IGNORECASE)
"""A word before four numbers that shows that they are not an IP address: `Section 1.2.3.4`, `version 10.0.0.1`."""
_ADDRESS_NAME = re.compile(
    rf"(?:\bIP|{any_of(lambda rules: rules.masking.address_names)})\W[^\n]{{0,12}}$", re.IGNORECASE
)
"""A word before four numbers that announces an IP address: `IP address: 8.8.8.8`."""


def _is_public_ipv4(match: re.Match[str]) -> bool:
    """Return whether the match is a public IPv4 address.

    Four numbers below 32 may be a version or a section number, so a word before them must announce an address.
    """
    try:
        address = ipaddress.IPv4Address(match["value"])
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or _NOT_AN_ADDRESS.search(text_before(match, 12)):
        return False
    return max(address.packed) >= 32 or _ADDRESS_NAME.search(text_before(match, 30)) is not None


def _is_public_ipv6(match: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv6Address(match["value"])
    except ValueError:
        return False
    return address in _GLOBAL_UNICAST and address.is_global and match["value"].count(":") >= 3


_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"


def _rule(before: str, value: str, after: str, test: _Test) -> _Rule:
    """Return a rule from three patterns: what comes before the value, the value, and what comes after it."""
    return _Rule(re.compile(f"{before}(?P<value>{value}){after}"), test)


def _language_rules(kind: str) -> tuple[_Rule, ...]:
    """Return the rules of all languages for one kind."""
    found: list[MaskRule] = [rule for _, rules in all_rules() for rule in rules.masking.rules if rule.kind == kind]
    return tuple(_rule(rule.before, rule.value, rule.after, rule.test) for rule in found)


_ACCOUNT_NAME = any_of(lambda rules: rules.masking.account_names) + r"[^\d\n\[]{0,40}?"
"""A word that names an account number, and up to 40 characters between the word and the number."""
_BANK_NAME = any_of(lambda rules: rules.masking.bank_names) + r"\s?(?:\([^)\n]{1,20}\)\s?)?"
"""The name of a bank, and a remark in brackets if one follows."""
_EMAIL = r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}"
_CARD = r"\d{4}([ -])\d{4}\2\d{4}\2\d{4}|\d{4}([ -])\d{6}\3\d{5}|\d{15,16}"
"""`4539 1488 0343 6467`, `3714 496353 98431`, or 15 or 16 digits in a row."""
_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"
"""`DE89 3704 0044 0532 0130 00`, with or without spaces."""
_INTERNATIONAL = r"\+[1-9]\d{0,2}(?:[ .-]?\(\d{1,4}\)|[ -]?\d{1,5})(?:[ .-]?\d{2,5}){1,5}"
"""A telephone number with a country code: `+44 20 7946 0958`, `+1 (415) 555-2671`."""
_ANY_PHONE = r"\(?\d{3,5}\)?[ .-]\d{3,6}(?:[ .-]\d{3,4}){0,2}"
"""A telephone number in any national form: `(020) 7946 0958`. It counts only near a word such as `Tel.`."""

_RULES: Mapping[str, tuple[_Rule, ...]] = {
    "email": (_rule(r"(?<![A-Za-z0-9._%+-])", _EMAIL, r"(?![A-Za-z0-9-])", _is_person_address),),
    "rrn": _language_rules("rrn"),
    "card": (_rule(r"(?<!\d[ -])(?<![\w-])", _CARD, r"(?![ -]?\d)(?![A-Za-z])", _is_card),),
    "brn": _language_rules("brn"),
    "account": (
        _rule(_ACCOUNT_NAME + r"(?<![\d-])", r"\d{2,7}(?:[- ]\d{2,8}){1,5}|\d{8,16}", r"(?![-\d])", _is_account),
        _rule(_BANK_NAME, r"\d{2,6}(?:-\d{2,7}){1,4}", r"(?![-\d])", _is_account),
        _rule(r"\bIBAN\b[^A-Z0-9\n]{0,8}", _IBAN, r"\b", _is_iban),
    ),
    "phone": (
        _rule(r"(?<![\w.+-])", _INTERNATIONAL, ENDS, _is_international),
        *_language_rules("phone"),
        _rule(ALONE, _ANY_PHONE, ENDS, _is_named_phone),
    ),
    "ip": (
        _rule(r"(?<![\w.-])", rf"{_OCTET}(?:\.{_OCTET}){{3}}", r"(?![\w-]|\.\d)", _is_public_ipv4),
        _rule(r"(?<![\w:.])", r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{4,35}", r"(?![\w:.]\w)", _is_public_ipv6),
    ),
}
