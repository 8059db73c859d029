"""English headings of the parts of a judgment in which one side's claims stand: `The plaintiff's case`."""

from __future__ import annotations

import re

from pipeline.languages.claim_rules import ClaimPart, ClaimRules, Side

_CLAIMING = r"plaintiffs?|claimants?|applicants?|petitioners?|appellants?|complainants?"
_OPPOSING = r"defendants?|respondents?|appellees?|prosecution|government"
_PARTY = rf"(?:the )?(?P<party>{_CLAIMING}|{_OPPOSING})(?:[’']s?)?"
_CLAIMS = (
    r"(?:claims?|case|arguments?|contentions?|submissions?|position|allegations?|pleadings?|defen[cs]es?|answer|reply|"
    r"grounds of appeal)"
)
_NUMBER = r"(?:(?:[A-Z]|\d{1,2}(?:\.\d{1,2})*|[IVX]{1,4}|\([a-z\d]\))[.)]?\s+)?"
_OF_PARTY = (
    rf"{_PARTY} (?:main |principal |written |oral )?{_CLAIMS}(?: (?:and|in) (?:{_CLAIMS}|counterclaims?|reply))?"
)
_BY_PARTY = rf"(?:main |principal )?{_CLAIMS} (?:of|for|by|on behalf of) {_PARTY.replace('party', 'named')}"
_HEADING = re.compile(rf"{_NUMBER}(?:{_OF_PARTY}|{_BY_PARTY})[.:]?", re.IGNORECASE)
_OPPOSES = re.compile(_OPPOSING, re.IGNORECASE)


def _read_heading(heading: str) -> ClaimPart | None:
    match = _HEADING.fullmatch(" ".join(heading.split()))
    if match is None:
        return None
    party = (match["party"] or match["named"]).lower()
    side = Side.OPPOSING if _OPPOSES.fullmatch(party) else Side.CLAIMING
    return ClaimPart(side=side, party=party[:1].upper() + party[1:])


CLAIMS = ClaimRules(read_heading=_read_heading, side_column="Side", claims_column="Claims")
