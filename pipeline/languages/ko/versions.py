"""Korean words that may differ between two versions of a text: numbers in words, and names."""

from __future__ import annotations

import re

from pipeline.languages.rules import VersionRules

_PARTICLE = re.compile(r"(?:은|는|이|가|을|를|의|와|과|에게|께|님|씨)$")
_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민나진지엄채원천방공현"
)
_ROLE_WORDS = "임대인 임차인 양도인 양수인 이행자 전세권 주소지 원고인 하자인 공급자 수급인 위탁자"
_ROLES = frozenset(_ROLE_WORDS.split())
"""Words of three syllables that begin like a surname but are not personal names."""


def _is_personal_name(word: str) -> bool:
    bare = _PARTICLE.sub("", word) if len(word) > 3 else word
    return len(bare) == 3 and bare[0] in _SURNAMES and bare not in _ROLES


VERSIONS = VersionRules(
    numeral=r"금?[영공일이삼사오육륙칠팔구십백천만억조]+(?:원|정|원정|년|월|일|명|개|회|평)?정?",
    name_labels=frozenset(
        {"주식회사", "유한회사", "성명", "이름", "대표", "대표이사", "대표자", "상호", "주소", "소재지"}
    ),
    is_personal_name=_is_personal_name,
)
