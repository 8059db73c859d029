"""Reads English transcripts of courts and hearings: turns begin with `Q.`, `A.`, `THE COURT:` or `MR. LIND:`.

Lines may be numbered, as in depositions. An FAQ has `Q.` and `A.` too, so a text is a transcript only if at least half
of the lines are numbered, a speaker has a name, or a line such as `BY MR. LIND:` begins an examination.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import is_label

_NUMBER = r"[ \t]*(?:\d{1,2}(?:[ \t]+|$))?"
_EXAMINATION = re.compile(rf"{_NUMBER}(?P<name>[QA])(?:[.:][ \t]+|[ \t]{{2,}})(?=\S)")
"""`Q. Where were you?` or `A   At home.`, with a line number or without."""
_NAMED = re.compile(
    rf"{_NUMBER}(?P<name>[A-Z][A-Z.'’-]{{1,20}}(?:[ ][A-Z][A-Z.'’-]{{0,20}}){{0,3}})(?: \([^()\n]{{1,30}}\))?"
    r":[ \t]+(?=\S)"
)
"""`MR. LIND: Objection.`"""
_BY = re.compile(rf"{_NUMBER}BY (?:M[RS]{{1,2}}|DR|MISS|THE)\b.*:[ \t]*")
"""`BY MR. LIND:`, which begins an examination."""
_CAPITALS = re.compile(rf"{_NUMBER}[A-Z][^a-z\n]{{3,}}|{_NUMBER}\(.*\)[ \t]*|{_NUMBER}")
"""A line in capitals (`CROSS-EXAMINATION`), a line in brackets, or a line with only a number."""
_NUMBERED = re.compile(r"[ \t]*\d{1,2}[ \t]{2,}\S")
"""A numbered line."""
_MIN_NUMBERED_SHARE = 0.5


def _looks_right(line: str) -> bool:
    return ("Q" in line[:16] or "A" in line[:16]) and _EXAMINATION.match(line) is not None


def _read(lines: Lines) -> Reading:
    num_asked = sum(1 for line in lines.texts if "Q" in line[:16] and _EXAMINATION.match(line))
    if not num_asked:
        return Reading(turns=(), num_explained=0, num_blocks=0)
    reading = read_messages(lines, head=_head, aside=_aside, has_captions=False)
    is_numbered = sum(1 for line in lines.texts if _NUMBERED.match(line)) >= _MIN_NUMBERED_SHARE * lines.num_filled
    is_transcript = (
        is_numbered
        or any(len(turn.label) > 1 for turn in reading.turns)
        or any(_BY.fullmatch(line) for line in lines.texts)
    )
    return Reading(reading.turns, reading.num_explained, reading.num_blocks, has_contradiction=not is_transcript)


def _head(line: str) -> Head | None:
    if _BY.fullmatch(line):
        return None
    match = _EXAMINATION.match(line) or _NAMED.match(line)
    if match is None or is_label(match["name"]):
        return None
    return Head(speaker=match["name"], time="", body=match.end())


def _aside(line: str) -> Aside | None:
    if _BY.fullmatch(line):
        return Aside()
    return stage_direction(line) or (Aside(is_known=False) if _CAPITALS.fullmatch(line) else None)


FAMILY = TurnFamily(name="court", order=45, looks_right=_looks_right, read=_read, min_share=0.2)
