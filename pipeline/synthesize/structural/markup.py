"""Facts of legal texts without the markup of their pages.

Takes `Findings`; returns them with plain answers and slots. Emphasis, links and comments are removed; a fact that
still holds markup is dropped. Linear.
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
"""A blank to fill in, or a blacked-out passage."""
_LEFT = re.compile(r"<!--|</?[a-z][^<>\n]{0,200}>|\]\(|!\[|\{\{|\*\*|&[a-z]{2,6};")
"""Markup that cannot be part of the plain text."""


def without_markup(found: Findings) -> Findings:
    """Return findings in plain words, without facts that hold markup other than emphasis, links and comments."""
    facts = []
    for fact in found.facts:
        if _BLANK.search(fact.answer) or any(_BLANK.search(value) for _, value in fact.slots):
            continue
        answer = _plain(fact.answer)
        slots = tuple((name, _plain(value)) for name, value in fact.slots)
        if answer.strip() and not any(_LEFT.search(said) for said in (answer, *(value for _, value in slots))):
            facts.append(replace(fact, answer=answer, slots=slots))
    return Findings(facts=tuple(facts), unasked=found.unasked)


def _plain(said: str) -> str:
    if not _MARK.search(said):
        return said
    for pattern in (_LINK, _EMPHASIS, _UNDERLINED):
        said = pattern.sub(lambda match: match["text"], _STRONG.sub("", _COMMENT.sub("", said)))
    return said


_MARK = re.compile(r"[*_\]<]")
