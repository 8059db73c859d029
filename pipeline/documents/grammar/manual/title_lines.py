"""Recognises lines that may be titles by their form: a number, a letter, a sign, brackets, capitals, or being short.

Takes a line and its neighbours; returns a `Candidate` or None. The first character of a line rules out most
forms. Used by `heading_lines` and `manual.headings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

from pipeline.documents.grammar.note_words import note_word
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of, letters_of
from pipeline.languages.heading_rules import has_predicate

MAX_LINE_CHARS = 200
_MAX_BULLETED_COLUMNS = 50
"""The maximum display width of a bulleted heading whose text is indented directly below."""
# The numbers of headings: `3.1` and `A.2`, `3.`, `(3)` and `3)`, `Ⅲ.` and `III.`, `③`.
_DOTTED = re.compile(r"(?P<number>(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,4})\.?(?=[ \t]+\S)")
_NUMBERED = re.compile(r"(?P<number>\d{1,2})\.(?=[ \t]+\S)")
_BRACKET_NUMBERED = re.compile(r"\(?(?P<number>\d{1,2})\)(?=[ \t]+\S)")
_ROMAN = re.compile(r"(?P<number>[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]|[IVX]{1,5}(?=\.))[.\s](?=[ \t]*\S)")
_CIRCLED = re.compile(r"(?P<number>[①-⑳])(?=[ \t]*\S)")
_BULLETS = "■◆▣▶◈□◇◎●"
_BULLETED = re.compile(rf"[{_BULLETS}][ \t]*(?=\S)")
_BRACKETED = re.compile(r"(?:\[[^\[\]]{2,40}\]|【[^【】]{2,40}】|<[^<>/]{2,40}>|《[^《》]{2,40}》)$")
"""A title in brackets, such as `[설치]` or `<Safety>`."""
_TOC_LEADER = re.compile(r"\.{3,}|…|\s{3,}\d{1,4}$|(?:\s\.){3,}")
"""The dots or the gap before a page number in a table of contents."""
_INLINE = re.compile(r"\[([^\[\]]*)\]\([^()]*\)|\{#[^{}]*\}|<[^<>]{1,80}>|`|\*\*|¶")
_INLINE_SIGN = re.compile(r"[\[{<`*¶]")
_PROSE_ENDS = (".", "!", ":", ";", ",", "。", "…", "-", "·")
_LIST_MARK = re.compile(r"[-*+•·‣◦○☆][ \t]|\(?\d{1,3}[.)][ \t]|[①-⑳]|[>|]")
"""The start of a list item, a block quote or a table row."""
_NO_CAPTION = re.compile(r"[@=<>_|\\{}\t]|://|[:：][ \t]|[ ]{2,}\S")
"""Signs that show that a short line is not a title but, for example, a path, a link, a label or a table row."""
_MAX_WORDS_OVER_LIST = 6

MARKED, _CHAPTER, _ROMANS, _BULLET, _NUMBER, _DOTS, _PAREN, _LETTER, _CIRCLE, _CAPTION = range(0, 100, 10)
"""The ranks of the kinds of headings; a smaller number is a higher rank."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One or more lines that may be a heading."""

    line: int
    last_line: int
    rank: int
    """Rank of the heading; a smaller number is a higher rank."""
    family: str
    """Form of the candidate; `manual.headings` accepts or rejects a family as a whole. Empty for a marked heading."""
    number: str
    title: str


