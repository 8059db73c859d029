"""Facts of legal texts without the markup of their pages: emphasis, links and comments go, what is left of others does.

In: `Findings`; out: the same with plain answers and slots, without the facts whose words cannot be made plain. Linear.
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
"""What is to be filled in, or was blacked out."""
_LEFT = re.compile(r"<!--|</?[a-z][^<>\n]{0,200}>|\]\(|!\[|\{\{|\*\*|&[a-z]{2,6};")
"""Markup that no reader of the plain text could have written."""


def without_markup(found: Findings) -> Findings:
    """Findings with plain words; facts with other markup than emphasis, links and comments are left out."""
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
