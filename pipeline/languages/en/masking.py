"""North American and British phone numbers and national ids, and English words that name personal data."""

from __future__ import annotations

import re

from pipeline.languages.masking import ALONE, DASH, ENDS, HYPHEN, MaskingRules, MaskRule, Sighting, always, unless_other

_NORTH_AMERICAN = (
    rf"(?:\+?1[-. ])?(?:\([2-9]\d{{2}}\) ?[2-9]\d{{2}}[-. ]\d{{4}}|[2-9]\d{{2}}{HYPHEN}[2-9]\d{{2}}{HYPHEN}\d{{4}}"
    r"|[2-9]\d{2}\.[2-9]\d{2}\.\d{4})"
)
_BRITISH_MOBILE = r"07\d{3}[ -]\d{6}|07\d{3} \d{3} \d{3}|07\d{3}-\d{3}-\d{3}"
_BRITISH_LANDLINE = r"\(?020\)? \d{4} \d{4}|\(?01\d1\)? \d{3} \d{4}"
_SOCIAL_SECURITY = rf"(?!000|666|9)\d{{3}}(?P<mark>{DASH}|[ ]?)(?!00)\d{{2}}(?P=mark)(?!0000)\d{{4}}"
"""Area, group and serial number; these areas, groups and serials are never issued (SSA, POMS RM 10201.035)."""
_NATIONAL_INSURANCE = (
    r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"(?P<space> ?)\d{2}(?P=space)\d{2}(?P=space)\d{2} ?[A-D]"
)
"""Two letters, six digits and a letter; the excluded prefixes are never issued (HMRC, NIM39110)."""


def _is_social_security(sighting: Sighting) -> bool:
    return sighting.is_named("national_id") and not sighting.is_other()


def _is_national_insurance(sighting: Sighting) -> bool:
    is_spaced = re.search(r"\d \d", sighting.value) is not None
    return not sighting.is_other() and (is_spaced or sighting.is_named("national_id"))


def _word(words: str) -> str:
    """Return a pattern of whole words; letters of other scripts may touch them, as in `SSN은`."""
    return f"(?<![A-Za-z])(?:{words})(?![A-Za-z])"


_NO_LETTER = r"(?![A-Za-z0-9])"

MASKING = MaskingRules(
    rules=(
        MaskRule(
            kind="national_id",
            before=r"(?=\d)(?<![\w-])",
            value=_SOCIAL_SECURITY,
            after=r"(?![\d-])",
            test=_is_social_security,
        ),
        MaskRule(
            kind="national_id",
            before=r"(?=[A-Z])(?<![A-Za-z0-9-])",
            value=_NATIONAL_INSURANCE,
            after=_NO_LETTER,
            test=_is_national_insurance,
        ),
        MaskRule(
            kind="phone",
            before=r"(?=[1-9(+])(?<![A-Za-z0-9_-])(?<!\d[.])",
            value=_NORTH_AMERICAN,
            after=ENDS + r"(?![A-Za-z])",
            test=unless_other,
        ),
        MaskRule(kind="phone", before=ALONE, value=_BRITISH_MOBILE, after=ENDS, test=always),
        MaskRule(kind="phone", before=ALONE, value=_BRITISH_LANDLINE, after=ENDS, test=unless_other),
    ),
    names={
        "phone": _word(r"tel|telephone|phone|call|mobile|cell|cellphone|fax|ring|reach|dial|text me|whatsapp|sms"),
        "card": "card|visa|master|amex|" + _word("cvv|cvc|exp"),
        "account": r"account\s?(?:no\.?|number|nr\.?|#|:)|bank account|acct\.?(?:\s?no\.?)?|"
        + _word(r"a/c(?:\s?no\.?)?"),
        "rrn": "(?:resident|foreigner|alien) registration|registration number|" + _word("RRN|FRN"),
        "person": _word("(?:full )?name"),
        "brn": "business registration|corporate registration",
        "passport": "passport",
        "driving_licence": "driv(?:er|ing)(?:['’]?s)? licen[cs]e",
        "national_id": ("social security|taxpayer|tax id|national insurance|" + _word("SSN|social|ITIN|NINO|NI")),
        "ip": _word("IP"),
    },
    other_names=(
        r"(?:order|invoice|part|serial|model|case|docket|ticket|tracking|batch|lot|item|catalog(?:ue)?|document|doc|permit|"
        r"contract|reference|ref|product|purchase|patent|asset|version|build|article|shipment|parcel|drawing|stock|"
        r"file|bates|job|work order|approval|certificate|claim|policy|request)"
        r"(?:\s?(?:no\b\.?|numbers?\b|num\b\.?|nr\b\.?|#|ids?\b|codes?\b))?"
        r"|P/N|S/N|p\.?n\.|ISBN(?:-1[03])?|ISSN|SKU|UPC|EAN|GTIN|OID|doi|UUID|GUID|coordinates?|EIN|LEI"
    ),
    units=r"\s?(?:GHz|MHz|nm|cm|won|dollars|USD|KRW|EUR|units?|people|persons|users|rows|copies|bytes|km|kg|pieces|pcs|times|years|days)\b",
    dial_codes={"1": "", "44": "0"},
    address_names=r"\baddress|\bhost|\bclient",
    place_names=(
        r"version|release|firmware|clause|section|article|chapter|para\w*|ver|v|kernel|drivers?|bios|build|revision|rev"
        r"|patch|update|sdk|runtime|chrome|chromium|firefox|safari|opera|android|ios|windows|linux|java|jdk"
        r"|python|openssl|upgraded? to|downgraded? to"
    ),
)
