"""Reads chats exported as HTML pages, such as those of Teams, Telegram and Discord.

Takes decoded HTML. Returns one dialogue, or None if the page is not a chat. Used by `readers.html`. Such a page repeats
an element for each message, with parts whose classes name the author, the time and the words. A message without an
author of its own was sent by the author above it.
"""

from __future__ import annotations

import re
from itertools import islice

from bs4 import BeautifulSoup, Tag

from pipeline.documents.markup import MAX_NESTING, MAX_TAGS
from pipeline.documents.rows import RowText, dialogue, render_turn

_MIN_MESSAGES = 3
_MESSAGE = re.compile(r"(?:^|[-_])(?:message|msg|chat-?item)(?:-?(?:container|wrapper|row))?$", re.IGNORECASE)
_AUTHOR = re.compile(r"(?:^|[-_])(?:author|author-?name|sender|sender-?name|from|from_name|user-?name)$", re.IGNORECASE)
_NOTICE = re.compile(r"\b(?:service|system|notification)\b")
_TIME = re.compile(r"(?:^|[-_])(?:time|timestamp|date|datetime|sent-?time)$", re.IGNORECASE)
_WORDS = re.compile(r"(?:^|[-_])(?:text|content|body|markdown|message-?text)$", re.IGNORECASE)
_CLASS = re.compile(r"""class\s*=\s*["'][^"']{0,200}(?:message|msg|chat-?item)""", re.IGNORECASE)
_BREAKS = re.compile(r"^(?:br|p|div|li|blockquote)$")
_EMPTY_LINES = re.compile(r"\s*\n\s*")


def chat_page(html: str) -> RowText | None:
    """Return the dialogue of a page with at least three messages that have words and an author; else None."""
    classes = _CLASS.finditer(html)
    if sum(1 for _ in zip(range(_MIN_MESSAGES), classes, strict=False)) < _MIN_MESSAGES or html.count("<") > MAX_TAGS:
        return None
    soup = BeautifulSoup(html, "html.parser")
    lines: list[str] = []
    author = ""
    num_authors = 0
    groups: dict[int, Tag | None] = {}
    for message in soup.find_all(class_=_MESSAGE):
        if len(list(islice(message.parents, MAX_NESTING))) == MAX_NESTING:
            return None
        words = _words(message)
        if words is None or _NOTICE.search(" ".join(message.get("class") or ())) or _holds_message(message):
            continue
        named = _part(message, _AUTHOR) or _author_above(message, groups)
        if named is not None:
            author = " ".join(named.get_text(" ").split())
            num_authors += 1
        if author:
            lines.append(render_turn(time=_time(message), speaker=author, words=_text(words)))
    if len([line for line in lines if line]) < _MIN_MESSAGES or not num_authors:
        return None
    title = soup.find("title")
    return dialogue(lines, title=" ".join(title.get_text(" ").split()) if isinstance(title, Tag) else "")


def _part(message: Tag, named: re.Pattern[str]) -> Tag | None:
    """Return the first part of a message whose class matches `named`, or None."""
    found = message.find(class_=named)
    return found if isinstance(found, Tag) else None


def _words(message: Tag) -> Tag | None:
    """Return the part that contains only the words, without the author or the time; None if there is none."""
    for found in message.find_all(class_=_WORDS):
        if not any(found.find(class_=named) for named in (_AUTHOR, _TIME, _WORDS)):
            return found
    return None


def _holds_message(message: Tag) -> bool:
    inner = _part(message, _MESSAGE)
    return inner is not None and inner.find(class_=_WORDS) is not None


def _author_above(message: Tag, groups: dict[int, Tag | None]) -> Tag | None:
    """Return the author of a message's group (its parent, or the parent's parent) if the group names only one."""
    group = message.parent
    for _ in range(2):
        if group is None or group.name in ("body", "html", "[document]"):
            return None
        if id(group) not in groups:
            authors = group.find_all(class_=_AUTHOR, limit=2)
            groups[id(group)] = authors[0] if len(authors) == 1 else None
        if (found := groups[id(group)]) is not None:
            return found
        group = group.parent
    return None


def _time(message: Tag) -> str:
    found = _part(message, _TIME) or message.find("time")
    if not isinstance(found, Tag):
        return ""
    return str(found.get("datetime") or found.get("title") or " ".join(found.get_text(" ").split()))


def _text(words: Tag) -> str:
    """Return the text of a message; paragraphs and breaks become line breaks."""
    for tag in words.find_all(_BREAKS):
        tag.insert_before("\n")
        tag.insert_after("\n")
    return _EMPTY_LINES.sub("\n", words.get_text()).strip()
