"""Decides whether a line is a heading in the style of a domain.

Takes a line with the lines around it; returns a `Heading` or None. Used by `headings.reading`. The languages contribute
the readers of headings that consist of words; every document is checked against all languages.

A heading has a rank, a number that is smaller for higher kinds of headings; `reading` turns ranks into levels. A
heading's family is its form, such as `numbered` or `lettered`. In doubt, a line is not a heading: numbered steps, list
items and sentences are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from pipeline.domains.rules import HeadingStyle
from pipeline.languages import all_rules, any_of, letters_of
from pipeline.languages.heading_rules import (
    MAX_CAPTION_WORDS,
    Heading,
    HeadingReader,
    LineContext,
    Rank,
    captioned,
    clip,
    ends_sentence,
    has_predicate,
    is_prose,
)


def read_heading(context: LineContext, style: HeadingStyle) -> Heading | None:
    """Return the heading that a line forms, or None."""
    line = context.line
    if not line or len(line) > 2000 or line[0] in "|>`<":
        return None
    for reader in _readers_of(style, line[0]):
        if (heading := reader(context)) is not None:
            return heading
    return None


def _dated_entry(context: LineContext) -> Heading | None:
    """Read `[1998-07-10] 양도소득세부과처분취소`, an entry in a digest of judgments."""
    if context.after_blank and context.before_blank and _DATED.match(context.line):
        return Heading(Rank.CLAUSE, clip(context.line), "dated", -1)
    return None


def _dotted_clause(context: LineContext) -> Heading | None:
    """Read `4.1 Base Rent. Tenant shall pay …` or `4.1 Landlord acquired …`, which is a clause in any legal text."""
    match = _DOTTED.match(context.line)
    if match is None or not context.after_blank:
        return None
    depth = match["number"].count(".")
    title = captioned(context.line, match.end("number"), caption_words=MAX_CAPTION_WORDS) or match["number"]
    return Heading(Rank.NUMBERED_2 + min(depth - 1, 3), title, f"dotted{depth}", int(match["last"]))


def _dotted_title(context: LineContext) -> Heading | None:
    """Read `4.1 Site and clearances`, a title that fills its line."""
    match = _DOTTED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(context.line[match.end("number") :]):
        return None
    depth = match["number"].count(".")
    return Heading(Rank.NUMBERED_2 + min(depth - 1, 3), clip(context.line), f"dotted{depth}", int(match["last"]))


def _numbered_title(context: LineContext) -> Heading | None:
    """Read `1. Definitions`, a title that fills its line. `reading` later drops the titles that are list items."""
    match = _NUMBERED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(match["rest"]):
        return None
    if not context.before_blank and not _starts_paragraph(context, _NUMBERED):
        return None
    return Heading(Rank.CLAUSE, clip(context.line), "numbered", int(match["number"]))


def _numbered_chapter(context: LineContext) -> Heading | None:
    """Read a numbered title of a manual: between blank lines and without a comma, because manuals are full of steps."""
    return _numbered_title(context) if context.before_blank and "," not in context.line else None


def _numbered_caption(context: LineContext) -> Heading | None:
    """Read `6. Minimum Volume. The Minimum Volume is reduced …`, a clause that begins with its caption."""
    match = _NUMBERED.match(context.line)
    if match is None or not context.after_blank:
        return None
    title = captioned(context.line, match.end("number") + 1, caption_words=4)
    return Heading(Rank.CLAUSE, title, "captioned", int(match["number"])) if title else None


def _lettered_title(context: LineContext) -> Heading | None:
    """Read `가. 원고의 주장`."""
    match = _LETTERED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(match["rest"]):
        return None
    if not context.before_blank and not _starts_paragraph(context, _LETTERED):
        return None
    return Heading(Rank.LETTERED, clip(context.line), "lettered", _LETTERS.index(match["letter"]))


def _capitals(context: LineContext) -> Heading | None:
    """Read a line in capitals between blank lines."""
    line = context.line
    if not line.isupper() or not (context.after_blank and context.before_blank) or len(line) > 90 or ":" in line:
        return None
    letters = [char for char in line if char.isalpha()]
    if len(letters) < 4:
        return None
    if not all(char.isupper() for char in letters) or ends_sentence(line) or line[0] in "[(-*":
        return None
    if not re.search(r"[^\W\d_]{4}", line) or re.search(r"[=×+<>_/\\{}]", line):
        return None
    return Heading(Rank.CHAPTER, clip(line), "caps", -1)


def _capitalised_caption(context: LineContext) -> Heading | None:
    """Read `Introduction`, a short capitalised line between blank lines, above a long or numbered paragraph."""
    line = context.line
    if not (context.after_blank and context.before_blank) or not 4 <= len(line) <= 70 or len(line.split()) > 9:
        return None
    before_numbered = re.match(r"\[\d{1,3}\] ", context.next_text) is not None
    odd = re.search(r"[@\[\]=<>_/|]" if before_numbered else r"[\d:;,@\[\]=<>_/|]", line)
    plain = line[0].isupper() and odd is None and not ends_sentence(line.rstrip("?" if before_numbered else ""))
    follows = len(context.next_text) >= 120 or before_numbered
    names = sum(1 for word in line.split() if word[:1].isupper())
    if not plain or not follows or (names == len(line.split()) and 2 <= names <= 4 and "." in line):
        return None
    return Heading(Rank.CAPTION, clip(line), "caption", -1)


def _chapter(context: LineContext) -> Heading | None:
    """Read `Chapter 3. Installing`, `Appendix A. …`, `제3장 설치` or `부록 A`."""
    match = _CHAPTER.match(context.line)
    if match is None or is_prose(context.line) or len(context.line) > 90 or not context.after_blank:
        return None
    return Heading(Rank.BOOK, clip(context.line), "chapter", -1)


def _agenda_item(context: LineContext) -> Heading | None:
    """Read `ITEM 3. RADIO RETEST`, `안건 2. …`, `제2호 안건`, `SCENE 4`, `장면 3` or `INT. KITCHEN - NIGHT`."""
    line = context.line.lstrip(_BULLETS)
    if len(line) > 100 or not context.after_blank or not (_AGENDA.match(line) or _SLUG_LINE.match(line)):
        return None
    return None if is_prose(line) else Heading(Rank.CHAPTER, clip(line), "agenda", -1)


def _bulleted_title(context: LineContext) -> Heading | None:
    """Read `■ 결정 사항`; Korean office documents put such filled signs before headings."""
    title = context.line.lstrip(_BULLETS)
    alone = context.after_blank and (context.before_blank or _starts_paragraph(context, _BULLETED))
    if title == context.line or not alone or not _is_short_title(title):
        return None
    return Heading(Rank.CHAPTER, clip(title), "bulleted", -1)


def _starts_paragraph(context: LineContext, item: re.Pattern[str]) -> bool:
    """Return whether a short line is above a long line that begins a paragraph and is not an item of the same list."""
    following = context.next_text
    begins = following[:1].isupper() or bool(_TITLE_START.match(following)) or following[:1] in '("“‘①1'
    return len(context.line) <= 60 and len(following) > 40 and begins and item.match(following) is None


_DATED = re.compile(r"\[\d{4}-\d{2}-\d{2}\] \S")
_STARTS = letters_of(lambda rules: rules.headings.title_start)
_TITLE_START = re.compile(f"[{_STARTS}]")
_DOTTED = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}\.(?P<last>\d{{1,3}}))\.?(?=\s+[\"“‘'「(]?[{_STARTS}])"
)
_NUMBERED = re.compile(rf"(?P<number>\d{{1,2}})[.)]\s+(?P<rest>[\"“「]?[{_STARTS}].*)$")
_BULLETS = "■◆▣▶◈ "
"""Signs before headings in Korean office documents, and the space after them."""
_BULLETED = re.compile(f"[{_BULLETS}]")
_LETTERS = letters_of(lambda rules: rules.headings.letters)
_LETTERED = re.compile(rf"(?P<letter>[{_LETTERS}])[.)]\s+(?P<rest>[{_STARTS}\"“「(].*)$")
_CHAPTER = re.compile(any_of(lambda rules: rules.headings.chapter))
_AGENDA = re.compile(any_of(lambda rules: rules.headings.agenda))
_SLUG_LINE = re.compile(any_of(lambda rules: rules.headings.scene_line))


def _is_short_title(rest: str) -> bool:
    title = rest.strip(" .:—–-")
    words = title.split()
    if not title or len(title) > 80 or len(words) > 12 or _TOC_LEADER.search(rest):
        return False
    return not ends_sentence(rest) and not has_predicate(title)


_TOC_LEADER = re.compile(r"\.{3,}|\s{3,}\d{1,4}$|…")
"""The dots or the gap before a page number in a table of contents."""
_FirstTest = Callable[[str], bool]
"""A test of the first character of a line."""


def _always(first: str) -> bool:
    return True


def _may_be_capitals(first: str) -> bool:
    return first.isupper() or not (first.isalpha() or first in "[(-*")


_BULLET = (_BULLETS.__contains__, _bulleted_title)
_NUMBER = (str.isdecimal, _numbered_title)
_CAPITALS = (_may_be_capitals, _capitals)
_LEGAL: tuple[tuple[_FirstTest, HeadingReader], ...] = (
    _BULLET,
    *((_always, reader) for _, rules in all_rules() for reader in rules.headings.in_legal),
    (str.isdecimal, _dotted_clause),
    _NUMBER,
    (str.isdecimal, _numbered_caption),
    (_LETTERS.__contains__, _lettered_title),
    ("[".__eq__, _dated_entry),
    _CAPITALS,
    (str.isupper, _capitalised_caption),
)
_MANUAL: tuple[tuple[_FirstTest, HeadingReader], ...] = (
    _BULLET,
    (_always, _chapter),
    (str.isdecimal, _dotted_title),
    (str.isdecimal, _numbered_chapter),
    _CAPITALS,
)
_DIALOGUE: tuple[tuple[_FirstTest, HeadingReader], ...] = (
    (_always, _agenda_item),
    _BULLET,
    *((_always, reader) for _, rules in all_rules() for reader in rules.headings.in_dialogue),
    _NUMBER,
    _CAPITALS,
)
_READERS = {HeadingStyle.LEGAL: _LEGAL, HeadingStyle.MANUAL: _MANUAL, HeadingStyle.DIALOGUE: _DIALOGUE}
"""The readers of each style, in order, each with a test that the first character of a line must pass."""


@lru_cache(maxsize=8192)
def _readers_of(style: HeadingStyle, first: str) -> tuple[HeadingReader, ...]:
    return tuple(reader for may_read, reader in _READERS.get(style, ()) if may_read(first))
