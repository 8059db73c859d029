"""Reads turns of the form `[Name] words`, without a time."""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import is_name

_HEAD = re.compile(r"[ \t]*\[(?P<name>[^\W\d][^\[\]:\n]{0,30})\]:?[ \t]+(?=\S)")
"""`[Mara Lind] `"""


def _looks_right(line: str) -> bool:
    return _head(line) is not None


def _read(lines: Lines) -> Reading:
    return read_messages(lines, head=_head, aside=_aside, has_captions=True)


def _head(line: str) -> Head | None:
    match = _HEAD.match(line) if "[" in line else None
    if match is None:
        return None
    name = " ".join(match["name"].split())
    return Head(speaker=name, time="", body=match.end()) if is_name(name) else None


def _aside(line: str) -> Aside | None:
    return stage_direction(line)


FAMILY = TurnFamily(name="bracketed", order=80, looks_right=_looks_right, read=_read, min_share=0.5)
