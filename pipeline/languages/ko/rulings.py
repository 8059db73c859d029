"""Korean rulings: entries of digests, 주문, fields such as 사건 and 발의연월일."""

from __future__ import annotations

import re

from pipeline.languages.ruling_rules import RulingRules

_VERDICT = r"(?:일부)?(?:기각|취소|경정|각하|인용|재조사|파기환송|적극|소극|한정적극|한정소극|원고승|원고패|국승|국패)"

_ORDER = re.compile(
    r"(?=.{6,600}$)(?!.*(?:것임|것으로|판단됨|경우에는|하여야 하는)).*(?:"
    r"(?:청구|신청|항소|상고|처분|소|판결|세액|부과처분|금액|이의)[^.]{0,120}"
    r"(?:기각|취소|경정|각하|인용|파기|재조사|환송|부담|배척|변경|지급)[^.]{0,30}"
    r"(?:한다|합니다|하라|함))\.?",
    re.DOTALL,
)


def _entry_label(title: str, date: str) -> str:
    return f"{date}자 “{title}” 사안" if date else f"“{title}” 사안"


RULINGS = RulingRules(
    entry_label=_entry_label,
    order=_ORDER,
    issue=re.compile(
        r"(?:여부|당부|기준|방법|질의|범위|시기|계산|의무|판단|요건|적용|특례|감면|과세|비과세|산정|포함|인지|는지"
        r"|은지|한지|는가|까요|니까|주장|"
        rf"사례|사유|의미|기산일|인정|배제|처분|세액|해당)(?:[ ]?\({_VERDICT}\))?[ ]?$|[?？][ ]?$"
        r"|^[가-힣·ㆍ,]{3,25}(?:취소|무효|확인|반환|금|등|소송|의소|청구)$"
    ),
    verdict_tail=re.compile(rf"[ ]?\({_VERDICT}\)$"),
    source=re.compile(
        r"[(（](?P<number>(?:같은 뜻[: ]?)?[가-힣]{2,14}[ ]?[-–][ ]?\d{1,5}(?:[ ]?[-–][ ]?\d{1,5})?,?[ ]?\d{4}[.]?"
        r"[ ]?\d{1,2}[.][ ]?\d{1,2}[.]?)[)）]\.?$"
    ),
    finished=re.compile(
        r"(?:[.!?。]|[함임음됨것름림남움킴옴짐]|여부|적극\)|소극\)|\d[.]?\)|조\)|항\)|호\))[)”’」\"']*$"
    ),
    point=re.compile(r"\[(?P<number>\d{1,2})\][ ]*(?=\S)"),
    line_break=re.compile(r"(?:[ \t]*<br ?/?>\s*)+"),
    damaged=re.compile(r"…|<br ?/?>|-{4,}|​|&[a-z]+;"),
    field=re.compile(
        r"[ \t]*[【\[]?(?P<label>사[ ]{0,12}건(?:번호)?|변[ ]{0,6}론[ ]{0,6}종[ ]{0,6}결"
        r"|판[ ]{0,6}결[ ]{0,6}선[ ]{0,6}고|원[ ]{0,6}심[ ]{0,6}판[ ]{0,6}결|선고일자?|결정일자?|의안번호|발의연월일"
        r"|제안연월일|"
        r"제출연월일|제안자|발의자|발[ ]{1,3}의[ ]{1,3}자|제[ ]{0,3}안[ ]{0,3}자|소관부처|원심판결|제1심판결"
        r"|공포번호|공포일자?|시행일자?|담당부서)"
        r"(?:[ \t]*[:：][ \t]*|[ \t]{2,}|\t|[】\]][ \t]*)(?P<value>\S[^\n]{1,120}?)[ \t]*"
    ),
)
