"""The numbers and parts of Korean legal texts.

The levels of numbers: 편 (part), 장 (chapter), 절 (section), 관 (subsection), 조 (article), 항 (paragraph), 호 (item),
목 (subitem); for example, 제3조제2항제1호가목. Parts: 부칙 (supplementary provisions), 별표 (schedule), and parts of
judgments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.ko.headings import LETTERS
from pipeline.languages.provision_rules import (
    HeadFamily,
    ItemFamily,
    Numerals,
    PartFamily,
    PartSort,
    ProvisionRules,
    Role,
)

_OPEN, _CLOSE = r"[(（\[【〔]", r"[)）\]】〕]"
_ARTICLE = re.compile(
    r"제[ \t]?(?P<num>\d{1,4})[ \t]?조(?:[ \t]?의[ \t]?(?P<branch>\d{1,3}))?"
    rf"(?:[ \t]*{_OPEN}(?P<title>[^()（）\[\]【】〔〕\n]{{1,60}}(?:\n+[ \t]*[^()（）\[\]【】〔〕\n]{{1,40}}){{0,2}})"
    rf"{_CLOSE}\**"
    r"|(?=[ \t①]|[ \t]*$)|(?=삭제))[ \t.:]*(?P<rest>[^\n]*)",
)
_DIVISION = (
    r"제[ \t]?(?P<num>\d{{1,3}})[ \t]?{kind}(?:[ \t]?의[ \t]?(?P<branch>\d{{1,2}}))?(?P<rest>[ \t]+\S[^\n]{{0,60}}"
    r"|[ \t]*)$"
)
_NO_REST = re.compile(
    r"[ \t]*(?:(?:및|또는|내지|부터|까지|중|에|의|와|과|을|를|은|는|각|본문|단서|전단|후단|소정|위반|규정|등)"
    r"(?:[ \t]|$|제)|제[ \t]?\d|[,.)ㆍ·～~-])"
)
_JUDGMENT = re.compile(
    r"[【\[〔<]?(?P<name>주문|이유|청구취지|항소취지|상고취지|신청취지|청구원인|판시사항|판결요지|결정요지|재결요지"
    r"|참조조문|"
    r"참조판례|심판대상조문|심판대상|사건개요|주문및이유|청구취지및항소취지|청구인의주장|처분개요|처분청의견|"
    r"심리및판단|사실관계|질의내용|질의요지|회신내용|회신|관련법령|관련규정)[】\]〕>]?[:：]?"
)
_SUPPLEMENT = re.compile(r"(?:\D{0,4})(?P<name>부칙(?:[<(\[〈][^>)\]〉]{2,60}[>)\]〉])?)(?:부칙보기)?")
_SCHEDULE = re.compile(
    r"[■▣<〈【(]*(?:[가-힣·ㆍ]{2,30}(?:법|령|규칙|조례|규정))?[\[<〈【(]*"
    r"(?P<name>(?:별표|별지|별첨|붙임|부속서|부록)(?:제?\d{1,3}(?:의\d{1,2})?(?:호(?:의\d{1,2})?)?)?(?:서식)?|특약사항)"
    r"[\]>〉】)]*[:.]?(?:<[^>]{4,60}>|\([^)]{2,30}관련\))?(?P<rest>.{0,60})"
)
_AMENDMENT = re.compile(
    r"[#*<\[【]*(?P<name>(?:제?[\d일이삼]+차)?(?:[가-힣]{1,12})?(?:변경|개정|수정)(?:계약서|합의서|약정서|계약|합의))"
    r"[>\]】*]*(?:\([^()]{1,30}\))?"
)


def _label(noun: str, number: str, above: str) -> str:
    if noun == _SUBITEM:
        head = above.removesuffix("항")
        return f"{head}의 {number}항" if head != above else f"{above} {number}목"
    own = f"{number}목" if noun == "목" else f"제{number}{noun}"
    count, _, branch = number.partition("_" if "_" in number else "의")
    if branch:
        own = f"제{count}{noun}의{branch}"
    elif noun == "항" and number in _CIRCLED:
        own = f"제{_CIRCLED.index(number) + 1}항"
    return f"{above} {own}" if above else own


def _named(label: str, headings: Sequence[tuple[str, str]]) -> str:
    """Return a label in which each heading follows the number that it belongs to: 제4조(목적) 제2항."""
    named, done = "", 0
    for above, title in headings:
        if label.startswith(above) and label[len(above) : len(above) + 1].strip() == "":
            named += f"{label[done : len(above)]}({title})"
            done = len(above)
    return named + label[done:]


_SUBITEM = "하위 항"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

PROVISIONS = ProvisionRules(
    heads=(
        *(
            HeadFamily(noun=kind, role=Role.CONTAINER, rank=rank, pattern=re.compile(_DIVISION.format(kind=kind)))
            for rank, kind in enumerate("편장절관", start=1)
        ),
        HeadFamily(noun="조", role=Role.ARTICLE, pattern=_ARTICLE),
    ),
    plain="항",
    numbered="호",
    items=(
        ItemFamily(
            noun="항",
            pattern=re.compile(r"(?P<num>[①-⑳])(?:[ \t]*\((?P<title>[^()\n]{2,24})\)(?=[ \t]*\S))?"),
            numerals=Numerals.CIRCLED,
            least=1,
        ),
        ItemFamily(
            noun="호", pattern=re.compile(r"(?P<num>\d{1,2}(?:의\d{1,2})?)\.(?=[ \t]*\D)"), numerals=Numerals.DIGITS
        ),
        ItemFamily(noun="목", pattern=re.compile(rf"(?P<num>[{LETTERS}])\.(?=[ \t]*\S)"), numerals=Numerals.SYLLABLES),
    ),
    subitem=_SUBITEM,
    syllables=LETTERS,
    label=_label,
    in_part=lambda label, sort, name: f"{name} {label}",
    named=_named,
    whole=lambda sort, name: f"“{name}” 부분" if sort in (PartSort.JUDGMENT, PartSort.MAIN) else name,
    parts=(
        PartFamily(sort=PartSort.SUPPLEMENT, pattern=_SUPPLEMENT, squeezed=True, after_blank=False),
        PartFamily(
            sort=PartSort.COMPARISON,
            pattern=re.compile(r"[\[<〈【]?(?P<name>신[·ㆍ‧∙]?구(?:조문)?대[비조]표)[\]>〉】]?"),
            squeezed=True,
        ),
        PartFamily(
            sort=PartSort.AMENDMENT, pattern=re.compile(r"(?P<name>법률제\d*호)"), squeezed=True, titled_below=True
        ),
        PartFamily(
            sort=PartSort.REPORT,
            pattern=re.compile(
                r"[\[<〈【◇]?(?P<name>제안이유(?:및주요내용)?|주요내용|개정이유(?:및주요내용)?|제정이유(?:및주요내용)?|"
                r"[^\d]{0,40}비용추계서[^\d]{0,14}|[^\d]{0,40}미첨부사유서)[\]>〉】◇]?"
            ),
            squeezed=True,
        ),
        PartFamily(
            sort=PartSort.REPORT,
            pattern=re.compile(r"[【\[〔](?P<name>전문)[】\]〕]"),
            squeezed=True,
            after_blank=False,
        ),
        PartFamily(sort=PartSort.JUDGMENT, pattern=_JUDGMENT, squeezed=True, after_blank=False),
        PartFamily(sort=PartSort.AMENDMENT, pattern=_AMENDMENT, squeezed=True),
        PartFamily(sort=PartSort.SCHEDULE, pattern=_SCHEDULE, squeezed=True),
    ),
    entry=re.compile(
        r"#{1,6}[ \t]+(?P<name>[가-힣· ]{2,40}(?:법|령|규칙|조례|규정)[ \t]+§[ \t]?\d{1,4}(?:의\d{1,3})?)[ \t]+(?P<t"
        r"itle>\S.*)"
    ),
    no_rest=_NO_REST,
    no_title=re.compile(
        r"[①-⑳]|.*?[가-힣](?:은|는|을|를|이|가|에게|에서|하고|하여|하며)(?:[ \t]|$)"
        r"|.*[가-힣](?:한|된|하는|되는|에|의|및|또는)$"
    ),
    instruction=re.compile(
        r"제[ \t]?\d{1,4}[ \t]?조(?:의[ \t]?\d{1,3})?[^\n]{0,160}(?:다음과 같이|신설|삭제한다|(?:으)?로 한다|로 하고"
        r"|개정한다|각각|중[ \t]+[“\"])"
    ),
    sources=re.compile(r"참고[ \t]?(?:문헌|자료)|출처|각주|미주|주석"),
    contents=re.compile(r"목[ \t]*차|차[ \t]*례"),
    document_title=re.compile(
        r"(?=.{3,60}$)[^.,:;]*(?:계약서|약관|규정|규칙|법률|법|조례|합의서|협약서?|정관|약정서|세칙|지침|요령|내규"
        r"|기준|각서)"
    ),
    repealed=r"삭[ \t]*제",
)