@dataclass(frozen=True)
class Neighbours:
    """The lines of a text, with look-ups around a line."""

    lines: Sequence[TextLine]

    @cached_property
    def following(self) -> list[int]:
        """For each line, the number of the next line that is not blank; the number of lines if there is none."""
        following = [len(self.lines)] * len(self.lines)
        seen = len(self.lines)
        for index in range(len(self.lines) - 1, -1, -1):
            following[index] = seen
            if self.lines[index].content:
                seen = index
        return following

    def is_before_blank(self, index: int) -> bool:
        """Return whether a blank line, or no line, follows a line."""
        return index + 1 >= len(self.lines) or not self.lines[index + 1].content

    def next_line(self, index: int) -> TextLine | None:
        """Return the next line that is not blank."""
        following = self.following[index]
        return self.lines[following] if following < len(self.lines) else None

    def candidate(self, index: int, rank: int, family: str, number: str, last_line: int | None = None) -> Candidate:
        """Return a candidate whose title consists of the lines from `index` to `last_line`, inclusive."""
        last = index if last_line is None else last_line
        title = " ".join(line.content for line in self.lines[index : last + 1])
        return Candidate(index, last, rank, family, number.strip(" .:"), plain_title(title))


_Read = Callable[[Neighbours, int, TextLine], Candidate | None]
"""A reader of titles. It takes the neighbours, the number of a line that follows a blank line or code, and the line."""


def heading_number(title: str) -> str:
    """Return the number at the start of a title, without a full stop: `3.6`, `Chapter 3` or `가`; empty if none."""
    for pattern in (_chapter(), _DOTTED, _NUMBERED, _BRACKET_NUMBERED, _ROMAN, _CIRCLED, _lettered()):
        if match := pattern.match(title):
            return (match.groupdict().get("number") or match.group()).strip(" .:")
    return ""


