"""Mentions of provisions in Korean: 제4조의2 제1항 및 제3항, 같은 조 제2항, 「민법」 제3조."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.languages.ko.headings import LETTERS
from pipeline.languages.reference_rules import CitedNumber, Mention, ReferenceRules, Whose

_COUNTED = r"\d|[년월일]|세대|주택|개|명|필지|[억만천백]"
"""Text after a number which shows that the number counts something: 제6호의 1세대 (one household) is not 제6호의1."""
_CITE = re.compile(
    r"(?=제[ \t]?\d|같은[ \t]?[조항]|동조|전조|앞[ \t]?조|동항)"
    rf"(?:(?P<art>제[ \t]?(?P<a>\d{{1,4}})[ \t]?조(?:[ \t]?의[ \t]?(?P<b>\d{{1,3}})(?!{_COUNTED}))?)"
    r"|(?P<same>같은[ \t]?조|동조)|(?P<before>전조|앞[ \t]?조))?"
    r"(?:[ \t]{0,2}[【(\[][^】)\]\n]{2,40}[】)\]](?=[ \t]{0,2}제[ \t]?\d{1,2}[ \t]?[항호]))?"
    r"(?:[ \t]{0,2}(?:제[ \t]?(?P<p>\d{1,2})[ \t]?항|(?P<samep>같은[ \t]?항|동항)))?"
    rf"(?:[ \t]{{0,2}}제[ \t]?(?P<i>\d{{1,2}})[ \t]?호(?:의[ \t]?(?P<ib>\d{{1,2}})(?!{_COUNTED}))?"
    r"(?!증|서식|외|기|봉|법정|실))?"
    rf"(?:[ \t]{{0,2}}\(?(?P<m>[{LETTERS}])\)?[ \t]?목)?"
)
"""Finds one mention: 제4조의2 제1항 제3호 가목, 같은 조 제2항."""
_JOINT = re.compile(
    r"[ \t]{0,2}(?:(?:까지|본문|단서|전단|후단|각[ \t]?호)?[ \t]?(?:(?P<range>부터|내지|~|∼)|및|또는|,|·|ㆍ|과|와"
    r"|이나|나))[ \t]{0,2}(?:같은[ \t]?법[ \t]?)?"
)
"""Matches the text between two mentions of a list or range: 및, 부터."""
_QUOTED_LAW = re.compile(r"[「｢『](?P<name>[^」｣』\n]{2,80})[」｣』](?:[ \t]?\([^()\n]{0,100}\))?[ \t]{0,2}$")
"""Finds the name of a law in quotation marks directly before a mention: 「민법」."""
_SAME_LAW = re.compile(
    r"(?:같은[ \t]?(?:법률?|영|규칙|조례|시행령|규정)|동[ \t]?(?:법|령|규칙|규정|시행령|시행규칙"
    r"|조례))(?:[ \t]?(?:시행령"
    r"|시행규칙))?[ \t]{0,2}$"
)
"""Finds a reference to the law named before: 같은 법."""
_OWN = re.compile(
    r"(?:^|[^가-힣])(?:이|본)[ \t]?(?:법률?|영|규칙|규정|조례|약관|계약서?|협약|합의서?|약정서?|정관|지침|요령|고시"
    r"|헌법|세칙|내규)(?:의)?"
    r"[ \t]{0,2}$"
)
"""Finds words for this document directly before a mention: 이 법."""
_ORIGINAL = re.compile(
    r"(?:원|기존|종전|당초)[ \t]?(?:의[ \t]?)?(?:[가-힣]{0,8})?(?:계약|합의|약정)(?:서)?(?:의)?[ \t]{0,2}$"
)
"""Finds words for the amended document directly before a mention: 원계약의."""
_ALIAS = re.compile(r"이하[^()\n]{0,12}[‘'“\"「](?P<name>[^’'”\"」\n]{2,24})[’'”\"」]")
"""The short name of a law in brackets after the full name: (이하 “법”이라 한다)."""
_CONTRACT = re.compile(r"(?P<name>[가-힣]{0,10}(?:계약|합의|약정|협약)서?)(?:의)?[ \t]{0,2}$")
"""Finds the name of a contract directly before a mention: 임대차계약."""
_LAW_NOUN = r"(?:법|법률|시행령|시행규칙|령|영|규칙|규정|조례|헌법|협약|약관|규약|정관|세칙|지침|통칙|규준|기준|부칙)"
_PLAIN_LAW = re.compile(
    rf"(?:(?P<several>(?:에|의)[ \t](?:관한|대한|의한)[ \t][가-힣]{{0,6}}{_LAW_NOUN})"
    rf"|(?P<name>(?:구[ \t])?[가-힣·ㆍ]{{0,24}}{_LAW_NOUN}(?:[ \t](?:시행령|시행규칙|부칙))?))"
    r"(?:[ \t]?\([^()\n]{0,100}\))?[ \t]{0,2}$"
)
"""Finds the name of a law without quotation marks directly before a mention: 소득세법."""
_WHOLE_LAW = re.compile(
    r"[가-힣]법(?:률)?(?:[ \t]?(?:시행령|시행규칙|부칙))?$|[가-힣·ㆍ]{2}(?:령|규칙|규정|조례|협약|약관|규약|정관"
    r"|세칙|지침|통칙|규준|기준)$"
)
"""Finds the end of a name that is certainly that of a law: 소득세법."""
_BARE_LAW = re.compile(rf"(?:구[ \t])?{_LAW_NOUN}(?:[ \t](?:시행령|시행규칙|부칙))?")
"""Matches a noun for laws that does not name one: 법, 시행령."""
_NO_LAW = re.compile(
    r"(?:방법|위법|불법|적법|사법|입법|준법|탈법|편법|수법|기법|어법|명령|본령|운영|경영|반영|수영|개정규정"
    r"|각[ \t]?규정|규정)$"
)
"""Finds words that end like the name of a law but are not one: 방법, 운영."""
_SUPPLEMENT = re.compile(r"부칙(?:[ \t]?[<(\[〈][^>)\]〉\n]{2,60}[>)\]〉])?[ \t]{0,2}$")
"""Finds the supplementary provisions directly before a mention: 부칙."""
_TABLE = re.compile(r"(?:별표|별지|별첨)[ \t]?\d{0,3}(?:의\d)?[ \t]{0,2}(?:중[ \t])?$")
"""Finds an annexed table or form directly before a mention: 별표 1."""
_NUMBERED_TEXT = re.compile(
    r"(?:법률|령|훈령|고시|예규|지침|공고|조약|규칙|조례|갑|을|병|증|사건|의안|호외|관보|통칙|판결|결정|면허|허가"
    r"|등록|신고|특허|번호|총회|의안번호)[ \t]{0,2}$"
)
"""Finds a noun whose number is not that of a provision: 고시 제3호."""
_SECTION = re.compile(r"(?:(?<![\d.])\d{1,3}(?:\.\d{1,3}){0,3}[ \t]?|제[ \t]?\d{1,3}[ \t]?)[절장](?![가-힣]*[치비점])")
"""Finds a chapter or section of a manual: 2.1절, 제2장."""
_LOOK_BACK = 120
_MAX_JOINT = 14
_UNTIL = "까지"
"""The word after the second number of a range."""
_AMENDED_MAIN = re.compile(r"[ \t]?(?:[가-힣0-9 ]{0,12})의[ \t]?개정[ \t]?규정")


@dataclass(frozen=True, slots=True)
class _Base:
    """The parts of a mention that the next mention in the same list inherits."""

    end: int
    whose: Whose
    name: str
    article: str
    paragraph: str


def _find(text: str) -> Iterator[Mention]:
    last = _Base(end=-1, whose=Whose.UNCLEAR, name="", article="", paragraph="")
    law = ""
    aliases: dict[str, str] = {}
    for match in _CITE.finditer(text):
        if not match.group() or not (match["art"] or match["p"] or match["i"] or match["same"] or match["before"]):
            continue
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        if not match["art"] and match["i"] and not match["p"] and not match["same"] and _NUMBERED_TEXT.search(before):
            continue
        joint = _JOINT.fullmatch(text, last.end, match.start()) if 0 <= match.start() - last.end <= _MAX_JOINT else None
        whose, name, start = _whose(match, before, last if joint or match["same"] or match["samep"] else None, law)
        if whose is Whose.FOREIGN and name:
            if alias := _ALIAS.search(before, start):
                aliases["".join(alias["name"].split())] = name
            law = name = aliases.get("".join(name.split()), name)
        article, paragraph = _place(match, last, joint is not None)
        if article is None:
            whose, article = Whose.UNCLEAR, ""
        elif whose is Whose.HERE and not match["art"] and not (joint or match["same"]):
            whose = Whose.RELATIVE
        key = article + paragraph
        if match["i"]:
            key += f"제{match['i']}호" + (f"의{match['ib']}" if match["ib"] else "")
        if match["m"]:
            key += f"{match['m']}목"
        if whose is Whose.HERE and _AMENDED_MAIN.match(text, match.end()):
            whose = Whose.ORIGINAL
        is_range = bool(joint and joint["range"])
        yield Mention(
            start=match.start() - (len(before) - start) if start < len(before) else match.start(),
            end=match.end() + (len(_UNTIL) if is_range and text.startswith(_UNTIL, match.end()) else 0),
            numbers=(CitedNumber(key=key, ends_range=is_range),),
            whose=whose,
            name=name,
            start_of_number=match.start(),
            continues=joint is not None,
        )
        last = _Base(end=match.end(), whose=whose, name=name, article=article, paragraph=paragraph)


def _loose(text: str) -> Iterator[Mention]:
    """Yield mentions of articles in a different form: 「소득세법」 154조, 소득법 §89.

    They make it uncertain which laws a text cites.
    """
    for match in _LOOSE.finditer(text):
        line_start = text.rfind("\n", max(0, match.start() - _LOOK_BACK), match.start()) + 1
        if text[line_start : line_start + 1] == "#":
            continue
        yield Mention(
            start=match.start(),
            end=match.end(),
            numbers=(CitedNumber(key=f"§{match['num'] or match['sign']}"),),
            whose=Whose.UNCLEAR,
            start_of_number=match.start(match.lastgroup or 0),
        )


_LOOSE = re.compile(
    r"(?:(?<=[」｣』법령칙])[ \t]{0,2}(?P<num>\d{1,4})[ \t]?조(?!원|[ \t]?\d{1,4}[억만])|§[ \t]?(?P<sign>\d{1,4}))"
)


def _sections(text: str) -> Iterator[Mention]:
    """Yield mentions of chapters and of the sections of manuals: 제2장, 2.1절."""
    for match in _SECTION.finditer(text):
        key = re.sub(r"\s", "", match.group())
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        whose = Whose.FOREIGN if _PLAIN_LAW.search(before) or _QUOTED_LAW.search(before) else Whose.HERE
        yield Mention(
            start=match.start(),
            end=match.end(),
            numbers=(CitedNumber(key=key),),
            whose=whose,
            start_of_number=match.start(),
            is_weak=True,
        )


def _place(match: re.Match[str], last: _Base, is_listed: bool) -> tuple[str | None, str]:
    """Return the article and paragraph of a mention; the article is None if it cannot be determined."""
    paragraph = f"제{match['p']}항" if match["p"] else ""
    if match["art"]:
        return f"제{match['a']}조" + (f"의{match['b']}" if match["b"] else ""), paragraph
    if match["before"]:
        return None, paragraph
    if match["same"]:
        return (last.article or None), paragraph
    if match["samep"]:
        return (last.article or None) if last.paragraph else None, last.paragraph
    if is_listed:
        return last.article, paragraph or (last.paragraph if match["i"] else "")
    return "", paragraph


def _whose(match: re.Match[str], before: str, listed: _Base | None, law: str) -> tuple[Whose, str, int]:
    """Return which document the numbers belong to, the name of their law, and where that name begins in `before`.

    The name may be empty. The last value is the length of `before` unless `before` ends with the full name of a law.
    """
    no_name = len(before)
    if listed is not None and (match["same"] or match["samep"]):
        return listed.whose, listed.name, no_name
    if found := _QUOTED_LAW.search(before):
        return Whose.FOREIGN, found["name"], found.start()
    if _SAME_LAW.search(before):
        return Whose.FOREIGN, law, no_name
    if listed is not None:
        return listed.whose, listed.name, no_name
    if _OWN.search(before):
        return Whose.OWN, "", no_name
    if _SUPPLEMENT.search(before):
        found_name = _SUPPLEMENT.search(before)
        law_before = _PLAIN_LAW.search(before[: found_name.start()].rstrip()) if found_name else None
        if law_before or _QUOTED_LAW.search(before[: found_name.start()] if found_name else ""):
            return Whose.FOREIGN, "", no_name
        return Whose.NAMED, "부칙", no_name
    if _TABLE.search(before):
        return Whose.UNCLEAR, "", no_name
    if _ORIGINAL.search(before):
        return Whose.ORIGINAL, "", no_name
    found = _PLAIN_LAW.search(before)
    if found and (found["several"] or _BARE_LAW.fullmatch(found["name"]) or not _WHOLE_LAW.search(found["name"])):
        return Whose.FOREIGN, "", no_name
    if found and not _NO_LAW.search(found["name"]):
        if not _NAME_OPENS.search(before[: found.start()]):
            return Whose.FOREIGN, "", no_name
        return Whose.FOREIGN, found["name"], found.start()
    if found:
        return Whose.UNCLEAR, "", no_name
    if contract := _CONTRACT.search(before):
        return Whose.NAMED, contract["name"], no_name
    return Whose.HERE, "", no_name


_NAME_OPENS = re.compile(
    r"(?:^|[\n(),.;:\]\[〉》」』”\"'’·ㆍ※○◆□①-⑳-]|[은는이가을를에로서고며면여]|[다라]고"
    r"|[조항호목)](?:[ \t]?(?:및|또는|와|과|이나))"
    r"|(?<![가-힣])(?:구|단|단지|즉|및[ \t]구|또한|따라서|그러나))[ \t]*$"
)
"""Text after which the name of a law without quotation marks certainly begins. After any other word, the name may have
begun earlier."""


def _key(label: str) -> str:
    return re.sub(r"\s+", "", label)


def _written(key: str) -> str:
    return re.sub(r"(?<=.)(?=제\d)|(?<=[호항조])(?=[가-하]목)", " ", key)


def _merge_lists(mentions: Iterator[Mention]) -> Iterator[Mention]:
    """Yield the mentions, with both ends of a range joined into one mention: 제3항부터 제5항까지."""
    waiting: Mention | None = None
    for mention in mentions:
        if waiting is not None and mention.numbers[0].ends_range:
            waiting = replace(waiting, end=mention.end, numbers=(*waiting.numbers, *mention.numbers))
            continue
        if waiting is not None:
            yield waiting
        waiting = mention
    if waiting is not None:
        yield waiting


def _others(key: str) -> tuple[str, ...]:
    section = re.fullmatch(r"제(\d+)[장절]", key)
    return (f"{section[1]}장",) if section else ()


def _outer(key: str) -> str:
    """Return the key of the outer provision: 제2조제1항 for 제2조제1항제3호."""
    return _INNER.sub("", key) if _INNER.search(key) else ""


def _range_name(low: str, high: str) -> str:
    """Return the name of a range, in which the provision around both ends is named once: 제2조 제1항부터 제3항까지."""
    shared = low.rpartition(" ")[0]
    return f"{low}부터 {high.removeprefix(f'{shared} ') if shared else high}까지"


def _holders(key: str) -> tuple[str, ...]:
    """Return the keys of the chapters and sections that may contain a section: 4장, 4절 and 제4장 for 4.2절."""
    match = re.fullmatch(r"(\d+)[\d.]*\.\d+[절장]", key)
    return (f"{match[1]}장", f"{match[1]}절", f"제{match[1]}장") if match else ()


_PART_LINE = re.compile(
    r"[ \t#*\[<【■〈(]{0,8}(?P<name>(?:부[ \t]{0,8}칙|별[ \t]?표|별[ \t]?지|별[ \t]?첨|붙[ \t]?임|부[ \t]?록"
    r"|부속서|특약사항)"
    r"(?:[ \t]?제?[ \t]?(?:\d{1,3}(?:의\d{1,2})?"
    r"|[A-Z가-하])(?:호(?:의\d{1,2})?)?)?)(?![가-힣])[^\n]{0,60}(?<!다)(?<!다\.)"
)
_PART_MENTION = re.compile(r"(?<![가-힣])(?:별표|별지|별첨|붙임|부속서|부록|부칙)(?!에서[ \t]정하는)")

_INNER = re.compile(rf"(?<=.)(?:제\d+(?:항|호(?:의\d+)?)|[{LETTERS}]목)$")

REFERENCES = ReferenceRules(
    find=lambda text: iter(
        sorted([*_merge_lists(_find(text)), *_sections(text), *_loose(text)], key=lambda mention: mention.start)
    ),
    key=_key,
    others=_others,
    outer=_outer,
    is_other=lambda name: bool(name) and not _CONTRACT.search(name) and not _SUPPLEMENT.search(name),
    written=_written,
    range_name=_range_name,
    holders=_holders,
    share_behind=re.compile(r"\s?(?:본문|단서|전단|후단|각\s?호\s?외의)"),
    part_line=_PART_LINE,
    part_mention=_PART_MENTION,
)
