"""Korean words that show which domain a text belongs to."""

from __future__ import annotations

from pipeline.languages.rules import DomainRules

DOMAINS = DomainRules(
    clause_heading=r"제\s?\d+조(?:의\d+)?\s?[(①【]|제\s?\d+\s?[장절]\s|주\s{1,9}문\s*$|이\s{1,9}유\s*$",
    legal_words=(
        r"계약|원고|피고|임대인|임차인|법률|대통령령|과세|판결|조항|위반|손해배상|당사자|법원"
        r"|해당하는|하여야\s?한다|소득세법|조세|양도"
    ),
    procedure_words=r"설치|설정|명령|버튼|파일|전원|누르|화면|서버|옵션|필터",
)
