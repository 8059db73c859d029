"""The rules for personal data, by kind: the international ones, and those of all languages.

Each rule has a pattern of values and a test that looks at a value's context. Used by `clean.personal_values`. The order
of the kinds matters: what a rule has taken, later rules leave alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from pipeline.clean.account_rules import GROUPED_ACCOUNT, PLAIN_ACCOUNT, is_grouped_account, is_plain_account
from pipeline.clean.check_digits import iban_pattern, iban_valid, is_card_number
from pipeline.clean.words_beside import (
    address_name,
    mail_names,
    names_of,
    phone_directly_before,
    place_name,
    unit,
)
from pipeline.documents.pseudonyms import without_pseudonyms
from pipeline.languages import all_rules
from pipeline.languages.masking import ALONE, DASH, ENDS, Sighting, Test, digits_in


class Where(Enum):
    """The part of a text in which a rule's values can be."""

    NUMBERS = "around chains of digits"
    LONG_NUMBERS = "around chains of digits, with letters on both sides"
    ADDRESSES = "around @"
    COLONS = "around pairs of colons"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of values of one kind. The test says which matches are personal."""

    kind: str
    pattern: re.Pattern[str]
    test: Test
    where: Where


@cache
def masking_rules() -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each kind (a value of `config.build.PersonalData`), in the order in which they apply."""
    return {
        "email": (
            _rule("email", r"(?<![A-Za-z0-9._%+-])", _EMAIL, _NO_LETTER_OR_HYPHEN, _is_person, Where.ADDRESSES),
            _rule("email", "", _email_in_other_scripts(), r"(?![A-Za-z0-9-])", _is_person, Where.ADDRESSES),
        ),
        "rrn": _of_languages("rrn"),
        "card": (_rule("card", r"(?=\d)(?<!\d[ -])(?<![A-Za-z0-9_-])", _CARD, r"(?![ -]?\d)(?![A-Za-z])", _is_card),),
        "brn": _of_languages("brn"),
        "passport": (_rule("passport", _NO_LETTER_BEFORE, _PASSPORT, _NO_LETTER_OR_HYPHEN, _is_passport),),
        "driving_licence": _of_languages("driving_licence"),
        "national_id": _of_languages("national_id"),
        "account": (
            _rule("account", r"(?=\d)(?<![\d-])", GROUPED_ACCOUNT, rf"(?!\d|{DASH}\d)", is_grouped_account),
            _rule(
                "account", r"(?=\d)(?<![\d-])(?<!\d[.,])", PLAIN_ACCOUNT, rf"(?!\d|[,.{DASH[1:]}\d)", is_plain_account
            ),
            _rule("account", _NO_LETTER_BEFORE, iban_pattern(), _NO_LETTER_OR_HYPHEN, _is_iban, Where.LONG_NUMBERS),
        ),
        "ip": (
            _rule(
                "ip", r"(?=\d)(?<![A-Za-z0-9_.-])", rf"{_OCTET}(?:\.{_OCTET}){{3}}", _NO_ADDRESS_AFTER, _is_public_ipv4
            ),
            Rule(
                "ip",
                re.compile(r"[23](?<![A-Za-z0-9:._][23])[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{4,35}(?![A-Za-z0-9:]|\.\d)"),
                _is_public_ipv6,
                Where.COLONS,
            ),
        ),
        "phone": (
            *_of_languages("phone"),
            _rule("phone", r"(?=[+(])(?<![A-Za-z0-9.+-])", _INTERNATIONAL, ENDS, _is_international),
            _rule("phone", ALONE, _FROM_ABROAD, ENDS, _is_from_abroad),
            _rule("phone", ALONE, _ANY_PHONE, ENDS, _is_named_phone),
            _rule("phone", ALONE, _LOCAL_PHONE, ENDS, _is_local_phone),
        ),
    }


def _rule(kind: str, before: str, value: str, after: str, test: Test, where: Where = Where.NUMBERS) -> Rule:
    return Rule(kind, re.compile(f"{before}(?:{value}){after}"), test, where)


