"""Lines of a manual that may be headings: the candidates from which `headings` chooses.

In: the lines of a text. Out: `Candidate`s in order: marked, underlined, numbered, lettered and bulleted titles, lines
in capitals or brackets, and short lines above text. Neighbouring lines count too. Used by `headings`. Cost: linear; the
first character of a line rules out most readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

from pipeline.documents.grammar.headings.reading import ATX, FRONT_MATTER, UNDERLINE, UNDERLINE_SIGNS
from pipeline.documents.grammar.note_words import note_word
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of, letters_of
from pipeline.languages.heading_rules import has_predicate

_MAX_OPEN = 50
"""Most display columns of a bulleted heading whose text is indented directly below it."""
_MAX_LINE_CHARS = 200
_ASCIIDOC = re.compile(r"(?P<marks>={1,6}) (?P<title>\S.*)$")
_ORG = re.compile(r"(?P<marks>\*{1,6}) (?P<title>\S.*)$")
_DOTTED = re.compile(r"(?P<number>(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,4})\.?(?=[ \t]+\S)")
_NUMBERED = re.compile(r"(?P<number>\d{1,2})\.(?=[ \t]+\S)")
_BRACKET_NUMBERED = re.compile(r"\(?(?P<number>\d{1,2})\)(?=[ \t]+\S)")
_ROMAN = re.compile(r"(?P<number>[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]|[IVX]{1,5}(?=\.))[.\s](?=[ \t]*\S)")
_CIRCLED = re.compile(r"(?P<number>[①-⑳])(?=[ \t]*\S)")
_BULLETS = "■◆▣▶◈□◇◎●"
_BULLETED = re.compile(rf"[{_BULLETS}][ \t]*(?=\S)")
_BRACKETED = re.compile(r"(?:\[[^\[\]]{2,40}\]|【[^【】]{2,40}】|<[^<>/]{2,40}>|《[^《》]{2,40}》)$")
_BLOCK = re.compile(r"\[\w+\]$")
_MAN_TITLE = re.compile(r"\S+\(\d\w{0,3}\)[ \t]{2,}.*\S+\(\d\w{0,3}\)$")
_TOC_LEADER = re.compile(r"\.{3,}|…|\s{3,}\d{1,4}$|(?:\s\.){3,}")
_INLINE = re.compile(r"\[([^\[\]]*)\]\([^()]*\)|\{#[^{}]*\}|<[^<>]{1,80}>|`|\*\*|¶")
_INLINE_SIGN = re.compile(r"[\[{<`*¶]")
_OPEN_ENDS = (".", "!", ":", ";", ",", "。", "…", "-", "·")
_LIST_MARK = re.compile(r"[-*+•·‣◦○☆][ \t]|\(?\d{1,3}[.)][ \t]|[①-⑳]|[>|]")
_NO_CAPTION = re.compile(r"[@=<>_|\\{}\t]|://|[:：][ \t]|[ ]{2,}\S")
_MAX_WORDS_OVER_LIST = 6

_MARKED, _CHAPTER, _ROMANS, _BULLET, _NUMBER, _DOTS, _PAREN, _LETTER, _CIRCLE, _CAPTION = range(0, 100, 10)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One or more lines that may be a heading."""

    line: int
    last_line: int
    rank: int
    """Rank of the heading; smaller is higher."""
    family: str
    """Group of candidates that `headings` accepts or rejects as a whole; empty for certain headings."""
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a text, with lookups around a line."""

    lines: Sequence[TextLine]
    following: Sequence[int]
    """For each line, the number of the next line that is not blank; the number of lines if there is none."""

    def is_before_blank(self, index: int) -> bool:
        return index + 1 >= len(self.lines) or not self.lines[index + 1].content

    def next_line(self, index: int) -> TextLine | None:
        following = self.following[index]
        return self.lines[following] if following < len(self.lines) else None

    def candidate(self, index: int, rank: int, family: str, number: str, last_line: int | None = None) -> Candidate:
        last = index if last_line is None else last_line
        title = " ".join(line.content for line in self.lines[index : last + 1])
        return Candidate(index, last, rank, family, number.strip(" .:"), _plain(title))


_Read = Callable[[_Page, int, TextLine], Candidate | None]
"""A reader of titles. It takes the page, the number of a line below a blank one, and the line."""


def heading_candidates(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> Iterator[Candidate]:
    """Yield the candidates in order, without overlap.

    Args:
        text: Text of the document.
        lines: Lines of the text.
        furniture: Numbers of the lines that are not part of the text.
    """
    skip_until = front.end() if (front := FRONT_MATTER.match(text)) else 0
    may_be_org = "#+" in text or "** " in text
    is_org = may_be_org and any(line.content.startswith(("#+", "** ")) for line in lines)
    is_man = _is_man_page(lines)
    ranks: dict[str, int] = {}
    page = _Page(lines, _following(lines))
    taken = -1
    for index, line in enumerate(lines):
        if index <= taken or not line.is_prose or line.start < skip_until or index in furniture:
            continue
        found = _marked(line, index, is_org=is_org) if line.text[0] in "#=*" else None
        if found is None and (index == 0 or not lines[index - 1].is_prose):
            found = _underlined(lines, index, ranks)
            if found is None and not is_man and len(line.content) <= _MAX_LINE_CHARS:
                found = _read_title(page, index, line)
        if found is None and is_man:
            found = _man_heading(lines, index)
        if found is not None:
            yield found
            taken = found.last_line


def heading_number(title: str) -> str:
    """Return the number at the start of a title, without full stop: `3.6`, `Chapter 3`, `가`; empty if it has none."""
    for pattern in (_chapter(), _DOTTED, _NUMBERED, _BRACKET_NUMBERED, _ROMAN, _CIRCLED, _lettered()):
        if match := pattern.match(title):
            return (match.groupdict().get("number") or match.group()).strip(" .:")
    return ""


def _following(lines: Sequence[TextLine]) -> list[int]:
    """Return, for each line, the number of the next line that is not blank; the number of lines if there is none."""
    following = [len(lines)] * len(lines)
    seen = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        following[index] = seen
        if lines[index].content:
            seen = index
    return following


def _marked(line: TextLine, index: int, *, is_org: bool) -> Candidate | None:
    match = ATX.match(line.text) or _ASCIIDOC.match(line.text) or (_ORG.match(line.text) if is_org else None)
    if match is None or not any(char.isalnum() for char in match["title"]):
        return None
    if len(line.content) > 2 * _MAX_LINE_CHARS:
        return None
    title = _plain(match["title"])
    return Candidate(index, index, _MARKED + len(match["marks"]), "", heading_number(title), title)


def _underlined(lines: Sequence[TextLine], index: int, ranks: dict[str, int]) -> Candidate | None:
    """Read a title above a line of one repeated character, or between two of them. Ranks follow first appearance."""
    over = _underline(lines[index].content)
    title_at = index + 1 if over else index
    if title_at + 1 >= len(lines):
        return None
    title, below = lines[title_at], lines[title_at + 1]
    match = _underline(below.content)
    if match is None:
        return None
    content = title.content
    if title.is_code or below.is_code or not any(char.isalnum() for char in content):
        return None
    if len(content) > 100 or content[0] in "|+" or _BLOCK.match(content) or (not over and title.indent > 0):
        return None
    if over and over.group(1) != match.group(1):
        return None
    width = len(content) + sum(1 for char in content if char > "\u1100")
    if not over and (not 0.4 * len(content) <= len(below.content) <= 2 * width + 12 or _ends_open(content)):
        return None
    key = ("+" if over else "") + match.group(1)
    rank = ranks.setdefault(key, len(ranks) + 1)
    plain = _plain(content)
    return Candidate(index, title_at + 1, _MARKED + min(rank, 6), "", heading_number(plain), plain)


def _underline(content: str) -> re.Match[str] | None:
    return UNDERLINE.match(content) if content[:1] in UNDERLINE_SIGNS and len(content) <= _MAX_LINE_CHARS else None


def _is_man_page(lines: Sequence[TextLine]) -> bool:
    """Return whether the text is a manual page as a terminal shows it: `NAME` at the margin, its text indented."""
    texts = [line for line in lines[:60] if line.content]
    if texts and _MAN_TITLE.match(texts[0].content[:_MAX_LINE_CHARS]):
        return True
    return any(line.content == "NAME" and line.indent == 0 and below.indent >= 3 for line, below in pairwise(texts))


def _man_heading(lines: Sequence[TextLine], index: int) -> Candidate | None:
    line = lines[index]
    below = next((later for later in lines[index + 1 : index + 4] if later.content), None)
    if below is None or line.indent > 3 or below.indent <= line.indent or len(line.content) > 70:
        return None
    if _MAN_TITLE.match(line.content) or (line.indent and (index == 0 or lines[index - 1].content)):
        return None
    if line.indent and (line.content[0] in "-•*" or line.content.endswith((".", ",", ";", ":"))):
        return None
    return Candidate(index, index, _MARKED + 1 + (line.indent > 0), "", "", _plain(line.content))


def _chapter_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    match = _chapter().match(line.content)
    rest = line.content[match.end() :] if match else ""
    if match is None or not (rest.strip() == "" or _is_title(rest)):
        return None
    return page.candidate(index, _CHAPTER, "chapter", match.group())


def _dotted_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    match = _DOTTED.match(line.content)
    if match is None:
        return None
    last = index
    rest = line.content[match.end() :]
    if not page.is_before_blank(index):
        # A long title may continue on the next line if a blank line follows.
        below = page.lines[index + 1]
        ends = index + 2 >= len(page.lines) or not page.lines[index + 2].content
        if not (ends and below.indent > line.indent and len(line.content) >= 50):
            return None
        last, rest = index + 1, f"{rest} {below.content}"
    if not _is_title(rest):
        return None
    return page.candidate(index, _DOTS + match["number"].count("."), "dotted", match["number"], last)


def _counted_line(pattern: re.Pattern[str], rank: int, family: str) -> _Read:
    def read(page: _Page, index: int, line: TextLine) -> Candidate | None:
        match = pattern.match(line.content)
        if match is None or line.indent > 3:
            return None
        if not _is_title(line.content[match.end() :]) or not _leads(page, index, line):
            return None
        return page.candidate(index, rank, family, match["number"])

    return read


def _leads(page: _Page, index: int, line: TextLine) -> bool:
    """Return whether separate text begins below a line: after a blank line, or at once as long prose."""
    below = page.next_line(index)
    if below is None or below.is_code:
        return below is not None
    if page.is_before_blank(index):
        return True
    return len(line.content) <= 60 and len(below.content) > 40 and _LIST_MARK.match(below.content) is None


def _bulleted_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    match = _BULLETED.match(line.content)
    if match is None or not _is_title(line.content[match.end() :]):
        return None
    below = page.next_line(index)
    if below is None or (below.content[0] == line.content[0] and not page.is_before_blank(index)):
        return None
    wide = sum(1 for char in line.content if char > "\u1100")
    if not page.is_before_blank(index) and below.indent > line.indent and len(line.content) + wide > _MAX_OPEN:
        return None  # An item that continues on the next line.
    candidate = page.candidate(index, _BULLET, f"bullet{line.content[0]}", "")
    return replace(candidate, title=_plain(line.content[match.end() :]))


def _bracketed_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    content = line.content
    if _BRACKETED.match(content) is None or page.next_line(index) is None:
        return None
    inner = content[1:-1].strip()
    if note_word().fullmatch(inner) or not _is_title(inner) or "/" in inner or "=" in inner:
        return None
    return replace(page.candidate(index, _CAPTION, "bracketed", ""), title=inner)


def _capitals_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    content = line.content
    if not content.isupper() or not page.is_before_blank(index) or len(content) > 90:
        return None
    letters = [char for char in content if char.isalpha()]
    if len(letters) < 4 or not all(char.isupper() for char in letters):
        return None
    if _ends_open(content) or ":" in content:
        return None
    below = page.next_line(index)
    if below is not None and below.indent > line.indent and any(map(str.isdigit, content)):
        return None  # A term above its meaning.
    if re.search(r"[=×+<>_/\\{}]", content) or note_word().fullmatch(content) or line.indent > 3:
        return None
    return page.candidate(index, _CHAPTER, "capitals", "")


def _caption_line(page: _Page, index: int, line: TextLine) -> Candidate | None:
    """Read a short line above its text."""
    if line.indent > 3 or len(line.content) > 60 or line.content[-1] in _OPEN_ENDS:
        return None
    below = page.next_line(index)
    if below is None or below.indent > line.indent + 1:
        return None
    if not _is_title(line.content) or len(line.content.split()) > 9 or not any(map(str.isalpha, line.content)):
        return None
    if _LIST_MARK.match(line.content) or _NO_CAPTION.search(line.content) or note_word().fullmatch(line.content):
        return None
    if not page.is_before_blank(index):
        # The first line of a wrapped paragraph is as long as the others. A list needs no blank line above it.
        is_list = _LIST_MARK.match(below.content) is not None and len(line.content.split()) <= _MAX_WORDS_OVER_LIST
        is_short = len(below.content) >= max(40, len(line.content) + 12)
        starts = below.content[0].isupper() or not below.content[0].isascii()
        if not is_list and not (is_short and starts and not _LIST_MARK.match(below.content)):
            return None
    return page.candidate(index, _CAPTION, "caption", "")


def _read_title(page: _Page, index: int, line: TextLine) -> Candidate | None:
    for read in _readers_of(line.content[0]):
        if (found := read(page, index, line)) is not None:
            return found
    return None


@lru_cache(maxsize=4096)
def _readers_of(first: str) -> tuple[_Read, ...]:
    """Return the readers for lines with this first character, in order. The first one that finds a title wins."""
    may_be_title = first.isupper() or first.isdigit() or not first.isascii()
    readers = (
        (True, _chapter_line),
        (first.isdecimal() or "A" <= first <= "Z", _dotted_line),
        (first in "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩIVX", _counted_line(_ROMAN, _ROMANS, "roman")),
        (first.isdecimal(), _counted_line(_NUMBERED, _NUMBER, "numbered")),
        (first.isdecimal() or first == "(", _counted_line(_BRACKET_NUMBERED, _PAREN, "parenthesis")),
        (_lettered().match(f"{first}. -") is not None, _counted_line(_lettered(), _LETTER, "lettered")),
        ("①" <= first <= "⑳", _counted_line(_CIRCLED, _CIRCLE, "circled")),
        (first in _BULLETS, _bulleted_line),
        (first in "[【<《", _bracketed_line),
        (first.isupper() or not (first.isalpha() or first in "[(-*|<"), _capitals_line),
        (may_be_title, _caption_line),
    )
    return tuple(read for may_read, read in readers if may_read)


def _is_title(rest: str) -> bool:
    title = rest.strip(" \t.:—–-")
    if not title or len(title) > 90 or _ends_open(rest):
        return False
    if not (title[0].isupper() or title[0].isdigit() or not title[0].isascii() or title[0] in "\"'(`*/.$"):
        return False
    return len(title.split()) <= 14 and not _leads_to_page(rest) and not has_predicate(title.rstrip("?"))


def _leads_to_page(rest: str) -> bool:
    """Return whether a line is an entry of a list of contents: dots or a gap before a page number."""
    return (rest[-1].isdecimal() or "." in rest or "…" in rest) and _TOC_LEADER.search(rest) is not None


def _ends_open(text: str) -> bool:
    """Return whether a line ends as prose does. A question mark does not count, since a heading may be a question."""
    return text.rstrip("\"'”’」』)]*` ").endswith(_OPEN_ENDS)


def _plain(title: str) -> str:
    """Return a title without inline marks, anchors and tags."""
    if _INLINE_SIGN.search(title) is None:
        return " ".join(title[: 2 * _MAX_LINE_CHARS].split())
    return " ".join(_INLINE.sub(lambda match: match.group(1) or "", title[: 2 * _MAX_LINE_CHARS]).split())


@cache
def _chapter() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.chapter_number))


@cache
def _lettered() -> re.Pattern[str]:
    letters = letters_of(lambda rules: rules.headings.letters)
    return re.compile(rf"(?P<number>[{letters}])[.)](?=[ \t]+\S)")
