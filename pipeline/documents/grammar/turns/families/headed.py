"""Reads turns with name and time on one line and the words below.

Teams, Otter and Rev transcripts and copied Slack and Discord chats have this form:

Mara Lind   0:03                 [05-Mar-24 10:03 AM] mara#1234
Shall we begin?                  Shall we begin?
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.documents.grammar.turns.clocks import STAMP, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import is_name
from pipeline.languages import any_of

_MAX_LINE_CHARS = 100
_ATTACHMENT = re.compile(r"[ \t]*\{(?:Attachments|Embed|Stickers|Reactions)\}[ \t]*")
_CLOCK_LOOK = re.compile(r"\d:\d\d")
_NAME = r"[^\W\d][^\n:\[\]<>|\"“”=]{0,59}?"
_WHEN = rf"(?:{any_of(lambda rules: rules.turns.clock.relative_day)}(?: at)? |at )?{STAMP}"
_BEHIND = re.compile(
    rf"[ \t]*(?:\#{{1,6}}[ ])?\*{{0,2}}(?P<name>{_NAME})\*{{0,2}}"
    rf"(?:[ \t]+[—–|-][ \t]+|[ \t]+|[ \t]*[\[(])(?P<time>{_WHEN})[\])]?\*{{0,2}}[ \t]*:?[ \t]*"
)
"""A line with a name and, after it, a time: `Mara Lind   0:03`."""
_BEFORE = re.compile(rf"[ \t]*[\[(]?(?P<time>{STAMP})[\])]?(?:[ \t]+[—–|-])?[ \t]+(?P<name>{_NAME})[ \t]*:?[ \t]*")
"""A line with a time and, after it, a name: `[05-Mar-24 10:03 AM] mara#1234`."""


def _looks_right(line: str) -> bool:
    return _head(line) is not None


def _read(lines: Lines) -> Reading:
    heads: dict[str, Head | None] = {}
    for line in lines.texts:
        if ":" in line and line not in heads:
            heads[line] = _head(line)
    named = Counter(found.speaker for line in lines.texts if (found := heads.get(line)))

    def head(line: str) -> Head | None:
        # A name that occurs once counts only if there are other names. Otherwise the line may be a heading with a time.
        found = heads.get(line)
        return found if found and (named[found.speaker] > 1 or len(named) > 1) else None

    reading = read_messages(lines, head=head, aside=_aside, has_captions=True)
    # Each turn explains one more line: the first line of words below the head.
    return Reading(reading.turns, reading.num_explained + len(reading.turns), reading.num_blocks)


def _head(line: str) -> Head | None:
    if len(line) > _MAX_LINE_CHARS or ":" not in line or _CLOCK_LOOK.search(line) is None:
        return None
    if line.count("\t") > 1:  # a table row, in which the name may be empty
        return None
    match = _BEHIND.fullmatch(line) or _BEFORE.fullmatch(line)
    if match is None:
        return None
    name = " ".join(match["name"].strip(" *").split())
    return Head(speaker=name, time=match["time"], body=len(line)) if is_name(name) else None


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    return Aside() if _ATTACHMENT.fullmatch(line) else stage_direction(line)


FAMILY = TurnFamily(name="headed", order=40, looks_right=_looks_right, read=_read, min_share=0.3)
