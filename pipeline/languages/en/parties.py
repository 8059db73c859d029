"""Parties in English: `NAME, a Vermont corporation (…) ("Tenant")`, `NAME … (the Supplier)`, `NAME, Plaintiff`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages.legal_rules import NamedParty, PartyRules

_ROLE = (
    r"(?:Landlord|Tenant|Guarantor|Lessor|Lessee|Supplier|Buyer|Seller|Purchaser|Vendor|Licensor|Licensee|Customer|Client|"
    r"Contractor|Subcontractor|Provider|Company|Employer|Employee|Borrower|Lender|Owner|Agent|Distributor|Manufacturer|"
    r"Consultant|Executive|Bank|Trustee|Investor|Holder|Issuer|Pledgor|Developer|Operator|Manager|Advisor|Broker|Carrier"
    r"|Shipper|Sponsor|Recipient|Discloser|Franchisor|Franchisee|Insurer|Insured|Plaintiff|Defendant|Claimant|Appellant|"
    r"Respondent|Applicant|Petitioner|Assignor|Assignee|Mortgagor|Mortgagee)"
)
_BRACKETED = re.compile(
    r"\((?:(?:the|hereinafter|hereafter|referred to as|collectively|together),?\s+){0,3}"
    rf"[\"“]?(?P<role>{_ROLE})[\"”]?\)"
)
"""Finds a role in brackets after a name: `("Tenant")`, `(the Supplier)`."""
_NAME_WORD = r"(?:[A-ZÀ-Ý][\w’'.&-]*|&|of|and|de|van|von)"
_FORM = r"(?i:Inc|Ltd|LLC|L\.L\.C|LLP|L\.L\.P|L\.P|LP|Corp|Co|GmbH|S\.A|N\.A|PLC|Limited|Incorporated)"
_NAME = re.compile(rf"[A-ZÀ-Ý][\w’'.&-]*(?:(?:[ \t]+|[ \t]*\n[ \t]*(?!\n)){_NAME_WORD}){{0,12}}(?:,\s+{_FORM}\b\.?)?")
"""Matches a name in capitalised words: `Acme Holdings, Inc.`."""
_NAME_START = re.compile(r"(?:\bbetween\s+|\band\s+|\bby\s+|\(\d\)\s+|\n\s*|[.;]\s+)(?=[A-ZÀ-Ý])")
"""Finds a position where a name may begin: after `between`, a number in brackets, or a line break."""
_DECLARED = re.compile(
    rf"^(?P<name>[A-ZÀ-Ý][^\n,(]{{2,70}}?)(?:[ \t]+\([^()\n]{{1,80}}\))?,[ \t]+(?P<role>{_ROLE})s?[.,]?[ \t]*$",
    re.MULTILINE,
)
"""Finds a line with a name and a role: `Jane Roe, Plaintiff`."""
_LABELLED = re.compile(
    rf"^(?P<role>{_ROLE})[ \t]*:[ \t]+(?P<name>[A-ZÀ-Ý](?:[^\n\t ,;(:]| (?! )){{2,70}})(?![^\n,;(]*:)", re.MULTILINE
)
"""Finds a line with a role as a label: `Landlord: Acme Inc`."""


def _find(opening: str) -> Iterator[NamedParty]:
    for match in _BRACKETED.finditer(opening):
        low = max(0, match.start() - 300)
        starts = [start.end() for start in _NAME_START.finditer(opening, low, match.start())]
        found = [named for start in reversed(starts) if (named := _party_name(opening, start, match.start()))]
        named = min((one for one in found if one.end() == found[0].end()), key=re.Match.start, default=None)
        if named is not None and not _OFFICE.match(named.group()):
            name = _one_line(named.group()).rstrip(",")
            yield NamedParty(role=match["role"], name=name, start=named.start(), end=match.end())
    for pattern in (_DECLARED, _LABELLED):
        for match in pattern.finditer(opening):
            if pattern is _DECLARED and _LOWER_WORD.search(match["name"]):
                continue  # a line of running text
            name = _one_line(match["name"])
            yield NamedParty(role=match["role"], name=name, start=match.start(), end=match.end())


_LOWER_WORD = re.compile(
    r"(?<![\w.'’-])(?!(?:of|and|de|van|von|der|den|la|du|the|for|et|al)\b)[a-z]{2,}|[.] [A-Z][a-z]{2}"
)
"""Finds a word in lower case that names do not contain, or the end of a sentence."""


def _party_name(opening: str, start: int, end: int) -> re.Match[str] | None:
    """Return the match of a party's name that begins at `start`; None if the words are not the name of a party.

    Args:
        opening: the beginning of the document.
        start: where the name would begin.
        end: where the bracket with the party's role begins.
    """
    match = _NAME.match(opening, start, end)
    if (
        match is None
        or _INSIDE.search(opening, max(0, start - 12), start)
        or _INITIAL.search(opening, max(0, start - 4), start)
    ):
        return None
    if _LETTERED.match(match.group()) and opening[:start].rstrip(" \t")[-1:] in ("", "\n"):
        return None
    follows = opening[match.end() : match.end() + 2]
    is_name = follows.startswith((",", " (")) or match.end() >= end - 1
    is_name = is_name and _BETWEEN.fullmatch(opening, match.end(), end) is not None
    has_other_bracket = re.search(r"\((?:(?:the|this)\s+)?[\"“]|[.;]\s", opening[match.end() : end]) is not None
    is_document = re.match(r"(?:This|That)\b|.*\b(?:Agreement|Contract|Lease|License|Deed)$", match.group())
    return match if is_name and not (has_other_bracket or is_document) and len(match.group().split()) > 1 else None


_INSIDE = re.compile(r"\b(?:of|the|in|under|for|at)\s+$")
"""Words that show that the following name is part of a longer phrase: `the laws of the …`."""
_INITIAL = re.compile(r"(?<![A-Za-z])[A-Z]\.\s*$")
"""Finds an initial directly before a name: `J. `."""
_LETTERED = re.compile(r"[A-Z]\.\s+(?![A-Z]\.)[A-Z]\w")
"""The beginning of a paragraph that is numbered by a letter: `A. Acme Inc.`."""
_OFFICE = re.compile(
    r"(?:The |Its )?(?:Chief|President|Vice|Secretary|Treasurer|Director|Chairman|Chairwoman|Chair|Manager"
    r"|Partner|Member"
    r"|Section|Article|Exhibit|Schedule|Recitals?|Whereas)\b",
    re.IGNORECASE,
)
"""The title of an office, or the name of a part of the document. Neither is a party."""
_BETWEEN = re.compile(
    r"\s*,?\s*(?:\((?![a-z]\))[^()]{1,90}\),?\s*)?(?:(?:an?|the|whose|having|with|as|acting|on behalf|organi[sz]ed"
    r"|incorporated|established|located|residing|of|at|individually|its|doing business)\b(?:[^.;()\"“”]|[.](?=\w"
    r"|,))*)?",
    re.IGNORECASE,
)
"""Text that may come between a party's name and role. It says what the party is and where it is located."""


def _capacity(roles: list[str]) -> str:
    return " and ".join(f"the {role}" for role in roles)


def _one_line(text: str) -> str:
    return " ".join(text.split())


_OTHER_ROLE = re.compile(
    r"\((?:(?:the|each an?|an?|hereinafter|hereafter|referred to as|collectively|together|individually),?\s+){0,4}"
    r"[\"“](?P<role>(?!(?:Agreement|Lease|Contract|Licen[cs]e|Effective|Commencement|Term|Part(?:y|ies)|Propert|Premises"
    r"|Building|Products?|Services?|Software|Work|Project|Act|Code|Plan|Closing|Date|Loan"
    r"|Note)\b)[A-Z][\w -]{2,30})[\"”]"
)
"""Finds a defined name that may be a role which `_ROLE` lacks: `(the "Promoter")`."""

PARTIES = PartyRules(find=_find, capacity=_capacity, defined=_OTHER_ROLE)