def read_title(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    """Return the title that a line forms, or None."""
    for read in _readers_of(line.content[0]):
        if (found := read(near, index, line)) is not None:
            return found
    return None


@lru_cache(maxsize=4096)
def _readers_of(first: str) -> tuple[_Read, ...]:
    """Return the readers for lines with this first character, in the order in which they are tried."""
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


def num_wide(text: str) -> int:
    """Return the number of characters above U+1100. Most of them, such as Korean syllables, are two columns wide."""
    return sum(1 for char in text if char > "\u1100")


def plain_title(title: str) -> str:
    """Return a title without inline markup, anchors or tags."""
    if _INLINE_SIGN.search(title) is None:
        return " ".join(title[: 2 * MAX_LINE_CHARS].split())
    return " ".join(_INLINE.sub(lambda match: match.group(1) or "", title[: 2 * MAX_LINE_CHARS]).split())


def ends_like_prose(text: str) -> bool:
    """Return whether a line ends as prose does. A question mark does not count, because a heading may be a question."""
    return text.rstrip("\"'”’」』)]*` ").endswith(_PROSE_ENDS)


def _chapter_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    match = _chapter().match(line.content)
    rest = line.content[match.end() :] if match else ""
    if match is None or not (rest.strip() == "" or _is_title(rest)):
        return None
    return near.candidate(index, _CHAPTER, "chapter", match.group())


def _dotted_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    match = _DOTTED.match(line.content)
    if match is None:
        return None
    last = index
    rest = line.content[match.end() :]
    if not near.is_before_blank(index):
        # A long title may continue on the next line if that line is indented and a blank line follows.
        below = near.lines[index + 1]
        ends = index + 2 >= len(near.lines) or not near.lines[index + 2].content
        if not (ends and below.indent > line.indent and len(line.content) >= 50):
            return None
        last, rest = index + 1, f"{rest} {below.content}"
    if not _is_title(rest):
        return None
    return near.candidate(index, _DOTS + match["number"].count("."), "dotted", match["number"], last)


def _counted_line(pattern: re.Pattern[str], rank: int, family: str) -> _Read:
    """Return a reader of titles that begin with a number of the given form."""

    def read(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
        match = pattern.match(line.content)
        if match is None or line.indent > 3:
            return None
        if not _is_title(line.content[match.end() :]) or not _leads(near, index, line):
            return None
        return near.candidate(index, rank, family, match["number"])

    return read


def _leads(near: Neighbours, index: int, line: TextLine) -> bool:
    """Return whether text follows a line as it follows a heading.

    It does if it is code, comes after a blank line, or is a long line of prose below a short line.
    """
    below = near.next_line(index)
    if below is None or below.is_code:
        return below is not None
    if near.is_before_blank(index):
        return True
    return len(line.content) <= 60 and len(below.content) > 40 and _LIST_MARK.match(below.content) is None


def _bulleted_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    match = _BULLETED.match(line.content)
    if match is None or not _is_title(line.content[match.end() :]):
        return None
    below = near.next_line(index)
    if below is None or (below.content[0] == line.content[0] and not near.is_before_blank(index)):
        return None
    width = len(line.content) + num_wide(line.content)
    if not near.is_before_blank(index) and below.indent > line.indent and width > _MAX_BULLETED_COLUMNS:
        return None  # This is an item that continues on the next line.
    candidate = near.candidate(index, _BULLET, f"bullet{line.content[0]}", "")
    return replace(candidate, title=plain_title(line.content[match.end() :]))


def _bracketed_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    content = line.content
    if _BRACKETED.match(content) is None or near.next_line(index) is None:
        return None
    inner = content[1:-1].strip()
    if note_word().fullmatch(inner) or not _is_title(inner) or "/" in inner or "=" in inner:
        return None
    return replace(near.candidate(index, _CAPTION, "bracketed", ""), title=inner)


def _capitals_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    content = line.content
    if not content.isupper() or not near.is_before_blank(index) or len(content) > 90:
        return None
    letters = [char for char in content if char.isalpha()]
    if len(letters) < 4 or not all(char.isupper() for char in letters):
        return None
    if ends_like_prose(content) or ":" in content:
        return None
    below = near.next_line(index)
    if below is not None and below.indent > line.indent and any(map(str.isdigit, content)):
        return None  # This is a term above its meaning.
    if re.search(r"[=×+<>_/\\{}]", content) or note_word().fullmatch(content) or line.indent > 3:
        return None
    return near.candidate(index, _CHAPTER, "capitals", "")


def _caption_line(near: Neighbours, index: int, line: TextLine) -> Candidate | None:
    """Read a short line above the text that it introduces."""
    if line.indent > 3 or len(line.content) > 60 or line.content[-1] in _PROSE_ENDS:
        return None
    below = near.next_line(index)
    if below is None or below.indent > line.indent + 1:
        return None
    if not _is_title(line.content) or len(line.content.split()) > 9 or not any(map(str.isalpha, line.content)):
        return None
    if _LIST_MARK.match(line.content) or _NO_CAPTION.search(line.content) or note_word().fullmatch(line.content):
        return None
    if not near.is_before_blank(index):
        # The first line of a wrapped paragraph is about as long as the next line. A list may directly follow its title.
        is_list = _LIST_MARK.match(below.content) is not None and len(line.content.split()) <= _MAX_WORDS_OVER_LIST
        is_shorter = len(below.content) >= max(40, len(line.content) + 12)
        begins_sentence = below.content[0].isupper() or not below.content[0].isascii()
        if not is_list and not (is_shorter and begins_sentence and not _LIST_MARK.match(below.content)):
            return None
    return near.candidate(index, _CAPTION, "caption", "")


def _is_title(rest: str) -> bool:
    title = rest.strip(" \t.:—–-")
    if not title or len(title) > 90 or ends_like_prose(rest):
        return False
    if not (title[0].isupper() or title[0].isdigit() or not title[0].isascii() or title[0] in "\"'(`*/.$"):
        return False
    return len(title.split()) <= 14 and not _leads_to_page(rest) and not has_predicate(title.rstrip("?"))


def _leads_to_page(rest: str) -> bool:
    """Return whether a line is an entry of a table of contents, with dots or a gap before a page number."""
    return (rest[-1].isdecimal() or "." in rest or "…" in rest) and _TOC_LEADER.search(rest) is not None


@cache
def _chapter() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.chapter_number))


@cache
def _lettered() -> re.Pattern[str]:
    letters = letters_of(lambda rules: rules.headings.letters)
    return re.compile(rf"(?P<number>[{letters}])[.)](?=[ \t]+\S)")
