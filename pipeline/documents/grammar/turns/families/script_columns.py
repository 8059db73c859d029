"""Reads scripts in two columns, which are common in Korean: the name, a gap, the words.

    지훈    (문을 열며) 먼저 와 있었네?
    수아    십 분 전에.

Scene headings (`S#1. 카페`) are not turns. Other lines that begin at the margin without a name describe the action. A
table looks the same, so at least half of the turns must end like a sentence, and few may contain a wide gap.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.families.screenplay import SCENE
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages
from pipeline.documents.grammar.turns.names import is_label
from pipeline.languages import any_of

_HEAD = re.compile(
    r"[ ]{0,8}(?P<name>[^\W\d_][^\s:：()\[\]<>|.,;]{1,11}(?: [^\s:：()\[\]<>|.,;]{1,8})?)"
    r"(?:(?: ?\([^()\n]{1,12}\))?(?:[ ]{2,}|[ ]?\t[ \t]*)"
    rf"| ?\((?:[A-Z][A-Z.]{{0,4}}|{any_of(lambda rules: rules.turns.unseen)})\)[ \t]+)"
    r"(?:\([^()\n]{1,60}\)[ \t]*)?(?=\S)"
)
"""A name, then a wide gap, or a remark such as `(V.O.)` and a space."""
_GAP = re.compile(r"\S(?:[ ]{3,}|\t)\S")
"""A wide gap or tab inside a line."""
_MIN_SENTENCES_SHARE = 0.5
_MAX_GAPS_SHARE = 0.2
_ENDS = (".", "?", "!", "…", "~", '"', "”", ")")


def _looks_right(line: str) -> bool:
    return ("  " in line or "\t" in line or "(" in line) and _head(line) is not None


def _read(lines: Lines) -> Reading:
    reading = read_messages(lines, head=_head, aside=_aside, has_captions=False)
    words = [lines.text[turn.body : turn.end] for turn in reading.turns]
    num_sentences = sum(1 for said in words if said.endswith(_ENDS))
    num_gaps = sum(1 for said in words if _GAP.search(said))
    is_table = num_sentences < _MIN_SENTENCES_SHARE * len(words) or num_gaps > _MAX_GAPS_SHARE * len(words)
    return Reading(reading.turns, reading.num_explained, reading.num_blocks, has_contradiction=is_table)


def _head(line: str) -> Head | None:
    match = _HEAD.match(line)
    if match is None or SCENE.match(line) or is_label(match["name"]):
        return None
    return Head(speaker=match["name"], time="", body=match.end())


def _aside(line: str) -> Aside | None:
    if SCENE.match(line):
        return Aside()
    return None if line.startswith((" ", "\t")) else Aside(is_known=False)


FAMILY = TurnFamily(name="script_columns", order=70, looks_right=_looks_right, read=_read, min_share=0.35)
