"""Numbered provisions of Korean legal texts: 조, 조의 가지 번호, 항 (①), and the parts that restart numbering.

Comes in: text such as `제4조(보증금) ① 임차인은 …`, `제4조의2 【해지】`, `부칙`, `제1차 변경계약서`, `별표 1`; goes
out: an `Outline`. As in English, a number counts only where it continues the numbering. One pass over the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.synthesize.structural.korean_items import ITEM_NOUN, SUBITEM_NOUN, item_label, item_marks
from pipeline.synthesize.structural.layout import Line, is_blank, split_lines
from pipeline.synthesize.structural.provisions import (
    Mark,
    Outline,
    Part,
    PartKind,
    assemble,
    drop_contents_entries,
)

_ARTICLE = re.compile(
    r"[ \t#*]*제[ \t]?(?P<num>\d{1,4})[ \t]?조(?:의[ \t]?(?P<branch>\d{1,2}))?"
    r"(?:[ \t]*[(（\[【](?P<title>[^()（）\[\]【】\n]{1,60})[)）\]】]\**|(?=[ \t]))[ \t.:]*(?P<rest>.*)$"
)
_CHAPTER = re.compile(r"[ \t#*]*제[ \t]?\d{1,3}[ \t]?[편장절관][ \t]+\S.{0,60}$")
_CIRCLED = re.compile(r"[①-⑳]")
_SENTENCE_HEAD = re.compile(
    r"(?:및|또는|내지|부터|까지|중|에|의|와|과|을|를|은|는|이|가|제\d|[,.)])(?:\s|$|제|\S{0,3}\d)"
)
_AMENDMENT = re.compile(
    r"[ \t#*<\[【]*(?P<title>(?:제?[ \t]?[\d일이삼]+차[ \t]*)?(?:[가-힣]{1,12}[ \t]*)?"
    r"(?:변경|개정|수정)[ \t]*(?:계약서|합의서|약정서|계약|합의))"
    r"[ \t>\]】*]*(?:\([^()]{1,30}\))?[ \t]*$"
)
_SCHEDULE = re.compile(
    r"[ \t#*<\[【(]*(?P<title>특약[ \t]*사항|"
    r"(?:별표|별지|별첨|붙임|부속서)[ \t]*(?:제?[ \t]?\d{1,2}(?:호|의\d)?)?|"
    r"신[ \t]*[·ㆍ]?[ \t]*구[ \t]*조문[ \t]*대비표|(?:주[ \t]*문|이[ \t]*유|청구[ \t]*취지)(?=[ \t]*$)|"
    r"(?:[가-힣]{1,8}[ \t]*)?(?:부속[ \t]*합의서|이행[ \t]*합의서|비밀유지[ \t]*약정서))"
    r"(?=[ \t>\]】)*.:]|$)(?P<rest>.{0,60})$"
)
_SUPPLEMENT = re.compile(r"[ \t]*(?:\S{1,6}[ \t]+)?부[ \t]*칙[ \t]*(?:[<(\[〈]|$)")
_MAX_GAP = 3


@dataclass(slots=True)
class _Numbering:
    article: int = 0
    branch: int = 0


def korean_outline(text: str) -> Outline:
    """Parts and provisions of a Korean legal text; empty where it has no numbering."""
    lines = split_lines(text)
    parts = [Part(kind=PartKind.MAIN, title="", start=0)]
    marks: list[Mark] = []
    numbering = _Numbering()
    for index, line in enumerate(lines):
        part = _part_header(lines, index)
        if part is not None:
            parts.append(part)
            numbering = _Numbering()
            continue
        mark = _article(line, numbering, part=len(parts) - 1)
        if mark is not None:
            marks.append(mark)
    articles = drop_contents_entries(text=text, marks=marks)
    boundaries = [line.start for line in lines if _CHAPTER.match(line.text)]
    items = item_marks(lines=lines, parts=parts, parts_with_articles={mark.part for mark in articles})
    marks = sorted([*_with_paragraphs(text, parts, articles), *items], key=lambda mark: mark.start)
    return assemble(text=text, parts=parts, marks=marks, labels=_labels(parts, marks), boundaries=boundaries)


def _part_header(lines: Sequence[Line], index: int) -> Part | None:
    text = lines[index].text
    if _SUPPLEMENT.match(text):
        return Part(kind=PartKind.SCHEDULE, title="부칙", start=lines[index].start)
    if not text.strip() or not is_blank(lines, index - 1):
        return None
    amendment = _AMENDMENT.match(text)
    if amendment and index > 0:
        return Part(kind=PartKind.AMENDMENT, title=" ".join(amendment["title"].split()), start=lines[index].start)
    schedule = _SCHEDULE.match(text)
    if schedule is None or schedule["rest"].rstrip().endswith(("다.", "다")):
        return None
    title = " ".join(schedule["title"].split())
    title = re.sub(r"^(주|이) (문|유)$", r"\1\2", title)
    return Part(kind=PartKind.SCHEDULE, title=title, start=lines[index].start)


def _article(line: Line, numbering: _Numbering, *, part: int) -> Mark | None:
    match = _ARTICLE.match(line.text)
    if match is None or (match["title"] is None and _SENTENCE_HEAD.match(match["rest"])):
        return None
    number, branch = int(match["num"]), int(match["branch"] or 0)
    follows_branch = number == numbering.article and branch > numbering.branch
    # Any number may come first: a context can be a later part of a long document.
    follows_article = not numbering.article or numbering.article < number <= numbering.article + 1 + _MAX_GAP
    if not (follows_branch or follows_article):
        return None
    numbering.article, numbering.branch = number, branch
    label_start = line.start + line.text.index("제")
    return Mark(
        start=label_start,
        body_start=line.start + match.start("rest"),
        depth=1,
        noun="조",
        key=f"{number}의{branch}" if branch else str(number),
        title=(match["title"] or "").strip(),
        part=part,
    )


def _with_paragraphs(text: str, parts: Sequence[Part], articles: Sequence[Mark]) -> tuple[Mark, ...]:
    """Articles and their 항: ①, ②, … in order, each at the start of a line or right after the heading."""
    marks: list[Mark] = []
    for index, article in enumerate(articles):
        marks.append(article)
        part_end = parts[article.part + 1].start if article.part + 1 < len(parts) else len(text)
        end = min(articles[index + 1].start if index + 1 < len(articles) else part_end, part_end)
        expected = ord("①")
        for match in _CIRCLED.finditer(text, article.body_start, end):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            starts_line = not before.strip() or match.start() == article.body_start
            if ord(match.group()) != expected or not starts_line:
                continue
            number = expected - ord("①") + 1
            expected += 1
            marks.append(
                Mark(
                    start=match.start(),
                    body_start=match.end(),
                    depth=2,
                    noun="항",
                    key=f"{article.key}/{number}",
                    title="",
                    part=article.part,
                )
            )
    return tuple(marks)


def _labels(parts: Sequence[Part], marks: Sequence[Mark]) -> list[str]:
    elsewhere = {mark.key.partition("/")[0] for mark in marks if mark.part and mark.noun in ("조", "항")}
    has_supplement = any(part.title.startswith("부칙") for part in parts)
    labels = []
    for mark in marks:
        if mark.noun in (ITEM_NOUN, SUBITEM_NOUN):
            labels.append(f"{parts[mark.part].title} {item_label(mark)}")
            continue
        article, _, paragraph = mark.key.partition("/")
        number, _, branch = article.partition("의")
        label = f"제{number}조" + (f"의{branch}" if branch else "") + (f" 제{paragraph}항" if paragraph else "")
        part = parts[mark.part]
        if part.title:
            label = f"{part.title} {label}"
        elif article in elsewhere:
            label = f"{'본칙' if has_supplement else '본문'} {label}"
        labels.append(label)
    return labels
