"""Headings in English: articles, sections, schedules, amendments, chapters, agenda items and scenes."""

from __future__ import annotations

import re

from pipeline.languages.heading_rules import (
    Heading,
    HeadingRules,
    LineContext,
    Rank,
    captioned,
    clip,
    ends_sentence,
    is_prose,
)

_COUNT = r"(?:\d{1,3}|[IVXLC]{1,6}|[A-Z](?:-?\d{1,2})?|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)"
_SCHEDULE = re.compile(
    rf"(?:SCHEDULE|EXHIBIT|APPENDIX|ANNEX|ANNEXURE|ATTACHMENT|Schedule|Exhibit|Appendix|Annex) {_COUNT}\b(?P<rest>.*)$"
)
"""Matches the heading of an annexed part: `SCHEDULE A`."""
_AMENDMENT = re.compile(
    r"(?:(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|[A-Z]+TH)\s+AMENDMENT\b[^a-z]{0,80}"
    r"|AMENDMENT (?:AND RESTATEMENT )?(?:NO\.? ?)?\d{1,2}\b[^a-z]{0,80}|(?:First|Second|Third|Fourth|Fifth) Amendment"
    r"(?: (?:to|of) [^.]{3,60})?|SIDE LETTER\b[^a-z]{0,60}|ADDENDUM\b[^a-z]{0,60})"
)
"""Matches the heading of an amendment: `FIRST AMENDMENT TO LEASE`, `AMENDMENT NO. 2`."""
_ARTICLE = re.compile(
    r"(?P<word>ARTICLE|Article|PART|Part|SUBPART|Subpart|CHAPTER|Chapter|TITLE|DIVISION) "
    rf"(?P<number>{_COUNT})(?=[\s.:—–-]|$)"
)
"""Matches the number of an article, part or chapter: `ARTICLE IV`."""
_SECTION = re.compile(
    r"(?:(?P<sign>§)\s?|(?:SECTION|Section|CLAUSE|Clause) )(?P<number>\d{1,4}(?:[.-]\d{1,4}){0,3}[a-z]?)"
    r"(?=\s|[:—–]|[.-](?!\d)|$)"
)
"""Matches the number of a section or clause: `Section 4.1`, `§ 1002.3`."""


def _part(context: LineContext) -> Heading | None:
    line = context.line
    if match := _SCHEDULE.match(line):
        return None if is_prose(match["rest"]) else Heading(Rank.PART, clip(line), "part", -1)
    if _AMENDMENT.fullmatch(line) and not ends_sentence(line):
        return Heading(Rank.PART, clip(line), "part", -1)
    return None


def _article(context: LineContext) -> Heading | None:
    match = _ARTICLE.match(context.line)
    if match is None:
        return None
    rank = Rank.BOOK if match["word"].lower() in ("part", "chapter", "title") else Rank.CHAPTER
    title = captioned(context.line, match.end("number"), caption_words=12)
    return Heading(rank, title, match["word"].lower(), -1) if title else None


def _section(context: LineContext) -> Heading | None:
    match = _SECTION.match(context.line)
    if match is None:
        return None
    depth = 0 if match["sign"] else match["number"].count(".")
    title = captioned(context.line, match.end("number"), caption_words=14)
    return Heading(Rank.CLAUSE + 2 * min(depth, 2), title, "section", -1) if title else None


HEADINGS = HeadingRules(
    in_legal=(_part, _article, _section),
    chapter=r"(?:Chapter|CHAPTER|Appendix|APPENDIX|Part|PART) (?:\d{1,3}|[A-Z]|[IVX]{1,5})\b",
    agenda=(
        r"(?:AGENDA )?ITEM \d{1,2}\b|Agenda item \d{1,2}\b|Item \d{1,2}[.:]|SCENE\b|Scene \d"
        r"|ACT [IVX\d]+\b|Act [IVX\d]+\b"
    ),
    scene_line=r"(?:INT|EXT|INT\./EXT)\.? [A-Z][^a-z]{2,}$",
    title_start="A-Z",
)
