"""Reads turns of the form `time Name: words`: minutes, support chats, Zoom transcripts.

`documents.rows` writes the chats that it finds in data in this form too.

[10:02] Mara Lind: words          00:03:11 Mara Lind: words
[2024-03-05T10:02:11] mara: words  10:03:11 From Mara Lind to Everyone: words
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.clocks import STAMP, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import FIRST, MASK, is_name

_NAME = rf"{FIRST}[^:：\n\[\]<>{{}}|\"“”\\=]{{0,59}}?(?:{MASK})?"
_HEAD = re.compile(
    rf"[ \t]*(?:[-*>•][ \t]+)?\*{{0,2}}"
    rf"(?:[\[(][ ]?(?P<bracketed>{STAMP})[ ]?[\])]|(?P<plain>{STAMP})(?=[ \t]))\*{{0,2}}[ \t]{{0,8}}"
    rf"(?:[-–—|:][ \t]{{1,4}})?\*{{0,2}}"
    rf"(?:From[ \t]{{1,4}}(?P<sender>{_NAME})[ \t]{{1,4}}[Tt]o[ \t]{{1,4}}[^:\n]{{1,60}}?|(?P<name>{_NAME}))"
    r"[ \t]{0,4}\*{0,2}(?:：|:(?=\*{0,2}(?:[ \t]|[^\x00-\x7f]|$)))\*{0,2}[ \t]*"
)
"""`[10:02] Mara: `, `00:03:11 From Mara to Everyone: `."""
_EARLY_NUMBER = re.compile(r"[^\d\n]{0,8}\d{1,4}[-./: ]")
"""A number near the start of the line: a cheap test before `_HEAD`."""


def _looks_right(line: str) -> bool:
    return _head(line) is not None


def _read(lines: Lines) -> Reading:
    return read_messages(lines, head=_head, aside=_aside, has_captions=True)


def _head(line: str) -> Head | None:
    match = _HEAD.match(line) if _EARLY_NUMBER.match(line) else None
    if match is None:
        return None
    name = " ".join((match["sender"] or match["name"]).split())
    if not is_name(name):
        return None
    return Head(speaker=name, time=match["bracketed"] or match["plain"], body=match.end())


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    return stage_direction(line)


FAMILY = TurnFamily(name="clock", order=30, looks_right=_looks_right, read=_read, min_share=0.2)
