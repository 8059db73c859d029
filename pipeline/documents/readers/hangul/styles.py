"""Tells from the name of a paragraph style whether its paragraphs are headings.

Hangul's own styles for headings are 개요 1 to 개요 10. Many documents have styles of their own, such as 중제목, and
files that came from other programs have `제목 1` or `Heading 1`.
"""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"(?:개요|제목|outline|heading)\s*(\d{1,2})$", re.IGNORECASE)
_MAX_NUMBERED_LEVEL = 3
"""Paragraphs of lower levels are enumerations."""
_TITLE = re.compile(r"(?:문서|표지|큰|대)?\s*제목|(?:document\s*)?title", re.IGNORECASE)
_NAMED = re.compile(r"(?P<which>.*)제목$")
_OTHER_TITLES = re.compile(r"표(?!지)|그림|사진|부제")
"""Titles of tables and pictures, and subtitles."""
_LEVELS = ((re.compile(r"큰|대|문서|표지"), 1), (re.compile(r"중"), 2), (re.compile(r"세부|하위|마지막"), 4))
_USUAL_LEVEL = 3


def heading_level(style: str) -> int:
    """Return the level of a style's headings, from 1; 0 for other styles."""
    name = " ".join(style.split())
    if numbered := _NUMBERED.match(name):
        level = int(numbered[1])
        return level if level <= _MAX_NUMBERED_LEVEL else 0
    if _OTHER_TITLES.search(name):
        return 0
    if is_title_style(name):
        return 1
    named = _NAMED.match(name)
    if named is None:
        return 0
    return next((level for words, level in _LEVELS if words.search(named["which"])), _USUAL_LEVEL)


def is_title_style(style: str) -> bool:
    """Return whether a style is that of a document's title, if only one paragraph has it."""
    return _TITLE.fullmatch(" ".join(style.split())) is not None
