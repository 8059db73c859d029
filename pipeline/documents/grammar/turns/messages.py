"""Turns whose first line says who speaks, and that may go on over the lines below: chats, minutes, transcripts.

In: lines, and what a family makes of one line. Out: a `Reading`. Used by most families. One pass.

A turn goes on until the next first line, an aside (a system line, a separator, a heading) or a caption. Outside chats
no grammar can tell whether a paragraph behind a blank line is still the speaker's: it is read so, and the turn is
marked as open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.documents.grammar.nodes import Node
from pipeline.documents.grammar.turns.clocks import CLOCK
from pipeline.documents.grammar.turns.family import Reading, make_turn
from pipeline.documents.grammar.turns.lines import Lines

_MAX_CAPTION_CHARS = 80
_ENDS_SENTENCE = (".", "?", "!", ",", ";", ":", "…", "。", "다", "요", "~", '"', "”", ")")
_DIRECTION = re.compile(r"[ \t]*(?:\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\})[ \t]*")
_RULE_OR_HEADING = re.compile(rf"[ \t]*(?:[*_-]{{3,}}|={{3,}}|#{{1,6}} .*|[■▣◆▶※].*|[\[(]?{CLOCK}[\])]?)[ \t]*")
_UNREAD_NAME = re.compile(r"[^\n:：]{1,100}[:：]")
"""A line that goes on and yet may be the first of a turn that no pattern knows."""


class Head(NamedTuple):
    """The first line of a turn."""

    speaker: str
    time: str
    words: int
    """Where the words begin in the line; its length where they stand below."""
    is_empty: bool = False
    """A picture, a file or a deleted message: said by someone, but without words."""


class Aside(NamedTuple):
    """A line that is nobody's words."""

    day: str = ""
    """The day that it names for the turns below."""
    is_known: bool = True
    """Whether it is part of the format; a caption or a stage direction could stand in any text."""
    ends: bool = True
    """Whether it ends a turn. A stage direction does not: the speaker may go on below it."""


def read_messages(
    lines: Lines,
    *,
    head: Callable[[str], Head | None],
    aside: Callable[[str], Aside | None],
    has_captions: bool,
) -> Reading:
    """Read turns line by line.

    Args:
        lines: of the text.
        head: the first line of a turn, or None.
        aside: asked for every other filled line.
        has_captions: whether a short line that stands alone ends a turn, and a paragraph may be no one's. Not so in
            chats, where all that stands between two first lines is a message.
    """
    turns: list[Node] = []
    explained = blocks = 0
    day = ""
    begun: _Begun | None = None
    after_blank = True
    for index, line in enumerate(lines.texts):
        if not line or line.isspace():
            after_blank = True
            continue
        found = head(line)
        other = None if found else aside(line)
        if found is not None or (other is not None and other.ends):
            _end(begun, turns, day)
            begun = None
        if found is not None:
            explained += 1
            blocks += after_blank
            begun = None if found.is_empty else _begin(lines, index, found)
        elif other is not None:
            explained += other.is_known
            blocks += after_blank and other.is_known
            day = other.day or day
            if begun is not None:
                begun.is_interrupted = True
        elif begun is not None:
            if has_captions and after_blank and begun.end and _is_caption(lines, index):
                begun.is_open = not line.isupper()
                _end(begun, turns, day)
                begun = None
            else:
                is_doubtful = has_captions and (after_blank or _UNREAD_NAME.match(line) is not None)
                _go_on(begun, lines, index, is_doubtful=is_doubtful)
        after_blank = False
    _end(begun, turns, day)
    return Reading(turns=turns, num_explained=explained, num_blocks=blocks)


def stage_direction(line: str) -> Aside | None:
    """A line in brackets, a rule, a heading or a time alone."""
    if _DIRECTION.fullmatch(line):
        return Aside(is_known=False, ends=False)
    return Aside(is_known=False) if _RULE_OR_HEADING.fullmatch(line) else None


@dataclass(slots=True)
class _Begun:
    """A turn that is being read."""

    head: Head
    start: int
    body: int
    end: int
    """0 until its first word."""
    is_interrupted: bool = False
    is_open: bool = False


def _begin(lines: Lines, index: int, head: Head) -> _Begun:
    line, offset = lines.texts[index], lines.starts[index]
    words = line[head.words :].lstrip()
    return _Begun(
        head=head,
        start=offset + len(line) - len(line.lstrip()),
        body=offset + len(line) - len(words),
        end=lines.end(index) if words else 0,
    )


def _go_on(begun: _Begun, lines: Lines, index: int, *, is_doubtful: bool) -> None:
    """A line more of a turn; a doubtful one may be another's, or no one's."""
    if begun.end:
        begun.is_open = begun.is_open or is_doubtful or begun.is_interrupted
    else:
        line = lines.texts[index]
        begun.body = lines.starts[index] + len(line) - len(line.lstrip())
    begun.end = lines.end(index)


def _end(begun: _Begun | None, turns: list[Node], day: str) -> None:
    if begun is not None and begun.end:
        turns.append(
            make_turn(
                start=begun.start,
                body=begun.body,
                end=begun.end,
                speaker=begun.head.speaker,
                time=begun.head.time,
                day=day,
                is_open=begun.is_open,
            )
        )


def _is_caption(lines: Lines, index: int) -> bool:
    """A short line that stands alone and ends like a heading."""
    line = lines.texts[index].strip()
    return len(line) <= _MAX_CAPTION_CHARS and not line.endswith(_ENDS_SENTENCE) and lines.is_blank(index + 1)
