"""Headings in Korean: articles (조), divisions (편·장·절·관), annexed parts (부칙, 별표), parts of judgments, chapters,
agenda items (안건) and scenes (장면).
"""

from __future__ import annotations

import re

from pipeline.languages.heading_rules import Heading, HeadingRules, LineContext, Rank, clip, is_prose

LETTERS = "가나다라마바사아자차카타파하"
"""The letters that number headings and items, in order."""

_ARTICLE = re.compile(
    r"(?P<number>제\s?(?P<count>\d{1,4})\s?조(?:\s?의\s?\d{1,3})?)\s*"
    r"(?:(?P<caption>[(【\[〔][^)】\]〕]{1,60}[)】\]〕])|(?=①|삭제)|$"
    r"|(?=\s(?!제\s?\d|및\b|또는\b|내지\b|중\b|각\b|본문|단서|전단|후단|소정|부터|까지|위반|규정|에\b|의\b|와\b|과\b)[가-힣\"“‘「]))"
)
"""Matches the number and caption of an article: 제4조의2(목적)."""
_DIVISION = re.compile(r"제\s?\d{1,3}\s?(?P<kind>[편장절관])(?:의\s?\d{1,2})?(?=\s|$)")
"""Matches the number of a division: 제1장."""
_PART = re.compile(
    r"(?:[\[<〈【(]?\s?(?:별\s?표|별\s?지|별\s?첨|부\s?록|붙\s?임)"
    r"\s?(?:제?\s?\d{1,2}\s?(?:호|의\s?\d)?|[가-하A-Z])?\s?(?:[\]>〉】).:]|\s|$)"
    r"|부\s*칙\s*(?:$|[<(〈\[])"
    r"|제\s?\d{1,2}\s?차\s?(?:변경|추가|수정|부속|개정)?\s?(?:합의서|약정서|계약서|협약서|변경계약|계약 변경)"
    r"|(?:변경|추가|부속|특약)\s?(?:합의서|약정서)\s*(?:$|[(<]))"
)
"""Matches the heading of an annexed part or amendment: 별표 1, 부칙."""
_JUDGMENT = re.compile(
    r"[【\[〔]?\s*(?P<name>주\s*문|이\s*유|청\s*구\s*취\s*지|항\s*소\s*취\s*지|청\s*구\s*원\s*인|판\s*단|결\s*론"
    r"|당\s*사\s*자|사\s*건\s*개\s*요|기\s*초\s*사\s*실|주문 및 이유|청구취지 및 항소취지|특\s*약\s*사\s*항"
    r"|전\s*문|총\s*칙)\s*[】\]〕]?"
)
"""Matches the heading of a part of a judgment: 【주 문】."""
_DIVISION_RANKS = {"편": Rank.BOOK, "장": Rank.CHAPTER, "절": Rank.DIVISION, "관": Rank.SUBDIVISION}


def _article(context: LineContext) -> Heading | None:
    match = _ARTICLE.match(context.line)
    if match is None:
        return None
    caption = (match["caption"] or "").strip()
    number = re.sub(r"\s", "", match["number"])
    return Heading(Rank.CLAUSE, clip(f"{number} {caption}".strip()), "제조", int(match["count"]))


def _division(context: LineContext) -> Heading | None:
    match = _DIVISION.match(context.line)
    if match is None or len(context.line) > 60 or is_prose(context.line):
        return None
    return Heading(_DIVISION_RANKS[match["kind"]], clip(context.line), match["kind"], -1)


def _part(context: LineContext) -> Heading | None:
    if len(context.line) > 80 or not _PART.match(context.line) or is_prose(context.line):
        return None
    return Heading(Rank.PART, clip(context.line), "part", -1)


def _judgment(context: LineContext) -> Heading | None:
    match = _JUDGMENT.fullmatch(context.line)
    return Heading(Rank.CHAPTER, re.sub(r"\s+", "", match["name"]), "caps", -1) if match else None


HEADINGS = HeadingRules(
    in_legal=(_part, _division, _article, _judgment),
    in_dialogue=(_part,),
    chapter=r"제\s?\d{1,2}\s?[장부편](?=\s|$)|부록\s?[A-Z가-하\d]",
    agenda=r"안건\s?\d{1,2}|제\s?\d{1,2}\s?(?:호\s?)?안건|의안\s?제?\d|장면\s?\d|S#\s?\d|\[안건",
    predicate=r"(?:니다|습니까|하다|한다|된다|있다|없다|이다|하라|하세요|하십시오|십시오|세요|해요|예요|어요|아요)$",
    title_start="가-힣",
    letters=LETTERS,
)
