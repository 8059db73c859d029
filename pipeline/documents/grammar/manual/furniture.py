"""Lines of a page that are not part of its document: navigation links, copyright notices, page numbers.

In: the lines of a text. Out: the numbers of those lines. No question is asked about them, and any node ends before
them. Cost: one pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of

_MAX_CHARS = 200
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_GAP = r"[\s|·•/<>«»‹›←→↑↓▲▼\[\]()*_{}:~–—-]"
_BETWEEN = re.compile(rf"{_GAP}+")
_ARROWED = re.compile(r"(?:←|«|<<|&lt;&lt;)\s*\S.{0,60}(?:→|»|>>)$|\[\[.{1,40}\]\]$")
_PAGE_NUMBER = re.compile(r"[-–—]\s?\d{1,4}\s?[-–—]$|\d{1,4}\s?/\s?\d{1,4}$")


def furniture_lines(lines: Sequence[TextLine]) -> frozenset[int]:
    """Return the numbers of the lines that are not part of the text."""
    return frozenset(index for index, line in enumerate(lines) if line.is_prose and _is_furniture(line.content))


def _is_furniture(content: str) -> bool:
    if len(content) > _MAX_CHARS:
        return False
    plain = (_LINK.sub(r"\1", content) if "](" in content else content).strip("*_ |>")
    if furniture_line().match(plain) or _PAGE_NUMBER.match(plain) or _ARROWED.match(content):
        return True
    if _opening_link().match(plain) is None:
        return False
    words = [word for word in _BETWEEN.split(plain) if word]
    if not _links().fullmatch(" ".join(words)):
        return False
    # A single link word may be a heading or a cell. Several words, or one word between arrows, are links.
    return len(words) > 1 or plain != words[0] or _BETWEEN.match(content) is not None


@cache
def _opening_link() -> re.Pattern[str]:
    """Return a pattern for a link at the start of a line. A line without a match needs no further look."""
    link = any_of(lambda rules: rules.manual.furniture)
    return re.compile(rf"{_GAP}*{link.replace(' ', f'{_GAP}+')}", re.IGNORECASE)


@cache
def _links() -> re.Pattern[str]:
    link = any_of(lambda rules: rules.manual.furniture)
    return re.compile(rf"{link}(?: {link}){{0,12}}", re.IGNORECASE)


@cache
def furniture_line() -> re.Pattern[str]:
    """Return a pattern for the start of a line that is never text: a copyright notice, a modification date."""
    return re.compile(any_of(lambda rules: rules.manual.furniture_line))
