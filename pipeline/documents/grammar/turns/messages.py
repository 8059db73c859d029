"""Turns whose first line names the speaker and whose words may continue on the lines below.

In: lines, and a family's reader of one line. Out: a `Reading`. Used by most families: chats, minutes, transcripts.
Cost: one pass.

A turn continues until the next first line, an aside (a system line, a separator, a heading) or a caption. Outside chats
a grammar cannot tell whether a paragraph after a blank line still belongs to the speaker. It is read as part of the
turn, and the turn is marked as open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pipeline.documents.grammar.turns.clocks import CLOCK
from pipeline.documents.grammar.turns.family import Reading, make_turn
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.languages import together
from pipeline.nodes import Node

_MAX_CAPTION_CHARS = 80
_ENDS_SENTENCE = (
    *(".", "?", "!", ",", ";", ":", "…", "。", "~", '"', "”", ")"),
    *sorted(together(lambda rules: rules.turns.sentence_ends)),
)
_DIRECTION = re.compile(r"[ \t]*(?:\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\})[ \t]*")
_RULE_OR_HEADING = re.compile(rf"[ \t]*(?:[*_-]{{3,}}|={{3,}}|#{{1,6}} .*|[■▣◆▶※].*|[\[(]?{CLOCK}[\])]?)[ \t]*")
_UNREAD_NAME = re.compile(r"[^\n:：]{1,100}[:：]")
"""A continuation line that may be the first line of a turn with an unknown pattern."""


class Head(NamedTuple):
    """The first line of a turn."""

    speaker: str
    time: str
    body: int
    """Index in the line where the words begin; the line's length if they begin on the line below."""
    is_empty: bool = False
    """True for a picture, a file or a deleted message: it has a speaker but no words."""


class Aside(NamedTuple):
    """A line that is not part of anyone's words."""

    day: str = ""
    """Day that the line names for the turns below."""
    is_known: bool = True
    """True if the line is part of the format. A caption or a stage direction could be in any text."""
    ends: bool = True
    """True if the line ends a turn. A stage direction does not: the speaker may continue below it."""


def read_messages(
    lines: Lines,
    *,
    head: Callable[[str], Head | None],
    aside: Callable[[str], Aside | None],
    has_captions: bool,
) -> Reading:
    """Read turns line by line.

    Args:
        lines: Lines of the text.
        head: Returns the first line of a turn, or None.
        aside: Called for every other filled line.
        has_captions: Whether a short line between blank lines ends a turn, and a paragraph may belong to no speaker.
            False for chats, in which all text between two first lines belongs to one message.
    """
    turns: list[Node] = []
    explained = blocks = 0
    day = ""
    begun: Head | None = None
    start = body = end = 0
    is_open = is_interrupted = False
    after_blank = True
    for offset, line in zip(lines.starts, lines.texts, strict=True):
        if not line or line.isspace():
            after_blank = True
            continue
        found = head(line)
        other = None if found else aside(line)
        ends = found is not None or (other is not None and other.ends)
        if found is None and other is None and begun is not None:
            if has_captions and after_blank and end and _is_caption(lines, offset, line):
                is_open = not line.isupper()
                ends = True
            else:
                if end:
                    is_doubtful = has_captions and (after_blank or _UNREAD_NAME.match(line) is not None)
                    is_open = is_open or is_doubtful or is_interrupted
                else:
                    body = offset + len(line) - len(line.lstrip())
                end = offset + len(line.rstrip())
        if ends and begun is not None:
            if end:
                turns.append(make_turn(start, body, end, begun.speaker, begun.time, day, is_open))
            begun = None
        if found is not None:
            explained += 1
            blocks += after_blank
            if not found.is_empty:
                begun = found
                start = offset + len(line) - len(line.lstrip())
                words = line[found.body :].lstrip()
                body = offset + len(line) - len(words) if words else 0
                end = body + len(words.rstrip()) if words else 0
                is_open = is_interrupted = False
        elif other is not None:
            explained += other.is_known
            blocks += after_blank and other.is_known
            day = other.day or day
            is_interrupted = True
        after_blank = False
    if begun is not None and end:
        turns.append(make_turn(start, body, end, begun.speaker, begun.time, day, is_open))
    return Reading(turns=turns, num_explained=explained, num_blocks=blocks)


def stage_direction(line: str) -> Aside | None:
    """Return an aside for a line in brackets, a rule, a heading or a bare time, or None."""
    if _DIRECTION.fullmatch(line):
        return Aside(is_known=False, ends=False)
    return Aside(is_known=False) if _RULE_OR_HEADING.fullmatch(line) else None


def _is_caption(lines: Lines, offset: int, line: str) -> bool:
    """Return whether a short line is followed by a blank line and ends like a heading."""
    if len(line) > _MAX_CAPTION_CHARS or line.rstrip().endswith(_ENDS_SENTENCE):
        return False
    return not _line_below(lines.text, offset + len(line)).strip()


def _line_below(text: str, end: int) -> str:
    """Return the line after the line break at `end`; empty at the end of the text."""
    stop = text.find("\n", end + 1)
    return text[end + 1 : stop if stop >= 0 else len(text)]
