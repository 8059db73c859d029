"""Finds the lines of a manual that may be headings: the candidates from which `manual.headings` chooses.

Takes the lines of a text; yields `Candidate`s in order. This module reads headings that a format marks: marked and
underlined titles, and the headings of manual pages. `title_lines` reads all other titles. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.documents.grammar.headings.reading import ATX, FRONT_MATTER, UNDERLINE, UNDERLINE_SIGNS
from pipeline.documents.grammar.manual.title_lines import (
    MARKED,
    MAX_LINE_CHARS,
    Candidate,
    Neighbours,
    ends_like_prose,
    heading_number,
    num_wide,
    plain_title,
    read_title,
)
from pipeline.documents.grammar.text_lines import TextLine

_ASCIIDOC = re.compile(r"(?P<marks>={1,6}) (?P<title>\S.*)$")
_ORG = re.compile(r"(?P<marks>\*{1,6}) (?P<title>\S.*)$")
_BLOCK = re.compile(r"\[\w+\]$")
"""The first line of an AsciiDoc block, such as `[NOTE]`."""
_MAN_TITLE = re.compile(r"\S+\(\d\w{0,3}\)[ \t]{2,}.*\S+\(\d\w{0,3}\)$")
"""The first or last line of a manual page: `LS(1)   User Commands   LS(1)`."""


def heading_candidates(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> Iterator[Candidate]:
    """Yield the candidates in order, without overlaps.

    Args:
        text: Text of the document.
        lines: Lines of the text.
        furniture: Numbers of the furniture lines; see `manual.furniture`.
    """
    skip_until = front.end() if (front := FRONT_MATTER.match(text)) else 0
    may_be_org = "#+" in text or "** " in text
    is_org = may_be_org and any(line.content.startswith(("#+", "** ")) for line in lines)
    is_man = _is_man_page(lines)
    ranks: dict[str, int] = {}
    neighbours = Neighbours(lines)
    taken = -1
    for index, line in enumerate(lines):
        if index <= taken or not line.is_prose or line.start < skip_until or index in furniture:
            continue
        found = _marked(line, index, is_org=is_org) if line.text[0] in "#=*" else None
        if found is None and (index == 0 or not lines[index - 1].is_prose):
            found = _underlined(lines, index, ranks)
            if found is None and not is_man and len(line.content) <= MAX_LINE_CHARS:
                found = read_title(neighbours, index, line)
        if found is None and is_man:
            found = _man_heading(lines, index)
        if found is not None:
            yield found
            taken = found.last_line


def _marked(line: TextLine, index: int, *, is_org: bool) -> Candidate | None:
    match = ATX.match(line.text) or _ASCIIDOC.match(line.text) or (_ORG.match(line.text) if is_org else None)
    if match is None or not any(char.isalnum() for char in match["title"]):
        return None
    if len(line.content) > 2 * MAX_LINE_CHARS:
        return None
    title = plain_title(match["title"])
    return Candidate(index, index, MARKED + len(match["marks"]), "", heading_number(title), title)


def _underlined(lines: Sequence[TextLine], index: int, ranks: dict[str, int]) -> Candidate | None:
    """Read a title above a line of one repeated character, or between two such lines.

    The form that appears first in the text has the highest rank.
    """
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
    width = len(content) + num_wide(content)
    if not over and (not 0.4 * len(content) <= len(below.content) <= 2 * width + 12 or ends_like_prose(content)):
        return None
    key = ("+" if over else "") + match.group(1)
    rank = ranks.setdefault(key, len(ranks) + 1)
    plain = plain_title(content)
    return Candidate(index, title_at + 1, MARKED + min(rank, 6), "", heading_number(plain), plain)


def _underline(content: str) -> re.Match[str] | None:
    return UNDERLINE.match(content) if content[:1] in UNDERLINE_SIGNS and len(content) <= MAX_LINE_CHARS else None


def _is_man_page(lines: Sequence[TextLine]) -> bool:
    """Return whether the text is a manual page as a terminal shows it.

    Such a text begins with a line such as `LS(1)   User Commands   LS(1)`, or has indented text below `NAME` in
    its first 60 lines.
    """
    texts = [line for line in lines[:60] if line.content]
    if texts and _MAN_TITLE.match(texts[0].content[:MAX_LINE_CHARS]):
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
    return Candidate(index, index, MARKED + 1 + (line.indent > 0), "", "", plain_title(line.content))
