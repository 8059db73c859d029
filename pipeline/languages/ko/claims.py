"""Korean headings of the parts of a judgment in which one side's claims stand: 가. 원고의 주장."""

from __future__ import annotations

import re

from pipeline.languages.claim_rules import ClaimPart, ClaimRules, Side

_CLAIMING_WORDS = "원고 청구인 신청인 항소인 상고인 채권자 제청신청인 이의신청인"
_CLAIMING = frozenset(_CLAIMING_WORDS.split())
_OPPOSING_WORDS = "피청구인 피신청인 피항소인 피상고인 처분청 상대방 채무자 피고"
_PARTIES = sorted((*_CLAIMING, *_OPPOSING_WORDS.split()), key=len, reverse=True)
_NUMBER = r"(?:(?:\d{1,2}(?:-\d+)?|[가-하])[.)]\s*|[①-⑮㉮-㉻]\s*|\(\d{1,2}\)\s*)?"
_HEADING = re.compile(
    rf"(?:[【\[(<〈]\s*)?{_NUMBER}(?P<party>{'|'.join(_PARTIES)})(?:들|\s?측)?의?\s?"
    r"(?:주장|의견|항변|답변|입장|반박)(?:\s?(?:요지|내용|의 요지|이유|사실|\(요지\)))?\s*[:：]?(?:\s*[】\])>〉])?"
)


def _read_heading(heading: str) -> ClaimPart | None:
    match = _HEADING.fullmatch(" ".join(heading.split()))
    if match is None:
        return None
    side = Side.CLAIMING if match["party"] in _CLAIMING else Side.OPPOSING
    return ClaimPart(side=side, party=match["party"])


CLAIMS = ClaimRules(read_heading=_read_heading, side_column="당사자", claims_column="주장")