def _of_languages(kind: str) -> tuple[Rule, ...]:
    """Return the rules of all languages for one kind."""
    found = [rule for _, rules in all_rules() for rule in rules.masking.rules if rule.kind == kind]
    return tuple(_rule(kind, rule.before, rule.value, rule.after, rule.test) for rule in found)


_NO_LETTER_BEFORE = r"(?=[A-Z0-9])(?<![A-Za-z0-9-])"
_NO_LETTER_OR_HYPHEN = r"(?![A-Za-z0-9-])"
_NO_ADDRESS_AFTER = r"(?![A-Za-z0-9_-]|\.\d)"
_EMAIL = (
    r"(?:(?:[A-Za-z][A-Za-z._-]{0,30}[._-])?[OoDdLl]['’](?=[A-Za-z]))?[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}"
    r"@(?:[A-Za-z0-9-]{1,63}\.){1,9}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,40})"
)
"""The apostrophe is that of names such as `o'brien`; elsewhere it is a quotation mark."""
_CARD = (
    rf"\d{{4}}(?:[ \n]\d{{4}}){{3}}(?: \d{{3}})?|\d{{4}}(?:{DASH}\n?\d{{4}}){{3}}(?:{DASH}\d{{3}})?"
    rf"|\d{{4}}(?P<six> |{DASH})\d{{6}}(?P=six)\d{{4,5}}|\d{{13,19}}"
)
"""`4539 1488 0343 6467`, `3714 496353 98431`, or 13 to 19 digits in a row."""
_PASSPORT = r"[A-Z]{1,2} ?\d{7,8}|[A-Z]\d{3}[A-Z]\d{4}|[A-Z0-9]{8,9}"
"""Korean (`M12345678`, since 2021 `M123A4567`), American, British and European numbers."""
_INTERNATIONAL = r"(?:\+ ?[1-9]\d{0,2}|\(\+[1-9]\d{0,2}\))(?:[ .-]?\(\d{1,4}\)|[ -]?\d{1,5})(?:[ .-]?\d{2,5}){1,5}"
"""A telephone number with a country code: `+44 20 7946 0958`, `+1 (415) 555-2671`."""
_FROM_ABROAD = r"(?<!\d )00 ?[1-9]\d{0,2}[ -](?:\(0\) ?)?\d{1,5}(?:[ -]\d{2,8}){1,4}"
"""The same with the two zeros that call abroad: `0044 20 7946 0958`."""
_LOCAL_PHONE = r"[2-9]\d{2}[-. ]\d{4}|(?!19|20)[2-9]\d{3}-\d{4}"
"""A telephone number without area code. It counts only directly after a word such as `Tel.`"""
_ANY_PHONE = r"\(?\d{2,5}\)?[ .-]\d{3,6}(?:[ .-]\d{3,4}){0,2}|0\d{8,10}"
"""A telephone number in any national form: `(020) 7946 0958`. It counts only near a word such as `Tel.`."""
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_LOGIN = re.compile(r"git@")
_VERSION = re.compile(r"@(?:\d+(?:\.\d+)?x\.|v?\d+\.(?:\d|x\b|next|rc|beta|alpha))", re.IGNORECASE)
"""The version of a file or package, which only looks like a host: `icon@2x.png`, `vue@3.next`."""
_HOST_END = re.compile(
    r"\.[A-Za-z][A-Za-z0-9-]{1,62}\.(?!(?:js|ts|gz|md|py|rb|go|rs|so|sh|cs|cc|hs|pl|ps|xz|bz|kt|vb)$)"
    r"(?:com|net|org|edu|gov|mil|int|info|biz|name|[A-Za-z]{2})$",
    re.IGNORECASE,
)
"""The end of a host whose first labels are numbers, unlike that of a version: `6.80-202-210.nextgentel.com`."""
_IN_LINK = re.compile(r"://[^\s/@?#]+/[^\s?#]*$|message-id:\s*<?$", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"(?=(?:[^@]*\d){8})[^@]*@|(?=[^@]{16})(?=(?:[^@]*\d){3})(?=(?:[^@]*[A-Z]){3})[^@]*@")
_BEFORE_IN_LINK = 120
_UNIT = re.compile(r"\.(?:timer|service|socket|mount|target|path)$")
"""The suffix of an instance of a systemd unit: `backup@hourly.timer`."""


