"""Removes page markup from the facts of legal texts.

Takes `Findings`; returns them with plain answers and slots. Emphasis, links to pages and comments are removed. A fact
that contains other markup, or a blank to fill in, is dropped.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.synthesize.structural.facts import Findings

_COMMENT = re.compile(r"[ \t]*<!--[^<>]{0,400}-->")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]\n]{1,200})\]\([^()\s]{1,300}\)")
_STRONG = re.compile(r"\*{2,3}|__(?!_)(?<!___)")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])(?P<text>[^*\n]{1,300}?)(?<=\S)\*(?![\w*])")
_UNDERLINED = re.compile(r"(?<![\w_])_(?=[^\s_])(?P<text>[^_\n]{1,300}?)(?<=[^\s_])_(?![\w_])")
_BLANK = re.compile(r"\[[\s*_•●]*\]|_{3,}")
"""A blank to fill in, or a blacked-out passage: `___`, `[●]`."""
_OTHER_MARKUP = re.compile(r"<!--|</?[a-z][^<>\n]{0,200}>|\]\(|!\[|\{\{|\*\*|&[a-z]{2,6};")
"""Markup that is not removed: a tag, an image, a template, a character reference, half of a link or comment."""


def without_markup(found: Findings) -> Findings:
    """Return findings with plain answers and slots, without the facts that contain other markup or blanks."""
    facts = []
    for fact in found.facts:
        if _BLANK.search(fact.answer) or any(_BLANK.search(value) for _, value in fact.slots):
            continue
        answer = _plain(fact.answer)
        slots = tuple((name, _plain(value)) for name, value in fact.slots)
        if answer.strip() and not any(
            _OTHER_MARKUP.search(words) for words in (answer, *(value for _, value in slots))
        ):
            facts.append(replace(fact, answer=answer, slots=slots))
    return Findings(facts=tuple(facts), unasked=found.unasked)


def _plain(words: str) -> str:
    if not _ANY_MARKUP.search(words):
        return words
    for pattern in (_LINK, _EMPHASIS, _UNDERLINED):
        words = pattern.sub(lambda match: match["text"], _STRONG.sub("", _COMMENT.sub("", words)))
    return words


_ANY_MARKUP = re.compile(r"[*_\]<]")
"""All removable markup contains at least one of these characters."""
