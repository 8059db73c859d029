"""North American phone numbers, British mobile numbers, and English words that name personal data."""

from __future__ import annotations

from pipeline.languages.masking import ALONE, ENDS, MaskingRules, MaskRule, always

_NORTH_AMERICAN = r"\([2-9]\d{2}\) ?[2-9]\d{2}-\d{4}|[2-9]\d{2}-[2-9]\d{2}-\d{4}"
_BRITISH_MOBILE = r"07\d{3} \d{6}|07\d{3} \d{3} \d{3}"

MASKING = MaskingRules(
    rules=(
        MaskRule(kind="phone", before=r"(?<![\w.-])", value=_NORTH_AMERICAN, after=ENDS + r"(?![A-Za-z])", test=always),
        MaskRule(kind="phone", before=ALONE, value=_BRITISH_MOBILE, after=ENDS, test=always),
    ),
    phone_names=r"\b(?:tel|telephone|phone|call|mobile|cell|fax|ring|reach|dial|text me)\b",
    card_names="card",
    account_names=r"(?i:account\s?(?:no\.?|number|nr\.?|#)|acct\.?(?:\s?no\.?)?|a/c(?:\s?no\.?)?)",
    address_names=r"\baddress|\bhost|\bclient",
    place_names=r"version|release|firmware|clause|section|article|chapter|para\w*|ver|v",
)
