"""Reads turns in which tabs separate time, name and words.

WeeChat logs have the date on every line; LINE exports have it on a line of its own.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.clocks import STAMP, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages
from pipeline.languages import any_of

_ROW = re.compile(rf"(?P<time>{STAMP})\t(?P<name>[^\t\n]{{0,60}})\t(?P<words>.*)")
"""A time, a name and words, separated by tabs."""
_NOTICE = re.compile(rf"{STAMP}\t")
_SIGNS = frozenset(["", "-->", "<--", "--", "*", " *", "=!="])
"""What WeeChat writes instead of a nickname when someone joins, leaves or acts, and for notices; may be empty."""
_ATTACHMENT = re.compile(rf"{any_of(lambda rules: rules.turns.line.attachment)}|☎.*")
"""A message without words, in LINE exports."""
_MODES = "@+%&~"


def _looks_right(line: str) -> bool:
    return "\t" in line and line[0].isalnum()


def _read(lines: Lines) -> Reading:
    return read_messages(lines, head=_head, aside=_aside, has_captions=False)


def _head(line: str) -> Head | None:
    match = _ROW.match(line) if "\t" in line else None
    if match is None or match["name"].strip() in _SIGNS:
        return None
    words = match["words"]
    is_empty = not words.strip() or _ATTACHMENT.fullmatch(words.strip()) is not None
    name = match["name"].strip()
    return Head(
        speaker=name.lstrip(_MODES) or name,
        time=match["time"],
        body=match.start("words") + len(words) - len(words.lstrip()),
        is_empty=is_empty,
    )


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    return Aside() if _NOTICE.match(line) else None


FAMILY = TurnFamily(name="tabbed", order=15, looks_right=_looks_right, read=_read, min_share=0.4, is_certain=True)
