"""Reads printed plays: a name in capitals and a full stop, then the words on the same line or below.

HAMLET. Words, words, words.          HAMLET.
                                      Words, words, words.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction

_HEAD = re.compile(
    r"[ \t]*(?P<name>(?:[A-Z]\.[ ]?)?[A-ZÀ-Þ][A-ZÀ-Þ'’-]{1,24}(?:[ ](?:[A-ZÀ-Þ][A-ZÀ-Þ'’-]{0,24}|and|AND)){0,3})"
    r"(?:[ ]?[\[(_][^\]()\n]{1,60}[\])_])?\.(?:[ \t]+(?:[\[(][^\]()\n]{1,60}[\])]\.?[ \t]*)?(?=\S)|[ \t]*$)"
)
"""`HAMLET. ` or `HAMLET [aside]. `."""
_DIVISION = re.compile(
    r"[ \t]*(?:ACT|SCENE|Scene|Act|PROLOGUE|EPILOGUE|SECTION|ARTICLE|CHAPTER|PART|EXHIBIT|SCHEDULE)\b"
)
"""A heading such as `ACT I` or `Scene 2`, or one of a contract, such as `ARTICLE 4`."""
_ENTRANCE = re.compile(r"[ \t]*(?:Enter|Exit|Exeunt|Re-enter|Curtain)\b.*")
"""`Enter HAMLET`, `Exeunt`."""


def _looks_right(line: str) -> bool:
    return "." in line[:60] and _head(line) is not None


def _read(lines: Lines) -> Reading:
    reading = read_messages(lines, head=_head, aside=_aside, has_captions=True)
    num_extra = sum(1 for turn in reading.turns if "\n" in lines.text[turn.start : turn.body])
    return Reading(reading.turns, reading.num_explained + num_extra, reading.num_blocks)


def _head(line: str) -> Head | None:
    match = _HEAD.match(line)
    if match is None or _DIVISION.match(line):
        return None
    return Head(speaker=match["name"], time="", body=match.end())


def _aside(line: str) -> Aside | None:
    if _DIVISION.match(line) or _ENTRANCE.fullmatch(line):
        return Aside()
    return stage_direction(line)


FAMILY = TurnFamily(name="plays", order=65, looks_right=_looks_right, read=_read, min_share=0.3)