def _is_person(sighting: Sighting) -> bool:
    """Return whether an email address may belong to a person; `git@github.com`, for example, is a service's login."""
    value = sighting.value
    is_version = _VERSION.search(value) is not None and _HOST_END.search(value) is None
    is_message = _MESSAGE_ID.match(value) is not None and _IN_LINK.search(sighting.before(_BEFORE_IN_LINK)) is not None
    return not (_LOGIN.match(value) or is_version or is_message or _UNIT.search(value))


def _email_in_other_scripts() -> str:
    """Return the pattern of an address whose name or top-level domain is in another script, such as Hangul."""
    letters, tops = mail_names()
    name = rf"(?<![{letters}A-Za-z0-9._%+-])[{letters}][{letters}0-9._-]{{0,30}}"
    any_name = rf"(?:{name}|(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}})"
    other = rf"{any_name}@(?:[{letters}A-Za-z0-9-]{{1,63}}\.){{1,9}}(?:{tops})"
    return rf"{other}|{name}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,9}}[A-Za-z]{{2,24}}"


def _is_card(sighting: Sighting) -> bool:
    if not is_card_number(sighting.digits):
        return False
    is_grouped = not sighting.value.isdigit()
    if sighting.is_named("card") or names_of("card").search(sighting.after(20)):
        return is_grouped or unit().match(sighting.after(10)) is None
    is_placeholder = len(set(sighting.digits)) < 3
    return is_grouped and not is_placeholder and not sighting.is_other()


def _is_iban(sighting: Sighting) -> bool:
    compact = re.sub(r"\s", "", sighting.value)
    return iban_valid(compact) and not sighting.is_other()


def _is_passport(sighting: Sighting) -> bool:
    value = sighting.value
    is_date = re.fullmatch(r"(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d", value) is not None
    if len(digits_in(value)) < 6 or is_date or unit().match(sighting.after(8)):
        return False
    return sighting.is_named("passport") and not sighting.is_other()


def _is_named_phone(sighting: Sighting) -> bool:
    digits = sighting.digits
    is_placeholder = len(set(digits)) < 3
    if not 9 <= len(digits) <= 15 or is_placeholder or unit().match(sighting.after(8)):
        return False
    # Two equally long groups are a range, such as 12345-12545; no telephone number is written like that.
    is_range = re.fullmatch(r"(\d{4,6})-(?!\1)\d{4,6}", sighting.value) is not None
    return not is_range and sighting.is_named("phone") and not sighting.is_other()


def _is_local_phone(sighting: Sighting) -> bool:
    if len(set(sighting.digits)) < 3 or unit().match(sighting.after(8)) or sighting.is_other():
        return False
    return phone_directly_before().search(without_pseudonyms(sighting.before(30))) is not None


def _is_from_abroad(sighting: Sighting) -> bool:
    return 10 <= len(sighting.digits) <= 17 and unit().match(sighting.after(8)) is None and not sighting.is_other()


def _is_international(sighting: Sighting) -> bool:
    return 8 <= len(sighting.digits) <= 15 and not sighting.is_other()


def _is_public_ipv4(sighting: Sighting) -> bool:
    """Return whether the value is a public IPv4 address.

    Four numbers below 32, numbers with two zeros, and numbers after the name of a program may be a version or a section
    number, so a word before them must announce an address.
    """
    try:
        address = ipaddress.IPv4Address(sighting.value)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or place_name().search(sighting.before(12)) or sighting.is_other():
        return False
    may_be_version = max(address.packed) < 32 or address.packed.count(0) >= 2 or _PACKAGE.search(sighting.before(12))
    return not may_be_version or address_name().search(sighting.before(30)) is not None


def _is_public_ipv6(sighting: Sighting) -> bool:
    try:
        address = ipaddress.IPv6Address(sighting.value)
    except ValueError:
        return False
    return address in _GLOBAL_UNICAST and address.is_global and sighting.value.count(":") >= 3


_PACKAGE = re.compile(r"[A-Za-z](?:/|[=<>~]=|-|_)$")
"""The name of a program or package before its version: `Firefox/84.17.203.9`, `numpy==84.17.203.9`."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
