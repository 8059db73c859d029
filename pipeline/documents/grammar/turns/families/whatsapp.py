"""Reads WhatsApp exports.

iOS writes `[05/03/2024, 10:03:11] Name: words`, Android `05/03/2024, 10:03 - Name: words`. System lines have the same
prefix but no name. The texts that WhatsApp writes for attachments come from `pipeline.languages`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.documents.grammar.turns.clocks import CLOCK
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages
from pipeline.languages import any_of
from pipeline.nodes import Node

_DATE = r"(?:\d{1,4}[-./] ?\d{1,2}[-./] ?\d{1,4}\.?)"
_PREFIX = rf"(?:\[(?P<bracketed>{_DATE},? {CLOCK})\]|(?P<plain>{_DATE},? {CLOCK}) [-–]) "
_MESSAGE = re.compile(rf"{_PREFIX}(?:~ ?)?(?P<name>[^:\n]{{1,60}}): ?")
"""`[05/03/2024, 10:03:11] Mara: `"""
_SYSTEM = re.compile(_PREFIX)
_ATTACHMENT = re.compile(rf"(?:{any_of(lambda rules: rules.turns.whatsapp.attachment)}|null)[ \t]*")
"""A message without words: a picture, a file."""
_EDITED = re.compile(rf"[ \t]*<{any_of(lambda rules: rules.turns.whatsapp.edited)}[^<>]{{0,20}}>[ \t]*$")
"""The note at the end of a message that was edited."""


def _looks_right(line: str) -> bool:
    return _head(line) is not None


def _read(lines: Lines) -> Reading:
    reading = read_messages(lines, head=_head, aside=_aside, has_captions=False)
    turns = [_without_edited_note(turn, lines.text) for turn in reading.turns] if ">" in lines.text else reading.turns
    return Reading(turns, reading.num_explained, reading.num_blocks)


def _head(line: str) -> Head | None:
    match = _MESSAGE.match(line) if line[0] == "[" or line[0].isdigit() else None
    if match is None:
        return None
    words = line[match.end() :]
    return Head(
        speaker=match["name"].strip(),
        time=match["bracketed"] or match["plain"],
        body=match.end(),
        is_empty=not words.strip() or _ATTACHMENT.fullmatch(words) is not None,
    )


def _aside(line: str) -> Aside | None:
    return Aside() if (line[0] == "[" or line[0].isdigit()) and _SYSTEM.match(line) else None


def _without_edited_note(turn: Node, text: str) -> Node:
    match = _EDITED.search(text, max(turn.body, turn.end - 60), turn.end)
    if match is None or not text[turn.body : match.start()].strip():
        return turn
    return replace(turn, end=turn.body + len(text[turn.body : match.start()].rstrip()))


FAMILY = TurnFamily(name="whatsapp", order=6, looks_right=_looks_right, read=_read, min_share=0.2, is_certain=True)
