"""Finds furniture: lines that are not part of a document's text, such as navigation links and page numbers.

Takes the lines of a text; returns the numbers of the furniture lines. No question is asked about furniture. In a
manual, lists and most notes and entries end at a furniture line. Used by `grammar.source`, the grammars of manuals and
`synthesize.structural.manuals`.
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
"""A character between navigation links."""
_BETWEEN = re.compile(rf"{_GAP}+")
_ARROWED = re.compile(r"(?:←|«|<<|&lt;&lt;)\s*\S.{0,60}(?:→|»|>>)$|\[\[.{1,40}\]\]$")
"""A line between arrows or double brackets, such as `« Previous Next »`."""
_PAGE_NUMBER = re.compile(r"[-–—]\s?\d{1,4}\s?[-–—]$|\d{1,4}\s?/\s?\d{1,4}$")
"""A page number, such as `- 12 -` or `12 / 40`."""


def furniture_lines(lines: Sequence[TextLine]) -> frozenset[int]:
    """Return the numbers of the lines that are not part of the text."""
    return frozenset(index for index, line in enumerate(lines) if line.is_prose and _is_furniture(line.content))


def _is_furniture(content: str) -> bool:
    if len(content) > _MAX_CHARS:
        return False
    plain = (_LINK.sub(r"\1", content) if "](" in content else content).strip("*_ |>")
    if furniture_line().match(plain) or _PAGE_NUMBER.match(plain) or _ARROWED.match(content):
        return True
    if _first_link().match(plain) is None:
        return False
    words = [word for word in _BETWEEN.split(plain) if word]
    if not _links().fullmatch(" ".join(words)):
        return False
    # A single link word may be a heading or a table cell. Several words, or a word with signs around it, are links.
    return len(words) > 1 or plain != words[0] or _BETWEEN.match(content) is not None


@cache
def _first_link() -> re.Pattern[str]:
    """Return a pattern for a link at the start of a line. A line that does not match contains no row of links."""
    link = any_of(lambda rules: rules.manual.furniture)
    return re.compile(rf"{_GAP}*{link.replace(' ', f'{_GAP}+')}", re.IGNORECASE)


@cache
def _links() -> re.Pattern[str]:
    """Return a pattern for a whole line of links, such as `Home Next Contents`."""
    link = any_of(lambda rules: rules.manual.furniture)
    return re.compile(rf"{link}(?: {link}){{0,12}}", re.IGNORECASE)


@cache
def furniture_line() -> re.Pattern[str]:
    """Return a pattern for the start of a line that is never text, such as a copyright notice or a revision date."""
    return re.compile(any_of(lambda rules: rules.manual.furniture_line))
